"""How it is told: pure functions of one record."""
