"""README, guide and the notes for contributors: short, and without dead links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / ".github" / "CONTRIBUTING.md",
    *sorted((ROOT / "assets" / "guide").glob("*.md")),
]  # fmt: skip


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_a_document_links_to_is_there(path):
    links = re.findall(r"\]\(([^)#\s]+)", path.read_text("utf-8"))
    files = [link for link in links if not link.startswith(("http://", "https://"))]
    assert [link for link in files if not (path.parent / link).exists()] == []


def test_the_readme_links_every_page_of_the_guide():
    readme = (ROOT / "README.md").read_text("utf-8")
    pages = [path for path in DOCUMENTS if path.parent.name == "guide"]
    assert [path.name for path in pages if f"assets/guide/{path.name}" not in readme] == []


def test_the_readme_can_be_read_in_three_minutes():
    readme = (ROOT / "README.md").read_text("utf-8")
    assert len(readme.splitlines()) <= 200
    assert readme.count("![") == 1
