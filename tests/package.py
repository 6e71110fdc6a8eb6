"""The package as pip installs it: built from the checkout, unpacked, and run from elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def build(folder: Path) -> Path:
    """The wheel, built as pip builds it for somebody else: from the source archive."""
    archive = _hatchling(ROOT, folder, "sdist", "*.tar.gz")
    with tarfile.open(archive) as source:
        source.extractall(folder / "source", filter="data")
    (unpacked,) = (folder / "source").iterdir()
    return _hatchling(unpacked, folder, "wheel", "*.whl")


def unpack(wheel: Path, folder: Path) -> Path:
    """A folder that is to Python what site-packages is once the wheel is installed there."""
    with zipfile.ZipFile(wheel) as files:
        files.extractall(folder)
    return folder


def environment(site: Path, **more: str) -> dict[str, str]:
    """What a process needs to import the package from there, and nothing of the checkout."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("HAMR_")}
    return {**own, "PYTHONPATH": str(site), "PYTHONWARNINGS": "ignore", **more}


def _hatchling(source: Path, folder: Path, target: str, pattern: str) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (built,) = folder.glob(pattern)
    return built
