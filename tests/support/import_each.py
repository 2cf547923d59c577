"""Import every module of the product by itself, with warnings as errors: `python -m tests.support.import_each`.

Prints the modules that fail. Each import runs in a forked process into which no module of the product was imported
before; libraries are imported once.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("checks", "embedded", "fixtures", "grading", "reports")
LIBRARIES = ("boto3", "botocore.auth", "jinja2", "moto", "pytest", "pytest_html", "tenacity")


def modules() -> Iterator[str]:
    """Yield the names of all modules of the product."""
    yield from ("conftest", "kms_lab")
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def can_be_imported(name: str) -> bool:
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == 0
    try:
        warnings.simplefilter("error")
        importlib.import_module(name)
    except BaseException:  # noqa: BLE001  # whatever fails is printed
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    for library in LIBRARIES:
        importlib.import_module(library)
    failed = [name for name in modules() if not can_be_imported(name)]
    sys.stdout.write("".join(f"{name}\n" for name in failed))
    sys.exit(bool(failed))
