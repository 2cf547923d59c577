"""The formats of `--format NAME`. Each is a module with one function `render`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from grading.results import RunResult
from reports.formats import asff, canvas, checks_csv, github, gradescope, junit, moodle, ocsf, vocareum
from reports.formats.output import FormatOutput

FORMATS: Mapping[str, Callable[[RunResult, Mapping[str, str]], FormatOutput]] = {
    "gradescope": gradescope.render,
    "vocareum": vocareum.render,
    "canvas": canvas.render,
    "moodle": moodle.render,
    "github": github.render,
    "junit": junit.render,
    "ocsf": ocsf.render,
    "asff": asff.render,
    "csv": checks_csv.render,
}
"""By name. Each takes a sanitized record (`grading.sanitizing`) and the environment variables."""
APPENDED = {"vocareum": (vocareum.GRADES, vocareum.REPORT), "github": (github.SUMMARY, github.OUTPUT)}
"""The environment variables with the files to which a format appends."""
MARKS = frozenset({"gradescope", "vocareum", "canvas", "moodle"})
"""The formats that grade books read: none is written of a part of the checks."""
FILES = (
    "report.html",
    "pytest-html.html",
    "junit.xml",
    "class.html",
    "class.csv",
    "students/*.html",
    "gradescope.json",
    "gradescope/*.json",
    "vocareum.grades.csv",
    "vocareum.report.html",
    "vocareum/*.grades.csv",
    "vocareum/*.report.html",
    "canvas.csv",
    "moodle.csv",
    "github-summary.md",
    "github-classroom.json",
    "ocsf.json",
    "asff.json",
    "asff/*.json",
    "checks.csv",
)
"""What a run may write into its folder and the next one may not, as patterns."""
