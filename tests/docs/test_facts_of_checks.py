"""docs/aws-facts.md says of each check on which facts it rests."""

from __future__ import annotations

import re

from tests.support.checks_run import ROOT

CHECK = re.compile(r"^def test_(\w+)\(", re.MULTILINE)
LINE = re.compile(r"^\| `([\w-]+)` \| ([A-Z\d]+-\d+(?:, [A-Z\d]+-\d+)*) \|$", re.MULTILINE)


def test_each_check_has_its_facts():
    """No check is missing, and none is there that there is not. `test_citations` finds ids without a row."""
    pages = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "checks").glob("test_*.py"))]
    checks = [name.replace("_", "-") for page in pages for name in CHECK.findall(page)]
    page = (ROOT / "docs" / "aws-facts.md").read_text(encoding="utf-8")
    section = page.partition("## On which facts each check rests")[2].partition("\n## ")[0]
    assert [check for check, _ in LINE.findall(section)] == checks
