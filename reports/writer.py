"""Writes the reports of a run. A report that cannot be written does not keep the others from being written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from grading.results import RunResult
from reports.account_page import report_html, student_html
from reports.atomic_files import WriteError, append, move, write
from reports.class_csv import class_csv
from reports.class_page import class_html
from reports.earlier_class import BEFORE, RESULTS, EarlierClass, read_class
from reports.formats import FILES, FORMATS, MARKS
from reports.formats.output import file_names
from reports.results_json import results_text

PYTEST_HTML = "pytest-html.html"


class ReportWriter:
    """The reports folder of a run.

    `stdout_lines` and `warnings` are to be printed; `errors` are the reports that could not be written. `pytest_html`
    is the name of pytest-html's report in the same folder, empty without one. `page` is the page to open first, and
    `table` that of a class, once they are written.
    """

    def __init__(self, folder: Path, formats: tuple[str, ...]) -> None:
        self.folder, self.formats = folder, formats
        self.stdout_lines: list[str] = []
        self.warnings: list[str] = []
        self.errors: list[str] = []
        self.pytest_html = ""
        self.page: Path | None = None
        self.table: Path | None = None
        self._own: set[Path] = set()
        """The reports of this run, also those that could not be written."""

    def write(self, run: RunResult, environ: Mapping[str, str], others: Iterable[Path] = ()) -> None:
        """Write `results.json`, the pages and the chosen formats. `others` are reports that pytest's plugins write."""
        self._own = set(others)
        results, before = self.folder / RESULTS, self.folder / BEFORE / RESULTS
        earlier = left = read_class(results)
        if run.is_class and not left.is_before(run):
            earlier = read_class(before)
        if left.is_another_than(run):
            self._try(lambda: move(results, before, self.folder))
        if run.is_class:
            self._write_class(run, earlier if earlier.is_before(run) else EarlierClass())
        if len(run.accounts) == 1:
            self._write_page(self.folder / "report.html", report_html(run, self.pytest_html))
        self._write(results, results_text(run))
        for name in self.formats:
            if run.partial and name in MARKS:
                self.warnings.append(f"--format {name}: not written. It needs all checks, and this run is partial.")
            else:
                self._format(name, run, environ)
        self._try(self._set_aside)

    def _write_class(self, run: RunResult, earlier: EarlierClass) -> None:
        self._write_page(self.folder / "class.html", class_html(run, earlier))
        if self._write(table := self.folder / "class.csv", class_csv(run)):
            self.table = table
        for name, account in zip(file_names(run), run.accounts, strict=True):
            if not self._write(self.folder / "students" / f"{name}.html", student_html(run, account)):
                break

    def _set_aside(self) -> None:
        """Move what an earlier run wrote and this one does not: beside the new reports it would look new."""
        written = {path.resolve() for path in self._own}
        found = sorted({path for name in FILES for path in self.folder.glob(name)})
        left = [path for path in found if path.resolve() not in written and _is_regular(path)]
        for path in left:
            move(path, self.folder / BEFORE / path.relative_to(self.folder), self.folder)
        if left:
            files = "1 file of an earlier run was" if len(left) == 1 else f"{len(left)} files of earlier runs were"
            self.warnings.append(f"{files} moved to {self.folder / BEFORE}")

    def _write_page(self, path: Path, text: str) -> None:
        if self._write(path, text):
            self.page = self.page or path

    def _write(self, path: Path, text: str) -> bool:
        self._own.add(path)
        return self._try(lambda: write(path, text, self.folder))

    def _format(self, name: str, run: RunResult, environ: Mapping[str, str]) -> None:
        output = FORMATS[name](run, environ)
        for file, text in output.files.items():
            if not self._write(self.folder / file, text):
                break
        for path, text in output.appended:
            self._try(partial(append, path, text))
        self.stdout_lines += output.stdout_lines
        self.warnings += output.warnings

    def _try(self, writing: Callable[[], None]) -> bool:
        try:
            writing()
        except WriteError as failed:
            self.errors.append(str(failed))
            return False
        return True


def _is_regular(path: Path) -> bool:
    """Whether this is a regular file in a folder of ours, and not one elsewhere."""
    return path.is_file() and not path.is_symlink() and not path.parent.is_symlink()
