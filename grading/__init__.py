"""The grading engine: objectives, verdicts and points. It knows neither AWS nor the lab."""
