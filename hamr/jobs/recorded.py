"""The recording that comes with the program: a run on the demo data, opened like any run.

Its rows are those of the built-in data, so its file holds no texts. It is unpacked into a folder
of its own, as a store for reading only; all that reads runs works with it.

`python .ci/record.py` makes the files again.
"""

from __future__ import annotations

from pathlib import Path

from hamr import resources
from hamr.config import RunSettings
from hamr.data import load
from hamr.errors import DataError
from hamr.store import Store
from hamr.store.database import Database
from hamr.store.migrate import migrate
from hamr.store.recorded import place_recording
from hamr.store.recorded_file import damaged, read_recording

FILE = resources.ASSETS / "recording" / "demo.zip"
CLOSED = (
    "This is a recording that comes with the program, so nothing in it can be changed. Run the "
    "demo yourself to correct labels and to start runs."
)


def unpack_recording(folder: Path, path: Path = FILE) -> Store:
    """The recording as a store in the folder, which is new.

    Raises DataError where the file is missing or damaged, or the built-in rows are others.
    """
    content, arrays = read_recording(path)
    folder.mkdir(parents=True, exist_ok=True)
    # Not that of HAMR_DATABASE_URL, which is of one's own runs.
    database = Database(f"sqlite:///{folder / 'hamr.db'}", folder)
    migrate(database)
    store = Store(folder, database)
    try:
        dataset = load(RunSettings.stored(content["settings"]).data)
        if dataset.fingerprint != content["fingerprint"]:
            raise DataError(
                "The recording can't be opened: it was made on other built-in rows than those "
                "that are installed. Run the demo instead"
            )
        place_recording(store, content, arrays, dataset)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise damaged(path, error) from None
    database.closed = CLOSED
    return store
