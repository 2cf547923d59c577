"""What telling costs: the size of one account's report, the share of the main job, and a class of a thousand.

    python -m bench.reports [ROUNDS]

The record is that of a real run of the main job, and for the class the same account a thousand times. The share is of
the time that pytest itself takes for the session, measured in the same process.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from grading.collector import TALLY
from grading.results import Run
from grading.sanitizing import plain_run
from reports.account_page import objectives_html
from reports.class_page import class_html
from reports.formats import FORMATS
from reports.writer import Desk

ROOT = Path(__file__).parent.parent
MOST_BYTES, MOST_SHARE, MOST_CLASS_BYTES = 300_000, 0.10, 2_000_000
STUDENTS = 1000


class Record:
    """Keeps the record of a run."""

    run: Run

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self.run = session.config.stash[TALLY].run()


def main(rounds: int) -> int:
    with tempfile.TemporaryDirectory() as name:
        folder, kept = Path(name), Record()
        began = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            pytest.main([f"--rootdir={ROOT}", f"-c{ROOT / 'pytest.ini'}", f"--reports={folder}", "-q"], plugins=[kept])
        job = time.perf_counter() - began
        page = (folder / "report.html").stat().st_size
        told = statistics.median(timed(lambda: tell(kept.run, folder / "again")) for _ in range(rounds))
        many = dataclasses.replace(
            kept.run,
            accounts=tuple(
                dataclasses.replace(kept.run.accounts[0], student=f"student-{number:04}") for number in range(STUDENTS)
            ),
        )
        class_took = timed(lambda: Desk(folder / "class", ()).write(plain_run(many), {}))
        overview = (folder / "class" / "class.html").stat().st_size
        rendering = timed(lambda: class_html(many))
    share = told / job
    held = page < MOST_BYTES and share < MOST_SHARE and overview < MOST_CLASS_BYTES
    figures = {
        "report of one account": f"{page / 1000:.0f} KB (under {MOST_BYTES // 1000})",
        "main job": f"{job:.2f} s",
        "page and formats": f"{told:.3f} s, {share:.1%} of the job (under {MOST_SHARE:.0%})",
        f"class.html of {STUDENTS:,}": f"{overview / 1000:.0f} KB (under 2,000), {rendering:.2f} s",
        "all pages of that class": f"{class_took:.1f} s, {class_took / STUDENTS * 1000:.0f} ms a student",
    }
    for told_of, figure in figures.items():
        print(f"{told_of:26}{figure}")
    print("held" if held else "NOT HELD")
    return 0 if held else 1


def tell(run: Run, folder: Path) -> None:
    told = plain_run(run)
    Desk(folder, tuple(FORMATS)).write(told, {})
    objectives_html(told)


def timed(doing: Any) -> float:
    began = time.perf_counter()
    doing()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 7))
