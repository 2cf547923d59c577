"""The services of the embedded AWS, a package each; its `BEHAVIOURS` are what the service adds to moto."""
