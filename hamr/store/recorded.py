"""A finished run as a JSON object and arrays, and made again from them in an empty store.

The run has the id, the name and the times that it was recorded with: the keys of what is cached
of it depend on them. Its rows are not part of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import numpy as np

from hamr.errors import StoreError
from hamr.records import Dataset, EpochRecord, FinalRecord
from hamr.store.base import StoreBase
from hamr.store.epoch_files import ARRAYS, SIGNALS, STEPS
from hamr.store.files import npy, write_files
from hamr.store.final import make_final
from hamr.store.run import FINAL, HELD_OUT_MAP, MAP, MODEL, Run
from hamr.store.tables import WHOLE_RUN, RunRow

_TIMES = ("created", "queued", "started", "finished")
_MAPS = {"map": MAP, "held_out_map": HELD_OUT_MAP}
Arrays = Mapping[str, np.ndarray]


def content_of(run: Run) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What is kept of a run on texts: a JSON object, and arrays by name.

    Raises StoreError for a run that is not finished.
    """
    if run.final() is None:
        raise StoreError(f'Run "{run.info.name}" is not finished, so it can\'t be recorded')
    with run.store.database.read() as session:
        row = session.get_one(RunRow, run.id)
        content: dict[str, Any] = {
            "id": row.id,
            "name": row.name,
            "fingerprint": row.fingerprint,
            "settings": row.settings,
            "final": row.final,
            "times": {name: getattr(row, name).isoformat() for name in _TIMES},
        }
    content |= {"scalars": run.scalars(), "events": run.events()[0]}
    return content, dict(_arrays(run))


def place_recording(
    store: StoreBase, content: Mapping[str, Any], arrays: Arrays, dataset: Dataset
) -> Run:
    """Make the run again, with what was cached of it ("cache/KIND/NAME" in `arrays`).

    Raises KeyError, TypeError or ValueError where something is missing or no such content.
    """
    run = Run(store, str(content["id"]))
    run.folder.mkdir(parents=True)
    times = {name: datetime.fromisoformat(content["times"][name]) for name in _TIMES}
    with store.database.write() as session:
        row = RunRow(id=run.id, name=content["name"], status="running", epochs_done=0, **times)
        row.settings = content["settings"]
        session.add(row)
    run.attach_dataset(dataset)
    _write_epochs(run, content, arrays)
    for name, write in (("map", run.write_map), ("held_out_map", run.write_held_out_map)):
        if name in arrays:
            write(arrays[name])
    _write_final(run, content, arrays)
    _write_cache(store, arrays)
    lines = [json.dumps(event, ensure_ascii=False) for event in content["events"]]
    # In place of the events that writing the epochs has just appended.
    run._events_path.write_text("\n".join([*lines, ""]), "utf-8")
    with store.database.write() as session:
        row = session.get_one(RunRow, run.id)
        row.status, row.finished = "finished", times["finished"]
    return run


def _arrays(run: Run) -> Iterator[tuple[str, np.ndarray]]:
    epochs, files, listing = run.epochs(), run._files, run._listing
    for name in SIGNALS:
        if listing.listed(f"{name}.npy"):
            yield f"signals/{name}", np.stack(run.signal_over(name, epochs))
    for epoch, found in zip(epochs, files.tensors(ARRAYS, epochs), strict=True):
        yield from ((f"arrays/{epoch}/{name}", array) for name, array in found.items())
    with_steps = list(listing.listed(STEPS))
    for epoch, found in zip(with_steps, files.tensors(STEPS, with_steps), strict=True):
        yield from ((f"steps/{epoch}/{name}", array) for name, array in found.items())
    for place, file in (("final", FINAL), ("model", MODEL)):
        found = files.tensors(file, [WHOLE_RUN])[0]
        yield from ((f"{place}/{name}", array) for name, array in found.items())
    for place, file in _MAPS.items():
        if listing.listed(file):
            yield place, files.array(file, WHOLE_RUN)


def _write_epochs(run: Run, content: Mapping[str, Any], arrays: Arrays) -> None:
    signals, own = _below(arrays, "signals"), _below(arrays, "arrays")
    steps = _below(arrays, "steps")
    for at, scalars in enumerate(content["scalars"]):
        run.write_epoch(
            EpochRecord(
                epoch=scalars["epoch"],
                step=scalars["step"],
                signals={name: values[at] for name, values in signals.items()},
                arrays=_below(own, str(scalars["epoch"])),
                steps=_below(steps, str(scalars["epoch"])),
                scalars={k: v for k, v in scalars.items() if k not in ("epoch", "step")},
            )
        )


def _write_final(run: Run, content: Mapping[str, Any], arrays: Arrays) -> None:
    final = make_final(content["final"], _below(arrays, "final"))
    held_out = {
        f"{split}.{name}": values
        for split, found in final.held_out.items()
        for name, values in found.items()
    }
    parts = {k: v for k, v in vars(final).items() if k != "held_out"}
    run.write_final(FinalRecord(**parts, held_out=held_out, model=_below(arrays, "model")))


def _write_cache(store: StoreBase, arrays: Arrays) -> None:
    files = {}
    for place, array in _below(arrays, "cache").items():
        chunks = npy(array)
        digest = hashlib.sha256(b"".join(bytes(chunk) for chunk in chunks)).hexdigest()
        kind, name = place.split("/")
        files[store.home / "cache" / kind / f"{name}.{digest}.npy"] = chunks
    if files:
        write_files(store.home, files)


def _below(arrays: Arrays, place: str) -> dict[str, np.ndarray]:
    """The arrays whose names begin with that place, by the rest of their names."""
    start = f"{place}/"
    return {name.removeprefix(start): a for name, a in arrays.items() if name.startswith(start)}
