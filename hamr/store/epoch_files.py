"""What the record of an epoch becomes on the disk: its files by name."""

from __future__ import annotations

import numpy as np

from hamr.records import (
    EPOCH_ARRAYS,
    ROW_SIGNALS,
    STEP_ARRAYS,
    TOKEN_ROW_SIGNALS,
    WORD_SIGNALS,
    EpochRecord,
)
from hamr.store import checkpoints
from hamr.store.blocks import BLOCKS, blocks_file
from hamr.store.files import Chunks, npy, tensors

ARRAYS = "arrays.safetensors"
EMBEDDINGS = "embeddings.npy"
HEAD = "head.safetensors"
STEPS = "steps.safetensors"
SIGNALS = {**ROW_SIGNALS, **TOKEN_ROW_SIGNALS, **WORD_SIGNALS}


def epoch_files(record: EpochRecord, row_count: int) -> dict[str, Chunks]:
    """The files of an epoch by name. Raises ValueError for arrays that records.py lacks."""
    unknown = record.signals.keys() - SIGNALS.keys()
    unknown |= record.arrays.keys() - EPOCH_ARRAYS.keys()
    unknown |= record.steps.keys() - STEP_ARRAYS.keys()
    if unknown:
        raise ValueError(f"records.py knows no {', '.join(sorted(unknown))}")
    files: dict[str, Chunks] = {}
    for name, values in record.signals.items():
        if name not in WORD_SIGNALS and values.shape != (row_count,):
            raise ValueError(f"{name} must be [{row_count}], one per row, got {values.shape}")
        files[f"{name}.npy"] = npy(values.astype(SIGNALS[name].dtype, copy=False))
    words = {name: files[f"{name}.npy"] for name in WORD_SIGNALS if name in record.signals}
    if words:
        files[BLOCKS] = blocks_file(words)
    if record.arrays:
        files[ARRAYS] = tensors(record.arrays)
    if record.steps:
        files[STEPS] = tensors(record.steps)
    if record.embeddings is not None:
        if len(record.embeddings) != row_count:
            found = record.embeddings.shape
            raise ValueError(f"embeddings must be [{row_count}, D], one per row, got {found}")
        files[EMBEDDINGS] = npy(record.embeddings.astype(np.float16, copy=False))
    if record.head:
        files[HEAD] = tensors(record.head)
    if record.checkpoint:
        files[checkpoints.file_name()] = tensors(record.checkpoint)
    return files
