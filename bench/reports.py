"""The cost of reports: the size of one account's report, the share of the main job, and a class of a thousand.

    python -m bench.reports [ROUNDS]

The record is that of a real main job, and for the class the same account a thousand times. The share is that of the
time of pytest's session, measured in the same process.
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

from grading.plugin import COLLECTOR
from grading.results import RunResult
from grading.sanitizing import sanitize_record
from reports.account_page import report_html
from reports.class_page import class_html
from reports.formats import FORMATS
from reports.writer import ReportWriter

ROOT = Path(__file__).parent.parent
MOST_BYTES, MOST_SHARE, MOST_CLASS_BYTES = 300_000, 0.10, 2_000_000
STUDENTS = 1000


class Record:
    """Keeps the record of the run."""

    run: RunResult

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self.run = session.config.stash[COLLECTOR].result()


def main(rounds: int) -> int:
    with tempfile.TemporaryDirectory() as place:
        folder, kept = Path(place), Record()
        began = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            pytest.main([f"--rootdir={ROOT}", f"-c{ROOT / 'pytest.ini'}", f"--reports={folder}", "-q"], plugins=[kept])
        job = time.perf_counter() - began
        page = (folder / "report.html").stat().st_size
        rendering_all = statistics.median(timed(lambda: render(kept.run, folder / "again")) for _ in range(rounds))
        many = dataclasses.replace(
            kept.run,
            accounts=tuple(
                dataclasses.replace(kept.run.accounts[0], student=f"student-{number:04}") for number in range(STUDENTS)
            ),
        )
        class_took = timed(lambda: ReportWriter(folder / "class", ()).write(sanitize_record(many), {}))
        overview = (folder / "class" / "class.html").stat().st_size
        rendering = timed(lambda: class_html(many))
    share = rendering_all / job
    held = page < MOST_BYTES and share < MOST_SHARE and overview < MOST_CLASS_BYTES
    figures = {
        "report of one account": f"{page / 1000:.0f} KB (under {MOST_BYTES // 1000})",
        "main job": f"{job:.2f} s",
        "page and formats": f"{rendering_all:.3f} s, {share:.1%} of the job (under {MOST_SHARE:.0%})",
        f"class.html of {STUDENTS:,}": f"{overview / 1000:.0f} KB (under 2,000), {rendering:.2f} s",
        "all pages of that class": f"{class_took:.1f} s, {class_took / STUDENTS * 1000:.0f} ms a student",
    }
    for name, figure in figures.items():
        print(f"{name:26}{figure}")
    print("held" if held else "NOT HELD")
    return 0 if held else 1


def render(run: RunResult, folder: Path) -> None:
    record = sanitize_record(run)
    ReportWriter(folder, tuple(FORMATS)).write(record, {})
    report_html(record)


def timed(doing: Any) -> float:
    began = time.perf_counter()
    doing()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 7))
