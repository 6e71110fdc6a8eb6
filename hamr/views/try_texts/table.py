"""Predictions of typed texts as a table, and with all probabilities as JSON."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from hamr.jobs.trying import Tried
from hamr.store import Run
from hamr.tasks import features
from hamr.views.try_texts.sentences import Tagged, tagged

ORDINALS = ("second", "third")


def table(run: Run, tried: Tried) -> pd.DataFrame:
    """A line for each text: its class and the next two, or its entities."""
    if features(run.info.task).entities:
        found = [sentence_of(run, tried, number) for number in range(len(tried.texts))]
        of_all = {"text": list(tried.texts), "prediction": [one.in_words() for one in found]}
        return pd.DataFrame(of_all | _unlike(tried))
    predictions = tried.predictions
    best, shares = predictions.top(1 + len(ORDINALS))
    names = np.array(predictions.outputs, object)[best]
    columns: dict[str, Any] = {
        "text": list(tried.texts),
        "prediction": names[:, 0],
        "probability": shares[:, 0],
    }
    for place, ordinal in enumerate(ORDINALS[: best.shape[1] - 1], 1):
        columns[ordinal] = names[:, place]
        columns[f"{ordinal} probability"] = shares[:, place]
    return pd.DataFrame(columns | _unlike(tried))


def _unlike(tried: Tried) -> dict[str, Any]:
    """Which texts are unlike anything in the training data, where that is known."""
    return {} if tried.near is None else {"unlike anything seen": list(tried.near.unlike)}


def as_json(run: Run, tried: Tried) -> str:
    """All probabilities of each text; of a sentence those of the tags of each word."""
    outputs, found = list(tried.predictions.outputs), []
    for number, text in enumerate(tried.texts):
        one: dict[str, Any] = {"text": text}
        if tried.near is not None:
            one["unlike_anything_seen"] = tried.near.unlike[number]
        if features(run.info.task).entities:
            sentence = sentence_of(run, tried, number)
            one["entities"] = [
                {
                    "start": span.start,
                    "end": span.end,
                    "type": sentence.types[span.type],
                    "probability": round(sentence.probability(span), 6),
                }
                for span in sentence.spans
            ]
            one["words"] = list(sentence.words)
            one["probabilities"] = sentence.probabilities.astype(float).round(6).tolist()
        else:
            shares = tried.predictions.probabilities[number].astype(float).round(6)
            one["prediction"] = tried.predictions.labels[number]
            one["probabilities"] = dict(zip(outputs, shares.tolist(), strict=True))
        found.append(one)
    whole = {"run": run.id, "name": run.info.name, "outputs": outputs, "texts": found}
    return json.dumps(whole, ensure_ascii=False, indent=1)


def sentence_of(run: Run, tried: Tried, number: int) -> Tagged:
    """A sentence among those tried."""
    return tagged(tried.texts[number], tried.predictions, number, run.info.scored)
