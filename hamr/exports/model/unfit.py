"""What an exported model is not fit for, as far as its data and scores tell."""

from __future__ import annotations

import numpy as np

from hamr.exports.model.figures import Scores, class_counts, texts_of
from hamr.exports.model.markdown import listed, percent
from hamr.inference.manifest import Manifest
from hamr.store import Run

FEW_ROWS, FEW_SCORED, LOW_F1 = 50, 10, 0.5


def unfit(run: Run, manifest: Manifest, scores: Scores | None) -> list[str]:
    """Sentences, the most important first."""
    names = np.array(run.info.scored, object)
    train = class_counts(run, "train")
    unit = "entities" if manifest.of_words else "rows"
    said = []
    few = names[train < FEW_ROWS].tolist()
    if few:
        said.append(f"Classes with fewer than {FEW_ROWS} training {unit}: {listed(few)}.")
    if scores is not None:
        support, f1 = scores.metrics.support[: len(names)], scores.metrics.f1[: len(names)]
        low = names[(f1 < LOW_F1) & (support >= FEW_SCORED)].tolist()
        if low:
            said.append(f"Classes with an F1 below {percent(LOW_F1)}: {listed(low)}.")
        untested = names[support < FEW_SCORED].tolist()
        if untested:
            said.append(
                f"Classes with fewer than {FEW_SCORED} {scores.split} {unit}, whose F1 says "
                f"little: {listed(untested)}."
            )
    if manifest.details.get("transitions"):
        said.append(
            "Programs that give each word its most probable tag, such as the pipelines of "
            "transformers and transformers.js: the scores above are those of tags chosen together "
            "(see above), and other tags have other scores, usually lower ones."
        )
    texts = texts_of(run)
    longest = texts.words[100]
    said.append(_length(manifest, longest))
    scripts = ", ".join(name for name, share in texts.scripts.items() if share > 0.01)
    if scripts:
        said.append(f"Texts in other scripts than {scripts}, and languages that the data lack.")
    said += [
        "Texts unlike the training texts: a probability is that among the classes above, and the "
        "model has no answer for a text that belongs to none of them."
        if not manifest.of_words
        else "Sentences unlike the training sentences, and entities of other types.",
        "Decisions about people without a person who checks them.",
    ]
    return said


def _length(manifest: Manifest, longest: float) -> str:
    if manifest.of_words:
        return (
            f"Sentences of more than {manifest.max_length} tokens, unless they are read in windows "
            f"(see above); the longest in training has {longest:,.0f} words."
        )
    return (
        f"Long texts: only the first {manifest.max_length} tokens are read, and the longest "
        f"training text has {longest:,.0f} words."
    )
