"""How it counts: objectives, verdicts, points. The engine knows neither AWS nor the lab."""
