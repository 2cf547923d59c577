"""Packages of npm that tests use, installed into a temporary folder."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SECONDS = 120


def npm_package(folder: Path, package: str, version: str) -> Path:
    """Install a package and return its folder; skip the test, with the reason, where npm or the registry is missing."""
    npm = shutil.which("npm")
    if not npm:
        pytest.skip("npm is not installed")
    options = ["--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--loglevel=error"]
    command = [npm, "install", *options, "--prefix", str(folder), f"{package}@{version}"]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=SECONDS)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failed:
        pytest.skip(f"npm could not install {package}: {str(failed.stderr or failed)[-200:]}")
    return folder / "node_modules" / package
