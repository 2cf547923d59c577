"""Names the plugins; nothing else, ever."""

pytest_plugins = ["fixtures.plugin", "fixtures.resource_fixtures", "grading.plugin", "reports.plugin"]
