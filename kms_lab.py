"""The options of the lab, and the start of a run with pytest.ini of this checkout.

pytest loads this module as a plugin before it looks for conftest files: `pytest.ini` names it, and so does the entry
point that requirements.txt installs. pytest reads the command line three times, and looks for its root at the first,
when it does not know our options: there, the value of an option after a space is a place to look for tests. Where
another root was found than this checkout, pytest is started again with `-c pytest.ini`.

It imports nothing of ours: pytest may be running something else.
"""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn

import pytest

CHECKS = "checks"
INI = "pytest.ini"
GROUP = "kms lab", "the lab and the account it is in"


class Option(NamedTuple):
    """An option: its flag, the value's name (none for a switch), its help, and what argparse is told beside."""

    flag: str
    metavar: str | None
    help: str
    more: Mapping[str, Any] = MappingProxyType({})

    @property
    def field(self) -> str:
        """Return the attribute of `config.option` that has the value."""
        return str(self.more.get("dest", self.flag[2:].replace("-", "_")))

    def add(self, group: pytest.OptionGroup) -> None:
        kind: dict[str, Any] = {"action": "store_true"} if self.metavar is None else {"metavar": self.metavar}
        group.addoption(self.flag, help=self.help, **{**kind, **self.more, "dest": self.field})


REPEATABLE = {"action": "append", "default": []}
OPTIONS = (
    Option("--reports", "DIR", "write the reports to this folder (reports/out)"),
    Option("--grade", None, "judge what exists in the account; create and change nothing"),
    Option("--roster", "FILE", "grade a class: a CSV file with a row per student"),
    Option("--jobs", "N", "with --roster: query N accounts at once (32)", {"type": int, "default": 32}),
    Option("--only", "STUDENT", "with --roster: query only this student's account again (repeatable)", REPEATABLE),
    Option("--again", None, "with --roster: query all accounts again"),
    Option("--shard", "K/N", "with --roster: grade only part K of N of the class"),
    Option("--replay", "DIR", "judge recorded evidence again, without AWS (repeatable)", REPEATABLE),
    Option("--sign", "KEYFILE", "sign the evidence with this SSH key (writes evidence/heads.txt.sig)"),
    Option("--verify", "KEYFILE", "with --replay: require evidence signed by the owner of this public key"),
    Option("--rubric", "FILE", "take points, hints, names and waivers from this file (rubric.toml)"),
    Option("--account", "ID", "stop unless the credentials belong to this account"),
    Option("--plan", None, "with -m live: show what would be created; create nothing"),
    Option("--lab-instance-type", "TYPE", "with -m live: launch this type (the smallest that can be launched)"),
    Option("--lab-subnet", "ID", "with -m live: launch in this subnet (a default one)"),
    Option("--sweep", None, "with -m live: delete what earlier runs left behind"),
    Option("--dry-run", None, "with --sweep: only show what would be deleted"),
    Option("--older-than", "AGE", "with --sweep: spare what is younger (2h)"),
    Option("--format", "NAME", "also write this report format (repeatable)", {**REPEATABLE, "dest": "formats"}),
)
NAMES = {
    "alias": "alias/MyKMSKey",
    "bucket": "imagebucket",
    "object": "clock.png",
    "instance": "LabInstance",
    "role": "voclabs",
}
"""What the lab's resources are called where nothing else is said; `fixtures.resources.names` tells their meaning."""


def _open_standard_streams() -> None:
    """Open the null device in place of a standard stream that is closed (`>&-`): pytest writes to it, and the first
    file that a run opens would have its number.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            with contextlib.suppress(OSError):
                null = os.open(os.devnull, os.O_RDWR)
                if null != number:
                    os.dup2(null, number)
                    os.close(null)
                setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False))


_open_standard_streams()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup(*GROUP)
    for option in OPTIONS:
        option.add(group)
    for name, default in NAMES.items():
        text = f"name of the lab's {name} ({default})"
        group.addoption(f"--lab-{name}", metavar="NAME", help=text)
        parser.addini(f"lab_{name}", text, default=default)
    parser.addini("reports", "folder of the reports, relative to pytest.ini", default="reports/out")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> Generator[None, object, object]:
    """Start pytest again where this checkout's pytest.ini was not found, and run the checks where no path is given."""
    folder, known = early_config.invocation_params.dir, early_config.known_args_namespace
    checkout = _checkout(folder)
    if not _is_ours(early_config, checkout):
        return (yield)
    # pytest takes `testpaths` of its ini file only where it is called from the folder of that file.
    added = [] if known.file_or_dir or folder == checkout else [str(checkout / CHECKS)]
    if early_config.inipath is None or early_config.inipath.resolve() != checkout / INI:
        _start_again(early_config, checkout, added)
    args += added
    known.file_or_dir += added
    if known.noconftest:
        raise pytest.UsageError("--noconftest: the lab is in plugins that conftest.py names; leave it out")
    require_appendable("--debug", known.debug)
    try:
        return (yield)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted before anything was started\n")
        sys.exit(int(pytest.ExitCode.INTERRUPTED))


def require_appendable(option: str, path: str | None) -> None:
    """Raise `pytest.UsageError` unless pytest can write its own log to this file. A new one is created, and only its
    owner may read it. A named pipe that nobody reads is refused: to open it would take for ever.
    """
    try:
        if path:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
            os.close(os.open(path, flags, 0o600))
    except OSError as failed:
        why = "it is a named pipe that nobody reads" if failed.errno == errno.ENXIO else failed.strerror
        raise pytest.UsageError(f"{option}: cannot write to {path}: {why}; name another file") from None


def _checkout(folder: Path) -> Path:
    """Return the checkout that a folder is in; for a folder outside, the one that this module is in."""
    for each in (folder, *folder.parents):
        if (each / INI).is_file() and (each / Path(__file__).name).is_file():
            return each.resolve()
    return Path(__file__).resolve().parent


def _is_ours(config: pytest.Config, checkout: Path) -> bool:
    """Whether the command line asks for the lab: by an option of ours, by its checks, or by `-m live`."""
    known, defaults = config.known_args_namespace, config.option
    fields = [*(option.field for option in OPTIONS), *(f"lab_{name}" for name in NAMES)]
    if any(getattr(known, field) != getattr(defaults, field) for field in fields):
        return True
    if known.markexpr == "live" and config.inipath is None:
        return True
    folder, checks = config.invocation_params.dir, checkout / CHECKS
    paths = [(folder / path.partition("::")[0]).resolve() for path in known.file_or_dir]
    return any(path == checks or checks in path.parents for path in paths)


def _start_again(config: pytest.Config, checkout: Path, added: Sequence[str]) -> NoReturn:
    """Replace this process by pytest with this checkout's pytest.ini, or raise `pytest.UsageError`."""
    given, arguments = config.known_args_namespace.inifilename, list(config.invocation_params.args)
    if given:
        raise pytest.UsageError(f"-c {given}: the lab runs with its own {INI}; leave -c out")
    if arguments != sys.argv[1:]:
        raise pytest.UsageError(f"the lab needs its own {INI}; give pytest.main also '-c', '{checkout / INI}'")
    # -P: a folder that happens to be the current one is no place to import from.
    command = [sys.executable, "-P", "-m", "pytest", "-c", str(checkout / INI), *arguments, *added]
    sys.stdout.flush()
    if sys.platform == "win32":  # where exec returns to the shell before the new process ends
        sys.exit(subprocess.run(command, check=False).returncode)  # noqa: S603  # our own command
    os.execv(command[0], command)  # noqa: S606  # our own command, and no shell
