"""Measurements, with requirements-dev.txt. Each prints what it measured and how often; none of it is a test."""
