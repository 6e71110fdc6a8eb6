"""Loading an encoder from a folder: built as described, filled with its weights, and tested."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import torch

from hamr.errors import ModelError
from hamr.models.description import read_description
from hamr.models.encoder import Encoder
from hamr.models.folder import first_line, in_bytes, in_short, is_builtin, refusal
from hamr.models.tokenizer import load_tokenizer
from hamr.models.trial import longest_text, try_out
from hamr.models.weights import Stored, numbers, stored_tensors

BUILDING = 4 << 30  # bytes that the outline of a model may take
MOST_PARTS = 30_000  # modules; the largest encoders have a few thousand
SPARE = 256 << 20  # bytes that a model may have beyond twice its weights: masks, tables, poolers
BOTH = ("encoder", "decoder")
REMEDY = "choose an encoder that transformers supports, saved with its tokenizer"
TAKE_BOTH = "use config.json and weights from the same model"


def load_encoder(folder: Path, max_length: int) -> Encoder:
    """Loads tokenizer and weights from a local folder, in float32, on the CPU.

    Nothing of the folder is run, and nothing outside it is read or fetched.

    Raises ModelError, naming the folder and what is wrong: weights that are missing, damaged, not
    finite or not those of the description; and what transformers can't read.
    """
    description, stored = read_description(folder), stored_tensors(folder)
    try:
        with _quiet_and_offline():
            tokenizer = load_tokenizer(folder, description)
            outline = _outline(folder, description, stored)
            model, missing = _filled(folder, outline, stored)
            encoder = Encoder(
                model, tokenizer, int(model.config.hidden_size), longest_text(model, max_length)
            )
            if not is_builtin(folder):
                try_out(folder, encoder, missing)
            return encoder
    except ModelError:
        raise
    except MemoryError as error:
        why = "it needs more memory than there is"
        raise refusal(folder, why, "choose a smaller model") from error
    except Exception as error:  # libraries fail on unexpected content in many ways
        raise refusal(folder, first_line(error), REMEDY) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # raised by the tokenizers' native code
            raise
        raise refusal(folder, first_line(error), REMEDY) from error


@contextmanager
def _quiet_and_offline() -> Iterator[None]:
    """Within, transformers prints little and does not connect to the hub."""
    os.environ.setdefault("USE_HUB_KERNELS", "NO")  # some architectures ask for kernels
    from huggingface_hub import constants
    from transformers.utils import logging as transformers_logging

    disable_progress: Callable[[], None] = transformers_logging.disable_progress_bar
    disable_progress()
    logging.getLogger("transformers").setLevel(logging.ERROR)
    before, constants.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE, True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


def _outline(
    folder: Path, description: dict[str, Any], stored: dict[str, Stored]
) -> torch.nn.Module:
    """The model as described, with shapes and without numbers; ModelError where it can't be."""
    from transformers import AutoConfig, AutoModel
    from transformers.models.auto import modeling_auto

    kinds = {
        kind
        for name in ("MASKED_LM", "CAUSAL_LM", "SEQUENCE_CLASSIFICATION", "TOKEN_CLASSIFICATION")
        for kind in getattr(modeling_auto, f"MODEL_FOR_{name}_MAPPING_NAMES")
    }
    kind = description["model_type"]
    if kind not in kinds:
        raise refusal(folder, f"transformers has no text model of type {kind[:50]!r}", REMEDY)
    with _bounded_memory(), _bounded_parts(folder):
        rest = {name: value for name, value in description.items() if name != "model_type"}
        config = AutoConfig.for_model(kind, **rest)
        if getattr(config, "num_hidden_layers", 1) < 1:
            raise refusal(folder, "its config.json describes a model without layers", TAKE_BOTH)
        with torch.device("meta"):
            build: Callable[..., torch.nn.Module] = AutoModel.from_config
            outline = build(config, trust_remote_code=False)
    parts = [*outline.parameters(), *outline.buffers()]
    size = sum(part.numel() * part.element_size() for part in parts)
    if size > 8 * numbers(stored.values()) + SPARE:
        raise refusal(
            folder, f"its config.json describes a model of {in_bytes(size)}, but its files hold "
            f"{in_bytes(sum(one.size for one in stored.values()))}", TAKE_BOTH,
        )  # fmt: skip
    return outline


def _filled(
    folder: Path, outline: torch.nn.Module, stored: dict[str, Stored]
) -> tuple[Any, list[str]]:
    """The model with its weights, and the names of tensors that the files lack.

    Raises ModelError for tensors of other shapes, for layers that the description leaves out, and
    for weights that are NaN or infinite.
    """
    kind: Any = type(outline)
    model, info = kind.from_pretrained(
        None,
        config=outline.config,
        state_dict={name: one.read() for name, one in stored.items()},
        dtype=torch.float32,
        ignore_mismatched_sizes=True,
        output_loading_info=True,
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
    )
    if info["error_msgs"]:
        raise refusal(folder, first_line(RuntimeError(*info["error_msgs"][:1])), REMEDY)
    if info["mismatched_keys"]:
        name, found, wanted = min(info["mismatched_keys"])
        raise refusal(
            folder, f"{len(info['mismatched_keys'])} of its tensors have another shape than "
            f"config.json says: {name} is {list(found)}, not {list(wanted)}", TAKE_BOTH,
        )  # fmt: skip
    known = {_unnumbered(name) for name in model.state_dict()}
    spare = sorted(name for name in info["unexpected_keys"] if _layer_of(name, known))
    if spare:
        why = f"its files hold layers that config.json leaves out: {in_short(spare)}"
        raise refusal(folder, why, TAKE_BOTH)
    bad = [name for name, part in model.named_parameters() if not torch.isfinite(part).all()]
    if bad:
        why = f"{len(bad)} of its tensors hold NaN or infinite numbers: {in_short(bad)}"
        raise refusal(folder, why, "use weights of a training that did not fail")
    return _encoder_of(model, sorted(info["missing_keys"]))


def _encoder_of(model: Any, missing: list[str]) -> tuple[Any, list[str]]:
    """The encoder of an encoder-decoder model such as T5 or BART, and what it lacks of `missing`;
    any other model as it is.
    """
    if not all(isinstance(getattr(model, part, None), torch.nn.Module) for part in BOTH):
        return model, missing
    encoder = model.get_encoder()
    names = {id(part): name for name, part in encoder.named_parameters()}
    parts = dict(model.named_parameters(remove_duplicate=False))
    own = {names[id(parts[name])] for name in missing if id(parts.get(name)) in names}
    return encoder, sorted(own)


def _unnumbered(name: str) -> str:
    return ".".join("0" if part.isdigit() else part for part in name.split("."))


def _layer_of(name: str, known: set[str]) -> bool:
    """Whether a tensor has the name of one of the model's, except for the layer's number."""
    parts = _unnumbered(name).split(".")
    return "0" in parts and any(".".join(parts[at:]) in known for at in range(min(3, len(parts))))


@contextmanager
def _bounded_memory() -> Iterator[None]:
    """Within, memory beyond BUILDING is a MemoryError, where the system supports that.

    A description of a few bytes can ask for lists of billions of entries.
    """
    before = None
    with suppress(ImportError, OSError, ValueError):
        import resource

        kind = resource.RLIMIT_AS
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        soft, hard = resource.getrlimit(kind)
        most = pages * resource.getpagesize() + BUILDING
        if soft == resource.RLIM_INFINITY or soft > most:
            resource.setrlimit(kind, (most, hard))
            before = (kind, (soft, hard))
    try:
        yield
    finally:
        if before is not None:
            resource.setrlimit(*before)


@contextmanager
def _bounded_parts(folder: Path) -> Iterator[None]:
    """Within, a model of more than MOST_PARTS modules is a ModelError."""
    count = 0

    def counted(*_: Any) -> None:
        nonlocal count
        count += 1
        if count > MOST_PARTS:
            why = f"its config.json describes a model of more than {MOST_PARTS:,} parts"
            raise refusal(folder, why, TAKE_BOTH)

    hook = torch.nn.modules.module.register_module_module_registration_hook(counted)
    try:
        yield
    finally:
        hook.remove()
