"""From a path to the reader of its format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hamr.data.delimited import DelimitedFile
from hamr.data.jsonfile import JsonFile
from hamr.data.table import Reader, in_words
from hamr.errors import DataError


def _parquet(path: Path) -> Reader:
    from hamr.data.parquet import ParquetFile  # pyarrow takes a while to come up

    return ParquetFile(path)


FORMATS: dict[str, Callable[[Path], Reader]] = {
    ".csv": DelimitedFile,
    ".tsv": DelimitedFile,
    ".json": JsonFile,
    ".jsonl": JsonFile,
    ".parquet": _parquet,
}


def open_file(name: str) -> Reader:
    """The reader of a file, chosen by the ending of its name.

    Raises DataError if the file is not there, is a folder, can't be read, is empty or has
    an ending that is not known.
    """
    path = Path(name).expanduser()
    shown = repr(name if len(name) <= 200 else f"{name[:200]}...")
    endings = in_words(list(FORMATS), last="or")
    try:
        if path.is_dir():
            raise DataError(f"{shown} is a folder: give a file that ends in {endings}")
        if not path.exists():
            raise DataError(
                f"there is no file {shown}: give the path of a file that ends in {endings}, "
                "or demo, builtin or hub:NAME"
            )
        if path.suffix.lower() not in FORMATS:
            ending = f"the ending {path.suffix!r}" if path.suffix else "no ending"
            raise DataError(f"{path.name} has {ending}, which is not known: use {endings}")
        if path.stat().st_size == 0:
            raise DataError(f"{path.name} is empty: give a file with rows of text and label")
        return FORMATS[path.suffix.lower()](path)
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"{shown} can't be read ({reason}): check its name and rights") from None
