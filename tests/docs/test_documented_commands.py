"""`.ci/documented_commands.py` finds the commands of a document, and notices one that ends otherwise than it says."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("documented_commands", ROOT / ".ci" / "documented_commands.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def document(folder: Path, text: str) -> Path:
    path = folder / "page.md"
    path.write_text(text, encoding="utf-8")
    return path


def found(script, folder: Path, text: str) -> list[tuple[int, str, int]]:
    return [(each.line, each.text, each.exit_code) for each in script.commands(document(folder, text))]


def test_commands_of_blocks(script, tmp_path):
    """Comments are no commands, a backslash joins lines, other languages are left alone."""
    text = "```sh\n# first\nls   # what\n\nls \\\n-l\n```\n\n```python\nprint()\n```\n\n```console\npwd\n```\n"
    assert [(line, " ".join(command.split()), code) for line, command, code in found(script, tmp_path, text)] == [
        (3, "ls", 0),
        (5, "ls -l", 0),
        (14, "pwd", 0),
    ]


def test_exit_codes_of_a_comment(script, tmp_path):
    """One for all commands of the block, or one for each."""
    assert [code for _, _, code in found(script, tmp_path, "<!-- ci: exit 6 -->\n```sh\na\nb\n```\n")] == [6, 6]
    assert [code for _, _, code in found(script, tmp_path, "<!-- ci: exit 0 1 -->\n```sh\na\nb\n```\n")] == [0, 1]


def test_blocks_that_are_skipped(script, tmp_path):
    """A reason must be given."""
    assert found(script, tmp_path, "<!-- ci: skip needs a bank account -->\n```sh\na\n```\n") == []
    with pytest.raises(ValueError, match="is neither"):
        found(script, tmp_path, "<!-- ci: skip -->\n```sh\na\n```\n")


def test_numbers_must_agree(script, tmp_path):
    """Three commands have one exit code or three."""
    with pytest.raises(ValueError, match="3 commands, but 2 exit codes"):
        found(script, tmp_path, "<!-- ci: exit 0 1 -->\n```sh\na\nb\nc\n```\n")


def test_another_exit_code_than_documented_fails(script, tmp_path):
    """With the output of the command, its place, and both codes."""
    page = document(tmp_path, "```sh\npython -c 'print(6 * 7); exit(3)'\n```\n")
    with pytest.raises(SystemExit) as ended:
        script.tried(page, Path(sys.prefix))
    told = str(ended.value)
    assert told.startswith("42\n")
    assert "page.md:2: " in told
    assert "exit 3: python -c" in told
    assert told.endswith("the documented exit code is 0")


def test_every_document_can_be_read(script):
    """The comments of README and docs are well-formed, and there are commands to run."""
    documents = [path for pattern in script.DOCUMENTS for path in ROOT.glob(pattern)]
    assert [command for path in documents for command in script.commands(path)]
