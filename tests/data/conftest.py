"""Small files to load, and a shorthand for the sentence that a bad one gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hamr.config import DataSettings
from hamr.data import load
from hamr.errors import DataError

ROWS = [(f"text number {i}", "ab"[i % 2]) for i in range(12)]
CSV = "text,label\n" + "".join(f"{text},{label}\n" for text, label in ROWS)

Write = Callable[[str, str | bytes], str]
Refusal = Callable[..., DataError]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file and gives its path."""

    def _write(name: str, content: str | bytes) -> str:
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name).write_bytes(data)
        return str(tmp_path / name)

    return _write


@pytest.fixture
def refused() -> Refusal:
    """The error with which a source is refused; it must be a HAMR error with a field."""

    def _refused(source: str, **settings: object) -> DataError:
        with pytest.raises(DataError) as caught:
            load(DataSettings(source=source, **settings))
        assert caught.value.field is not None
        return caught.value

    return _refused
