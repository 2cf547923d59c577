"""The formats that `--format NAME` chooses: each a module over the same record, with one function `tell`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from grading.results import Run
from reports.formats import asff, canvas, github, gradescope, junit, ocsf, vocareum
from reports.formats import checks_csv as flat
from reports.formats.output import Telling

FORMATS: Mapping[str, Callable[[Run, Mapping[str, str]], Telling]] = {
    "gradescope": gradescope.tell,
    "vocareum": vocareum.tell,
    "canvas": canvas.tell,
    "github": github.tell,
    "junit": junit.tell,
    "ocsf": ocsf.tell,
    "asff": asff.tell,
    "csv": flat.tell,
}
"""By name. Each gets a plain record (`grading.sanitizing`) and the environment of the process."""
