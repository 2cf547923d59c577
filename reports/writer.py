"""Writes the reports of a run. A report that cannot be written does not keep the others from being written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from pathlib import Path

from grading.results import AccountResult, RunResult
from reports.account_page import student_html
from reports.atomic_files import WriteError, append, move, write
from reports.class_page import class_html
from reports.formats import FORMATS
from reports.formats.output import file_names
from reports.results_json import results_text

PAGES = ("report.html", "junit.xml", "class.html", "students/*.html")
"""What a run may write into its folder and the next one may not."""
BEFORE = "before"


class ReportWriter:
    """The reports folder of a run.

    `stdout_lines` and `warnings` are to be printed; `errors` are the reports that could not be written.
    """

    def __init__(self, folder: Path, formats: tuple[str, ...]) -> None:
        self.folder, self.formats = folder, formats
        self.stdout_lines: list[str] = []
        self.warnings: list[str] = []
        self.errors: list[str] = []
        self._has_folder = True

    def make_folder(self) -> bool:
        """Create the folder; return whether it exists."""
        self._has_folder = self._try(lambda: _make(self.folder))
        return self._has_folder

    def write(self, run: RunResult, environ: Mapping[str, str], others: Iterable[Path] = ()) -> None:
        """Write `results.json`, the class's pages and the chosen formats. `others` are reports that pytest writes."""
        if self._has_folder:
            self._try(lambda: write(self.folder / "results.json", results_text(run)))
            students = self._students(run) if run.is_class else {}
            if students:
                self._try(lambda: write(self.folder / "class.html", class_html(run)))
                self._try(lambda: _write_each(run, students))
            self._try(lambda: self._set_aside(students, others))
        for name in self.formats:
            self._format(name, run, environ)

    def _students(self, run: RunResult) -> Mapping[Path, AccountResult]:
        pages = (self.folder / "students" / f"{name}.html" for name in file_names(run))
        return dict(zip(pages, run.accounts, strict=True))

    def _set_aside(self, students: Collection[Path], others: Iterable[Path]) -> None:
        """Move pages of an earlier run that this run does not replace: beside the new ones they would look new."""
        own = {*students, self.folder / "class.html"} if students else set()
        written = {path.resolve() for path in (*own, *others)}
        left = [path for pages in PAGES for path in self.folder.glob(pages) if path.resolve() not in written]
        for path in left:
            move(path, self.folder / BEFORE / path.relative_to(self.folder))
        if left:
            pages = "1 page of an earlier run was" if len(left) == 1 else f"{len(left)} pages of earlier runs were"
            self.warnings.append(f"{pages} moved to {self.folder / BEFORE}")

    def _format(self, name: str, run: RunResult, environ: Mapping[str, str]) -> None:
        output = FORMATS[name](run, environ)
        for file, text in output.files.items() if self._has_folder else ():
            if not self._try(partial(write, self.folder / file, text)):
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


def _write_each(run: RunResult, students: Mapping[Path, AccountResult]) -> None:
    for page, account in students.items():
        write(page, student_html(run, account))


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failed:
        raise WriteError(folder, failed) from failed
