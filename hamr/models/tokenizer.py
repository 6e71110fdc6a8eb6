"""Loads a model's tokenizer from copies of the few files that it consists of."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hamr.models.description import refuse_own_code
from hamr.models.folder import is_builtin, own_file, read_json, refusal

FILES = (
    "tokenizer.json", "vocab.txt", "vocab.json", "merges.txt", "special_tokens_map.json",
    "added_tokens.json", "tokenizer.model", "spm.model", "spiece.model",
    "sentencepiece.bpe.model", "sentencepiece.model",
)  # fmt: skip
LARGEST = 100_000_000  # bytes; the largest known file has 40 million
# Entries of tokenizer_config.json that name files or locations, or that only chats need.
LEFT_OUT = re.compile(
    r".*_(files?|path|dir|folder|url|commit_hash)|files?|path|dir|token|is_local|"
    r"(local_files_only|trust_remote_code|init_inputs|processor_class|chat_template|gguf_file)|"
    r"(custom_|revision|subfolder|proxies|use_auth).*"
)
TRIAL_SECONDS = 30
REMEDY = "save the model again together with its tokenizer, or copy its files again"


def load_tokenizer(folder: Path, description: dict[str, Any]) -> Any:
    """The tokenizer of a folder; `description` is what `read_description` returned.

    The tokenizing library is native code, which a damaged file can crash. So a separate process
    reads the file first.
    """
    from transformers import AutoTokenizer

    with tempfile.TemporaryDirectory(prefix="hamr-tokenizer-") as copies:
        _copy(folder, Path(copies), description)
        if not is_builtin(folder):
            _try(folder, Path(copies) / "tokenizer.json")
        made = AutoTokenizer.from_pretrained(copies, local_files_only=True, trust_remote_code=False)
        return _padding(made)


def _padding(tokenizer: Any) -> Any:
    """The tokenizer, made to pad after the text.

    Decoder models often pad before it, or have no token to pad with. Padding is masked, so any
    token does; and after the text it changes no position.
    """
    tokenizer.padding_side = "right"
    if tokenizer.pad_token_id is None:
        usual = (tokenizer.eos_token, tokenizer.bos_token, tokenizer.unk_token)
        tokenizer.pad_token = next(
            (token for token in usual if token is not None),
            tokenizer.convert_ids_to_tokens(0),
        )
    return tokenizer


def _copy(folder: Path, copies: Path, description: dict[str, Any]) -> None:
    """Copies what a tokenizer reads to `copies`; ModelError where there is no tokenizer."""
    sources = {name: own_file(folder, name) for name in FILES}
    for name, source in sources.items():
        if source is not None:
            if source.stat().st_size > LARGEST:
                why = f"its {name} is larger than {LARGEST // 1_000_000} MB"
                raise refusal(folder, why, REMEDY)
            shutil.copyfile(source, copies / name)
    vocabularies = [name for name in FILES if not name.startswith(("special", "added", "merges"))]
    if not any(sources[name] for name in vocabularies):
        raise refusal(folder, "it has no tokenizer: no tokenizer.json and no vocab.txt", REMEDY)
    own = read_json(folder, "tokenizer_config.json") or {}
    refuse_own_code(folder, "tokenizer_config.json", own)
    kept = {name: value for name, value in own.items() if not LEFT_OUT.fullmatch(name)}
    for name, content in (("tokenizer_config.json", kept), ("config.json", description)):
        (copies / name).write_text(json.dumps(content), encoding="utf-8")


def _try(folder: Path, path: Path) -> None:
    """Raises ModelError where the tokenizers library can't read the file, or crashes on it."""
    if not path.exists():
        return
    trial = Path(__file__).with_name("tokenizer_trial.py")
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(trial), str(path)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TRIAL_SECONDS,
            check=False,
            env={**os.environ, "TOKENIZERS_PARALLELISM": "false", "RAYON_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired:
        why = f"its tokenizer.json takes more than {TRIAL_SECONDS} seconds to read"
        raise refusal(folder, why, REMEDY) from None
    output = done.stdout.decode("utf-8", "replace").strip()
    if done.returncode or output != "good":
        why = f"its tokenizer.json can't be used: {output or 'the library that reads it failed'}"
        raise refusal(folder, why, REMEDY)
