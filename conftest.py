"""The names of the plugins, and nothing else."""

pytest_plugins = ["grading.plugin", "fixtures.plugin", "fixtures.resource_fixtures", "reports.plugin"]
