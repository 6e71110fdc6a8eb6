"""`python .ci/lock.py`: writes requirements.lock, every package with the hashes of its files.

pip decides the versions, those of requirements.txt, tests/requirements.txt and all that they need.
The hashes are those of all files that the package index holds of a version, for every system and
Python. Where pip would install another build here (torch's for the CPU alone), its hash takes the
place of those of the index's builds for Linux, which need packages that are not listed.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from pip._internal.models.index import PyPI

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ("requirements.txt", "tests/requirements.txt")
INDEX = PyPI.simple_url  # pip's own
ELSEWHERE = {"colorama": ("0.4.6", 'sys_platform == "win32"')}  # what other systems need besides
HEADER = """\
# Every package that HAMR and its tests need, with the hashes of its files. Written by
# `python .ci/lock.py` from requirements.txt and tests/requirements.txt; not to be edited.
#
#     pip install --require-hashes -r requirements.lock
#
# Of torch, Linux has the build for the CPU alone here (x86-64, Python 3.11), from the index of
# PyTorch's CPU builds or a folder that pip is pointed at. The usual index's build for Linux needs
# NVIDIA's packages, too: for a GPU, install from requirements.txt.
"""


def main() -> None:
    """Writes the lock."""
    found = {normal(name): (version, hashes) for name, version, hashes in resolved()}
    lines = []
    for name, (full, hashes) in sorted(found.items() | elsewhere().items()):
        marker = f" ; {ELSEWHERE[name][1]}" if name in ELSEWHERE else ""
        version, _, own_build = full.partition("+")
        known = sorted(hashes | of_index(name, version, linux=not own_build))
        lines.append(f"{name}=={version}{marker} \\\n")
        lines.append(" \\\n".join(f"    --hash=sha256:{one}" for one in known) + "\n")
    (ROOT / "requirements.lock").write_text(HEADER + "".join(lines), encoding="utf-8")


def elsewhere() -> dict[str, tuple[str, frozenset[str]]]:
    """What pip does not install on this system."""
    return {name: (version, frozenset()) for name, (version, _) in ELSEWHERE.items()}


def resolved() -> list[tuple[str, str, frozenset[str]]]:
    """(name, version, hashes of the chosen file) of each package that pip would install."""
    files = [part for name in REQUIREMENTS for part in ("-r", str(ROOT / name))]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
    report = subprocess.run(
        [*command, "--report", "-", *files], check=True, stdout=subprocess.PIPE
    ).stdout
    return [chosen(item) for item in json.loads(report)["install"]]


def chosen(item: dict[str, Any]) -> tuple[str, str, frozenset[str]]:
    """A package of pip's report."""
    metadata, archive = item["metadata"], item["download_info"]["archive_info"]
    return metadata["name"], metadata["version"], frozenset([archive["hashes"]["sha256"]])


def of_index(name: str, version: str, linux: bool) -> frozenset[str]:
    """The SHA-256 of each file that the index holds of this version, with or without Linux's."""
    request = urllib.request.Request(
        f"{INDEX}/{name}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        files = json.load(answer)["files"]
    # A file is called name-version-tags.whl or name-version.tar.gz, the name in any spelling.
    spelt = "[-_.]+".join(map(re.escape, name.split("-")))
    start = re.compile(rf"{spelt}-{re.escape(version)}(-|\.tar\.gz$|\.zip$)", re.IGNORECASE)
    return frozenset(
        one["hashes"]["sha256"]
        for one in files
        if start.match(one["filename"]) and (linux or "linux" not in one["filename"])
    )


def normal(name: str) -> str:
    """The name as the index spells it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main()
