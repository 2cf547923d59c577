"""Give each option that takes a path in every form, in an environment that has only requirements.txt.

    python .ci/option_forms.py [--all]

Run it with the environment's own Python. A form is one of: after a space or an equals sign; relative or absolute;
inside or outside of the checkout; existing or not; with a space in it or not; `pytest` or `python -m pytest`; called
from the checkout, from a folder in it, from elsewhere. The last two are dealt out in turn over the others; `--all`
tries each with each. A run only collects: where the path exists it must collect the checks, where it does not it must
end with exit code 4 and name the path. Prints the forms that did not, and how many there were; ends with exit code 1
if there is one.
"""

from __future__ import annotations

import itertools
import os
import runpy
import shutil
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import boto3
import pytest
import pytest_html

ROOT = Path(__file__).parents[1]
PRELOADED = (boto3, pytest, pytest_html)
"""What every run imports; it is imported once, before the runs are forked."""
OPTIONS = {"--reports": (), "--roster": ("-m", "live"), "--rubric": (), "--replay": ()}
PROGRAMS = (("pytest", "."), ("python -m pytest", "."), ("pytest", "docs"), ("pytest", ".."))
OMITTED = shutil.ignore_patterns(".git", ".venv", "__pycache__", "out", "node_modules", ".*_cache", ".hypothesis")


class Form(NamedTuple):
    """A form: the arguments, the program, the folder it is called from, and the path that is given."""

    arguments: tuple[str, ...]
    program: str
    folder: Path
    path: Path
    is_wrong: bool

    def __str__(self) -> str:
        return f"in {self.folder}: {self.program} {' '.join(repr(each) for each in self.arguments)}"


def forms(checkout: Path, outside: Path, *, all_programs: bool) -> Iterator[Form]:
    """Yield every form of every option that takes a path."""
    parents, yes_no = (checkout / "given", outside), (True, False)
    places = itertools.product(OPTIONS, parents, ("a", "a b"), yes_no, yes_no, yes_no)
    for number, (option, parent, name, exists, is_absolute, is_separate) in enumerate(places):
        path = parent / f"{name}{option}" if exists else parent / f"no-{name}"
        # Each of the four goes with each value of any other property: the shift breaks the rhythm of the product.
        in_turn = PROGRAMS[(number + number // 4 + number // 16) % len(PROGRAMS)]
        for program, called_from in PROGRAMS if all_programs else (in_turn,):
            folder = (checkout / called_from).resolve()
            value = str(path) if is_absolute else os.path.relpath(path, folder)
            given = (option, value) if is_separate else (f"{option}={value}",)
            arguments = (*OPTIONS[option], *given, "--collect-only", "-q")
            yield Form(arguments, program, folder, path, not exists and option != "--reports")


def run(form: Form) -> tuple[int, str]:
    """Return the exit code of a run in a process of its own, and what it printed."""
    with tempfile.TemporaryFile("w+") as printed:
        pid = os.fork()
        if not pid:
            _become(form, printed.fileno())
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        printed.seek(0)
        return code, printed.read()


def _become(form: Form, output: int) -> None:
    """Run pytest in this process, and end it."""
    code = 70
    try:
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(form.folder)
        sys.argv = ["pytest", *form.arguments]
        sys.path[0] = str(form.folder) if form.program.startswith("python") else str(Path(sys.prefix) / "bin")
        runpy.run_module("pytest", run_name="__main__", alter_sys=False)
    except SystemExit as ended:
        code = int(ended.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def fault(form: Form) -> str:
    """Return what is wrong with the run of a form; an empty string if nothing is."""
    code, printed = run(form)
    if form.is_wrong:
        is_told = code == 4 and form.path.name in printed and "Traceback" not in printed
    else:
        is_told = code == 0 and "tests collected" in printed
    return "" if is_told else f"{form}\nexit {code}\n{printed}"


def prepare(checkout: Path, outside: Path) -> None:
    """Make what the options are given: folders, files and a recording, with and without a space in the name."""
    recorded = outside / "recorded"
    code, printed = run(Form(("-q", f"--reports={recorded}"), "pytest", checkout, recorded, is_wrong=False))
    if code:
        raise SystemExit(f"the main job ends with {code}\n{printed}")
    for parent, name in itertools.product((checkout / "given", outside), ("a", "a b")):
        (parent / f"{name}--reports").mkdir(parents=True)
        (parent / f"{name}--rubric").write_text("", encoding="utf-8")
        (parent / f"{name}--roster").write_text("student,profile\nana,ana\n", encoding="utf-8")
        (parent / f"{name}--roster").chmod(0o600)
        shutil.copytree(recorded / "evidence", parent / f"{name}--replay")


def main() -> int:
    for name in [each for each in os.environ if each.startswith(("AWS_", "PYTEST_", "PYTHON", "COV"))]:
        del os.environ[name]
    with tempfile.TemporaryDirectory() as place:
        checkout, outside = Path(place) / "checkout", Path(place) / "elsewhere"
        shutil.copytree(ROOT, checkout, ignore=OMITTED)
        outside.mkdir()
        prepare(checkout, outside)
        tried = list(forms(checkout, outside, all_programs="--all" in sys.argv[1:]))
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            faults = [found for found in pool.map(fault, tried) if found]
    print("\n\n".join(faults))
    print(f"{len(tried)} forms of {len(OPTIONS)} options, {len(faults)} of them wrong")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
