"""Properties in `junit.xml`, through pytest's own `record_property` machinery.

pytest writes the file: for one account always, for a class where `--format junit` asks for it. The properties are in it
in either case.
"""

from __future__ import annotations

from collections.abc import Mapping

from grading.results import Run
from reports.formats.output import Telling


def tell(run: Run, environ: Mapping[str, str]) -> Telling:
    """Nothing beside what pytest writes."""
    return Telling()


def of_check(check: Mapping[str, object], objective: int, student: str) -> list[tuple[str, object]]:
    """A check's properties, from what its report carries."""
    verdict, possible = str(check["verdict"]), int(str(check["possible"]))
    told: list[tuple[str, object]] = [
        ("objective", objective),
        ("check", check["id"]),
        ("verdict", verdict),
        ("points_earned", possible if verdict == "pass" else 0),
        ("points_possible", possible),
    ]
    if student:
        told.append(("student", student))
    if check["hint"]:
        told.append(("hint", check["hint"]))
    return told


def of_run(run: Run) -> list[tuple[str, str]]:
    """The suite's properties."""
    told = [("run", run.id), ("target", run.target), ("mode", run.mode)]
    for account in run.accounts if len(run.accounts) == 1 else ():
        told += [
            ("account", account.account),
            ("region", account.region),
            ("verdict", account.verdict.value),
            ("points_earned", str(account.earned)),
            ("points_possible", str(account.possible)),
            ("points_ungraded", str(account.ungraded)),
            ("evidence_head", account.head),
        ]
    return told
