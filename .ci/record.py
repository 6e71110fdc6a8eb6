"""`python .ci/record.py`: makes the recording that comes with the program, in assets/recording.

It trains the demo as *Run the demo* does (2,800 rows, 10 epochs, seed 0; about two minutes),
draws its map and finds the hard regions at every epoch. demo.zip holds the run without its texts,
see `hamr.store.recorded`; first.json holds what the first page plays.

    python .ci/record.py             in a folder that is removed afterwards
    python .ci/record.py HOME RUN    from a finished run of the demo
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from hamr.config import DataSettings, RunSettings, TrainingSettings  # noqa: E402
from hamr.jobs.recorded import FILE  # noqa: E402
from hamr.store import Run, Store  # noqa: E402
from hamr.store.recorded import content_of  # noqa: E402
from hamr.store.recorded_file import write_recording  # noqa: E402

MOST_BYTES = 3_000_000
NAMED = 3  # regions on the first page
SIDE = 4096  # places along each side of the map, from 0
EDGE = 0.015  # share of the rows beyond each edge
WIDEST = 0.11  # of a region's circle, as a share of the side
# Found again from the rest within seconds, where they are needed at all.
LEFT_OUT = ("region_candidates", "maps", "held_out_maps")
NAME = "recording of the demo"


def main() -> None:
    """Writes both files, and says how large they are."""
    if len(sys.argv) == 3:
        write(Store.open(sys.argv[1]).run(sys.argv[2]))
        return
    with TemporaryDirectory() as home:
        write(trained(Path(home)))


def trained(home: Path) -> Run:
    """The run of the demo."""
    from hamr.jobs import draw_map, train_now

    store = Store.open(home)
    settings = RunSettings(
        data=DataSettings(), training=TrainingSettings.of_preset("quick", "sequence")
    )
    run = train_now(store, settings)
    draw_map(store, run.id)
    return run


def write(run: Run) -> None:
    """Writes the files of a finished run."""
    from hamr.views.base.label_errors import keep, text_label_errors
    from hamr.views.base.regions import regions_of

    run.store.rename_run(run.id, NAME)
    for epoch in run.epochs():
        past = run.as_of(epoch)
        regions_of(past, epoch)
        if errors := text_label_errors(past, epoch):
            keep(past, epoch, errors)
    content, arrays = content_of(run)
    arrays |= cached(run.store.home)
    FILE.parent.mkdir(exist_ok=True)
    write_recording(FILE, content, arrays)
    first = FILE.with_name("first.json")
    first.write_text(json.dumps(first_page(run), separators=(",", ":")) + "\n", "utf-8")
    total = sum(path.stat().st_size for path in (FILE, first))
    print(f"{FILE.name} {FILE.stat().st_size:,} bytes, {first.name} {first.stat().st_size:,} bytes")
    if total > MOST_BYTES:
        sys.exit(f"{total:,} bytes are more than {MOST_BYTES:,}")


def cached(home: Path) -> dict[str, np.ndarray]:
    """What the store has cached of the run; each entry is named by a hash of its key."""
    return {
        f"cache/{path.parent.name}/{path.name.split('.')[0]}": np.load(path)
        for path in sorted((home / "cache").glob("*/*.npy"))
        if path.parent.name not in LEFT_OUT
    }


def first_page(run: Run) -> dict[str, Any]:
    """What the first page plays: the map at each epoch, two curves, and the hard regions."""
    epochs, xy = run.epochs(), run.map()
    assert xy is not None
    # Few points lie far from all others: they are drawn at the edge.
    low, high = np.quantile(xy, (EDGE, 1 - EDGE), axis=0)
    places = np.round((xy - low) / (high - low) * (SIDE - 1)).clip(0, SIDE - 1).astype("<u2")
    known = np.stack(run.signal_over("label_probability", epochs))
    seeds = np.stack([np.isin(np.arange(len(xy)), run.array("seeds", e)) for e in epochs])
    f1 = np.stack([run.array("f1", epoch) for epoch in epochs])
    rarest = int(np.argmin(np.bincount(run.rows().labels, minlength=len(run.classes))))
    return {
        "id": run.id,
        "rows": len(xy),
        "epochs": epochs,
        "side": SIDE,
        "places": packed(places),
        "known": packed(np.round(known * 255).astype(np.uint8)),
        "seeds": packed(np.packbits(seeds, axis=1, bitorder="little")),
        "macro_f1": [round(one["macro_f1"], 3) for one in run.scalars()],
        "rarest": run.classes[rarest],
        "rarest_f1": [round(float(one), 3) for one in f1[:, rarest]],
        "regions": regions(run, places),
    }


def regions(run: Run, places: np.ndarray) -> list[dict[str, Any]]:
    """The hardest regions at the end: their names, and where they are."""
    from hamr.views.base.regions import regions_of

    found = []
    for region in regions_of(run, run.epochs()[-1]).beyond_chance[:NAMED]:
        own = places[region.rows].astype(float)
        middle = np.median(own, axis=0)
        around = min(float(np.median(np.hypot(*(own - middle).T))), WIDEST * SIDE)
        found.append(
            {"name": region.name.split(" · ")[0], "at": [*map(int, middle)], "around": int(around)}
        )
    return found


def packed(array: np.ndarray) -> str:
    """The bytes of an array, as text."""
    return base64.b64encode(array.tobytes()).decode()


if __name__ == "__main__":
    main()
