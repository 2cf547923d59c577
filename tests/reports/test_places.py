"""Reports go to places that can be written to, one run at a time, and replace nothing but reports."""

from __future__ import annotations

import os
import re
import resource
import socket
import stat
from pathlib import Path

import pytest

from reports.atomic_files import WriteError, append, write
from reports.places import Folder, PlaceError, require_writable
from tests.support.checks_run import run_checks


def fifo(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def unix_socket(path: Path) -> None:
    # The path of a socket may have 107 characters.
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def link_elsewhere(path: Path) -> None:
    elsewhere = path.parent / "elsewhere"
    elsewhere.write_text("mine")
    path.symlink_to(elsewhere)


def link_to_nothing(path: Path) -> None:
    path.symlink_to(path.parent / "nothing")


NO_FILES = {
    fifo: "it is a named pipe",
    folder: "it is a folder",
    unix_socket: "it is a socket",
    link_elsewhere: "it is a symbolic link",
    link_to_nothing: "it is a symbolic link",
}


@pytest.mark.parametrize("make", NO_FILES, ids=lambda make: make.__name__)
def test_only_a_regular_file_is_replaced(make, tmp_path):
    """Anything else stays as it is, and one line says what it is."""
    path = tmp_path / "report.html"
    make(path)
    before = path.lstat()
    with pytest.raises(WriteError, match=f"{NO_FILES[make]}, and reports only replace regular files"):
        write(path, "text", tmp_path)
    assert stat.S_IFMT(path.lstat().st_mode) == stat.S_IFMT(before.st_mode)
    assert path.lstat().st_ino == before.st_ino
    assert not (tmp_path / "nothing").exists()
    assert not list(tmp_path.glob(".*"))


def test_a_device_is_not_replaced():
    """As in `--junitxml=/dev/null`."""
    with pytest.raises(WriteError, match="it is a device"):
        write(Path("/dev/null"), "text")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_folder_that_is_a_link_is_not_followed(tmp_path):
    """Below the reports folder. The reports folder itself may be a link: its owner chose it."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "students").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WriteError, match="students is a symbolic link"):
        write(tmp_path / "out" / "students" / "a.html", "text", tmp_path / "out")
    assert list((tmp_path / "elsewhere").iterdir()) == []
    (tmp_path / "other").symlink_to(tmp_path / "elsewhere")
    write(tmp_path / "other" / "a.html", "text", tmp_path / "other")
    assert (tmp_path / "elsewhere" / "a.html").read_text() == "text"


def test_a_file_of_the_same_name_in_the_way_is_not_written_through(tmp_path):
    """Somebody may have put a link where the temporary file goes."""
    (tmp_path / "mine").write_text("mine")
    (tmp_path / f".a.html.{os.getpid()}.part").symlink_to(tmp_path / "mine")
    write(tmp_path / "a.html", "text", tmp_path)
    assert (tmp_path / "mine").read_text() == "mine"
    assert (tmp_path / "a.html").read_text() == "text"


def test_a_pipe_that_nobody_reads_does_not_stop_a_run(tmp_path):
    """As the file that `$GITHUB_STEP_SUMMARY` names."""
    os.mkfifo(tmp_path / "summary")
    with pytest.raises(WriteError, match="could not write"):
        append(tmp_path / "summary", "text")


@pytest.mark.parametrize("place", ["file/out", "file", "/proc/reports", "/dev/null/out", "gone/out"])
def test_a_place_that_cannot_be_written_to_is_refused(place, tmp_path):
    """Nothing is created, neither there nor on the way."""
    (tmp_path / "file").touch()
    (tmp_path / "gone").symlink_to(tmp_path / "nothing")
    with pytest.raises(PlaceError, match=f"^cannot write to .*{place}: "):
        require_writable(tmp_path / place)
    with pytest.raises(PlaceError):
        Folder(tmp_path / place)
    assert {path.name for path in tmp_path.iterdir()} == {"file", "gone"}


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--reports={}/file/out", "--reports: cannot write to {}/file/out: Not a directory; name another folder"),
        ("--html={}/file/a.html", "--html: cannot write to {}/file: Not a directory; name another file"),
        ("--junitxml={}/file/a.xml", "--junitxml: cannot write to {}/file: Not a directory; name another file"),
        ("--log-file={}/file/log", "--log-file: cannot write to {}/file/log: Not a directory; name another file"),
        ("--format=vocareum", "$vocareumGradeFile: cannot write to {}/file: Not a directory; name another file"),
    ],
)
def test_a_run_is_refused_before_anything_starts(option, said, tmp_path, monkeypatch):
    """In one line, and without a file."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("vocareumGradeFile", f"{tmp_path}/file/grades")  # Vocareum's name
    run = run_checks(tmp_path / "out", "checks", option.format(tmp_path))
    assert run.exit_code == 4
    assert run.printed.strip() == f"ERROR: {said.format(tmp_path)}"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_second_run_in_one_folder_is_refused(tmp_path):
    """In one line, and the first one's files stay as they are."""
    first = Folder(tmp_path)
    try:
        (tmp_path / "results.json").write_text("{}")
        run = run_checks(tmp_path, "checks", "-k", "test_symmetric")
    finally:
        first.close()
    assert run.exit_code == 4
    said = f"ERROR: --reports: another run is writing to {tmp_path} now; name another folder"
    assert run.printed.strip() == said
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]
    Folder(tmp_path).close()


def test_a_run_that_writes_nothing_leaves_no_folder(tmp_path):
    """Nor those that were created on the way."""
    Folder(tmp_path / "a" / "b").close()
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_regular_file_is_told_by_a_run(tmp_path):
    """Verdicts and other reports are there, and the line says what is in the way."""
    os.mkfifo(tmp_path / "canvas.csv")
    (tmp_path / "results.json").symlink_to(tmp_path / "elsewhere")
    run = run_checks(tmp_path, "checks", "--grade", "--format=canvas", "--format=csv")
    assert run.exit_code == 0
    told = re.findall(r"^could not write (\S+): it is (.+?), and", run.printed, re.MULTILINE)
    assert {(Path(path).name, what) for path, what in told} == {
        ("canvas.csv", "a named pipe"),
        ("results.json", "a symbolic link"),
    }
    assert (tmp_path / "checks.csv").exists()
    assert stat.S_ISFIFO((tmp_path / "canvas.csv").stat().st_mode)


@pytest.mark.parametrize("before", ["", "alias,2\n"])
def test_half_a_line_is_no_mark(before, tmp_path):
    """Where the disk is full in the middle of a line, nothing is appended: `15` would be `1`."""
    path = tmp_path / "grades"
    path.write_text(before)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 9, hard))
    try:
        with pytest.raises(WriteError, match="could not write"):
            append(path, "decrypt,15\n")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_text() == before
