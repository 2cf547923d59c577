"""Facts, files, modules, names and links that the repository's texts cite exist in the repository."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FACTS = ROOT / "docs" / "aws-facts.md"
PREFIXES = ("KMS", "S3", "EC2", "CT", "IAM", "STS", "LAB", "REG", "GUARD", "TIME", "MOTO")
CITED = re.compile(rf"\b(?:{'|'.join(PREFIXES)})-\d{{2,3}}\b")
ROW = re.compile(rf"^\| ((?:{'|'.join(PREFIXES)})-\d{{2,3}}) \|", re.MULTILINE)
OUTSIDE = re.compile(
    r"aws-behaviour|moto-gaps|aws-recorded|field-cases|lab-handout|\.\./shared|§|\b(?:formats|models|design)\.md"
)
"""Documents that are not in the repository, and sections of them."""
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
REFERENCE = re.compile(r"\[[^\]]+\]\[([^\]]+)\]|(?<![\]`\w])\[([A-Za-z][\w-]*)\](?![\[(:])")
DEFINED = re.compile(r"^\[([^\]]+)\]:", re.MULTILINE)
DOCUMENT = re.compile(r"\b(?:docs/[\w/.-]*\w|[A-Z]{4,}\.md)\b")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"``?[^`\n]+``?")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
PLACE = re.compile(
    r"`((?:\.ci|\.github|bench|checks|docs|embedded|fixtures|grading|reports|tests)/[\w./-]*|[\w-]+\.(?:py|toml|ini|txt|md))`"
)
"""A file or folder of the repository, by its path, or by its name if it is at the top."""
PACKAGES = "bench|checks|embedded|fixtures|grading|reports|tests"
DOTTED = re.compile(rf"(?<![\w./-])((?:{PACKAGES})(?:\.[A-Za-z_]\w*)+)(?!\.?\w|/)")
"""A module of ours, or a name in it."""
SUFFIXES = ("csv", "html", "json", "jsonl", "md", "py", "toml")
NAME = re.compile(r"`@?([A-Za-z_]\w*)(?:\([^`]*\))?`")
"""A name of Python in backticks, perhaps with its arguments."""
ENGINEERS = ("CONTRIBUTING.md", "docs/adding-a-behaviour.md", "docs/adding-a-check.md", "docs/architecture.md")
WRITTEN_BY_RUNS = ("reports/out", "rubric.toml", "github-summary.md")


def tracked(*patterns: str) -> list[Path]:
    """The repository's files, those that are not committed yet included."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [ROOT / name for name in dict.fromkeys(listed) if (ROOT / name).is_file()]


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def prose(path: Path) -> str:
    """A document without its code, which may look like links."""
    return CODE.sub("", FENCE.sub("", text(path)))


def anchor(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    kept = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower())
    return kept.strip().replace(" ", "-")


def anchors(path: Path) -> set[str]:
    return {anchor(each) for each in HEADING.findall(FENCE.sub("", text(path)))}


CODE_AND_DOCS = [path for path in tracked("*.py", "*.md", "*.toml", "*.ini", "*.txt") if path != Path(__file__)]
DOCS = tracked("*.md")


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_each_fact_has_an_id_of_its_own():
    """An id stands for one row; the rows of a section go up."""
    rows = ROW.findall(text(FACTS))
    assert [each for each, times in Counter(rows).items() if times > 1] == []
    for prefix in PREFIXES:
        numbers = [int(row.rpartition("-")[2]) for row in rows if row.startswith(f"{prefix}-")]
        assert numbers, f"{prefix} has no rows"
        assert numbers == sorted(numbers), prefix


@pytest.mark.parametrize("path", CODE_AND_DOCS, ids=relative)
def test_each_cited_fact_is_a_row(path):
    """A citation can be looked up in docs/aws-facts.md."""
    assert set(CITED.findall(text(path))) <= set(ROW.findall(text(FACTS)))


@pytest.mark.parametrize("path", CODE_AND_DOCS, ids=relative)
def test_nothing_is_cited_that_is_not_in_the_repository(path):
    """Sections and documents that a reader cannot open are no source."""
    found = [f"{number}: {line}" for number, line in enumerate(text(path).splitlines(), 1) if OUTSIDE.search(line)]
    assert found == []


@pytest.mark.parametrize("path", [path for path in CODE_AND_DOCS if path.suffix == ".py"], ids=relative)
def test_documents_that_code_names_exist(path):
    """A document is named by its path from the top."""
    assert sorted(name for name in set(DOCUMENT.findall(text(path))) if not (ROOT / name).exists()) == []


@pytest.mark.parametrize("path", DOCS, ids=relative)
def test_links_of_documents_resolve(path):
    """A relative link leads to a file of the repository, and its anchor to a heading there."""
    missing = []
    for target in LINK.findall(prose(path)):
        place, _, heading = target.partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        file = (path.parent / place).resolve() if place else path
        if not file.exists() or (heading and heading not in anchors(file)):
            missing.append(target)
    assert missing == []


@pytest.mark.parametrize("path", DOCS, ids=relative)
def test_references_of_documents_are_defined(path):
    """`[text][name]` and `[name]` have their address in the same document, and no address is left without a use."""
    defined = set(DEFINED.findall(text(path)))
    used = {first or second for first, second in REFERENCE.findall(DEFINED.sub("", prose(path)))}
    if defined:
        assert used - defined == set()
    assert defined - used == set()


@pytest.mark.parametrize("path", DOCS, ids=relative)
def test_files_that_documents_name_exist(path):
    """A file or folder in backticks is there, seen from the top or from the document."""
    named = {name for name in PLACE.findall(FENCE.sub("", text(path))) if not name.startswith(WRITTEN_BY_RUNS)}
    assert sorted(name for name in named if not (ROOT / name).exists() and not (path.parent / name).exists()) == []


def module_and_rest(dotted: str) -> tuple[Path | None, list[str]]:
    """The file of the longest part that is a module, and the names after it."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        place = ROOT.joinpath(*parts[:length])
        for file in (place.with_suffix(".py"), place / "__init__.py"):
            if file.is_file():
                return file, parts[length:]
        if place.is_dir():
            return None, parts[length:]
    return None, parts


@pytest.mark.parametrize("path", [*DOCS, *tracked("*.yml", "*.yaml", ".ci/*", "*.toml")], ids=relative)
def test_modules_that_documents_name_exist(path):
    """`python -m bench.main_job`, `embedded.aws`, or a name in a module."""
    missing = []
    for dotted in DOTTED.findall(text(path)):
        if dotted.rpartition(".")[2] in SUFFIXES:
            continue
        file, names = module_and_rest(dotted)
        if names and not (file and all(re.search(rf"\b{name}\b", text(file)) for name in names)):
            missing.append(dotted)
    assert missing == []


@pytest.mark.parametrize("name", ENGINEERS)
def test_names_that_documents_for_engineers_use_exist(name):
    """Functions, classes, options and words of the code, as in `RunConfig` or `@queried`."""
    code = "\n".join(text(path) for path in tracked("*.py", "*.toml", "*.ini", "*.txt"))
    words = set(re.findall(r"\w+", code))
    assert sorted(set(NAME.findall(FENCE.sub("", text(ROOT / name)))) - words) == []
