"""The formats of `--format NAME`. Each is a module with one function `render`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from grading.results import RunResult
from reports.formats import asff, canvas, checks_csv, github, gradescope, junit, ocsf, vocareum
from reports.formats.output import FormatOutput

FORMATS: Mapping[str, Callable[[RunResult, Mapping[str, str]], FormatOutput]] = {
    "gradescope": gradescope.render,
    "vocareum": vocareum.render,
    "canvas": canvas.render,
    "github": github.render,
    "junit": junit.render,
    "ocsf": ocsf.render,
    "asff": asff.render,
    "csv": checks_csv.render,
}
"""By name. Each takes a sanitized record (`grading.sanitizing`) and the environment variables."""
