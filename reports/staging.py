"""Let pytest's plugins write their reports into a temporary folder, and move the complete files into place."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from reports.atomic_files import WriteError, whole


def final_path(path: str) -> Path:
    """Return the path of a report that is given to pytest, which may have variables and `~`, as pytest allows."""
    return Path.cwd() / Path(os.path.expandvars(path)).expanduser()


class StagedReports:
    """Reports that are written elsewhere first. A run that is killed leaves the earlier files as they are.

    `finals` are the paths where the reports go, by the paths where they are written.
    """

    def __init__(self) -> None:
        self.finals: dict[Path, Path] = {}
        self._folder: Path | None = None
        self._failed = False

    def stage(self, path: str) -> str:
        """Return a temporary path to write to instead of `path`."""
        final = final_path(path)
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="kms-lab-reports-"))
        staged = self._folder / str(len(self.finals)) / final.name
        self.finals[staged] = final
        return str(staged)

    def publish(self, failed: Mapping[Path, OSError]) -> Iterator[tuple[Path, WriteError | None]]:
        """Move the reports to their paths; yield each staged path and why it could not be moved.

        `failed` are the errors of reports that could not be written, by their staged paths.
        """
        for staged, final in self.finals.items():
            try:
                _publish(staged, final, failed.get(staged))
            except WriteError as failure:
                self._failed = True
                yield staged, failure
            else:
                yield staged, None

    def clean_up(self) -> None:
        """Remove the temporary folder, unless it holds a report that could not be moved."""
        if self._folder and not self._failed:
            shutil.rmtree(self._folder, ignore_errors=True)


def _publish(staged: Path, final: Path, error: OSError | None) -> None:
    """Move a report with the files that lie beside it: pytest-html may write a style sheet."""
    if error or not staged.exists():
        raise WriteError(final, error or OSError("pytest wrote no report"))
    for path in sorted(staged.parent.rglob("*")):
        if path.is_file():
            with whole(final.parent / path.relative_to(staged.parent)) as part:
                shutil.copyfile(path, part)
