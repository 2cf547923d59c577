"""Where the reports are written: each whole or not at all, and one that cannot be written costs no other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import pytest
from _pytest.junitxml import LogXML
from pytest_html.basereport import BaseReport  # type: ignore[import-untyped]  # it has no types

from grading.results import AccountResult, Run
from reports.account_page import student_html
from reports.atomic_files import NotWritten, append, moved, whole, write
from reports.class_page import class_html
from reports.formats import FORMATS
from reports.formats.output import file_names
from reports.results_json import results_text

OF_PYTEST = {LogXML: "logfile", BaseReport: "_report_path"}
"""Plugins that write a report at a session's end, and where each keeps the report's place."""
PAGES = ("report.html", "junit.xml", "class.html", "students/*.html")
"""What a run may leave in its folder, and the next one may not write."""
BEFORE = "before"


class Desk:
    """The reports folder of a run. `printed` and `remarks` are to be said; `troubles` are the reports that failed."""

    def __init__(self, folder: Path, formats: tuple[str, ...]) -> None:
        self.folder, self.formats = folder, formats
        self.of_pytest: list[Path] = []
        """Where plugins of pytest write theirs."""
        self.printed: list[str] = []
        self.remarks: list[str] = []
        self.troubles: list[str] = []
        self._is_there = True

    def is_there(self) -> bool:
        """Whether the folder is there, or could be made."""
        self._is_there = self._tried(lambda: _make(self.folder))
        return self._is_there

    def write(self, run: Run, environ: Mapping[str, str]) -> None:
        """Write `results.json`, the class's pages, and the formats that were chosen."""
        if self._is_there:
            self._tried(lambda: write(self.folder / "results.json", results_text(run)))
            students = self._students(run) if run.is_class else {}
            if students:
                self._tried(lambda: write(self.folder / "class.html", class_html(run)))
                self._tried(lambda: _write_each(run, students))
            self._tried(lambda: self._set_aside(students))
        for name in self.formats:
            self._format(name, run, environ)

    def _students(self, run: Run) -> Mapping[Path, AccountResult]:
        pages = (self.folder / "students" / f"{name}.html" for name in file_names(run))
        return dict(zip(pages, run.accounts, strict=True))

    def _set_aside(self, students: Collection[Path]) -> None:
        """What an earlier run left, and this one does not write, would stand beside its pages as if it were new."""
        own = {*students, self.folder / "class.html"} if students else set()
        written = {path.resolve() for path in (*own, *self.of_pytest)}
        left = [path for pages in PAGES for path in self.folder.glob(pages) if path.resolve() not in written]
        for path in left:
            moved(path, self.folder / BEFORE / path.relative_to(self.folder))
        if left:
            pages = "1 page of an earlier run was" if len(left) == 1 else f"{len(left)} pages of earlier runs were"
            self.remarks.append(f"{pages} moved to {self.folder / BEFORE}")

    def _format(self, name: str, run: Run, environ: Mapping[str, str]) -> None:
        telling = FORMATS[name](run, environ)
        for file, text in telling.files.items() if self._is_there else ():
            if not self._tried(lambda file=file, text=text: write(self.folder / file, text)):  # type: ignore[misc]
                break
        for path, text in telling.appended:
            self._tried(lambda path=path, text=text: append(path, text))  # type: ignore[misc]
        self.printed += telling.printed
        self.remarks += telling.remarks

    def _tried(self, writing: Callable[[], None]) -> bool:
        try:
            writing()
        except NotWritten as failed:
            self.troubles.append(str(failed))
            return False
        return True

    def finish(self, plugin: Any, place: str, finishing: Callable[..., None], given: Mapping[str, Any]) -> bool:
        """Let a plugin of pytest write its report beside the report's place first."""
        path = Path(getattr(plugin, place))

        def writing() -> None:
            with whole(path) as part:
                setattr(plugin, place, part)
                finishing(**given)

        try:
            return self._tried(writing)
        finally:
            setattr(plugin, place, path)


def _write_each(run: Run, students: Mapping[Path, AccountResult]) -> None:
    for page, account in students.items():
        write(page, student_html(run, account))


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failed:
        raise NotWritten(folder, failed) from failed


def guard(config: pytest.Config, desk: Desk) -> None:
    """Have pytest's own writers of reports write theirs whole, and their failures told as ours are."""
    for plugin in config.pluginmanager.get_plugins():
        place = next((place for kind, place in OF_PYTEST.items() if isinstance(plugin, kind)), None)
        if place:
            desk.of_pytest.append(Path(getattr(plugin, place)))
            _changed(config, plugin, pytest_sessionfinish=_finishing(config, desk, plugin, place))


def _finishing(config: pytest.Config, desk: Desk, plugin: Any, place: str) -> Callable[[pytest.Session], None]:
    finishing, takes_session = plugin.pytest_sessionfinish, isinstance(plugin, BaseReport)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(session: pytest.Session) -> None:
        if not desk.finish(plugin, place, finishing, {"session": session} if takes_session else {}):
            _changed(config, plugin, pytest_terminal_summary=None)  # it would say that the report is there

    return pytest_sessionfinish


def _changed(config: pytest.Config, plugin: Any, **hooks: Any) -> None:
    """Register a plugin anew with other hooks."""
    name = config.pluginmanager.get_name(plugin)
    config.pluginmanager.unregister(plugin)
    vars(plugin).update(hooks)
    config.pluginmanager.register(plugin, name)
