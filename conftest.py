"""Names the plugins; nothing else, ever."""

pytest_plugins = ["fixtures.plugin", "fixtures.nouns", "grading.plugin", "reports.plugin"]
