"""What the words of a text do to a model's logits: `attribution`, for the models of runs.

Axes: w words, n points of the path, c outputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hamr.errors import SettingError
from hamr.inference.attribution import Attribution, attribute
from hamr.inference.word_pieces import pieces_of
from hamr.models.windows import Window, windows_of

if TYPE_CHECKING:
    import torch

    from hamr.inference.predictor import Predictor


def explain_class(predictor: Predictor, text: str, output: int) -> Attribution:
    """What each word of a text (`words.word_spans`) adds to the logit of a class.

    Raises SettingError for a class that there is not, ModelError as `attribute` and `pieces_of`.
    """
    _check(predictor, [output])
    network: Any = predictor.network

    def forward(tokens: dict[str, torch.Tensor]) -> torch.Tensor:
        logit: torch.Tensor = network(tokens)[0][:, output]
        return logit

    read = pieces_of(predictor.encoder, text)
    return attribute(predictor.encoder, read.ids, read.positions, forward)


def explain_tags(
    predictor: Predictor, words: Sequence[str], first: int, tags: Sequence[int]
) -> Attribution:
    """What each word of a sentence adds to the logits of some words' tags, on average over these.

    They are the words from `first` on, one for each of `tags`. Of a sentence in several windows
    only the words count which the window scores that scores word `first`; `Attribution.rest` is
    that of the words around it. Raises SettingError for words or tags that there are not.
    """
    if not tags or not 0 <= first <= len(words) - len(tags):
        raise SettingError(
            f"the words {first} to {first + len(tags) - 1} are asked about, and the sentence has "
            f"the words 0 to {len(words) - 1}",
            field="first",
        )
    _check(predictor, tags)
    windows = windows_of(predictor.encoder, words)
    window = next(one for one in windows if first in one.words)
    own = [word for word in range(first, first + len(tags)) if word in window.words]
    places, wanted = [window.words.index(word) for word in own], list(tags[: len(own)])
    network: Any = predictor.network

    def forward(tokens: dict[str, torch.Tensor]) -> torch.Tensor:
        points = len(tokens["input_ids"])
        logits = network(tokens, [window] * points)[0].reshape(points, len(window.words), -1)
        mean: torch.Tensor = logits[:, places, wanted].mean(1)
        return mean

    return attribute(predictor.encoder, window.pieces, _positions(window, len(words)), forward)


def _positions(window: Window, words: int) -> list[list[int]]:
    """The positions of each word's pieces in the window; none of a word that it does not score."""
    found: list[list[int]] = [[] for _ in range(words)]
    for word, start, end in zip(window.words, window.firsts, window.ends, strict=True):
        found[word] = list(range(start, end))
    return found


def _check(predictor: Predictor, outputs: Sequence[int]) -> None:
    for output in outputs:
        if not 0 <= output < len(predictor.outputs):
            raise SettingError(
                f"there is no output {output}: this model has {len(predictor.outputs)}, numbered "
                "from 0",
                field="output",
            )
