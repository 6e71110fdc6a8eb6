"""A run's model with what is known of its training data: distances to them, and hard regions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Int

from hamr.config import Device
from hamr.errors import ModelError
from hamr.jobs.mention_places import MentionPlaces, mention_places, pieces
from hamr.jobs.neighbour_evidence import cached_embedding_key, note_embedding_key
from hamr.jobs.predicting import model_epoch, predictor_of
from hamr.records import SPLITS
from hamr.regions import Regions
from hamr.regions.held_out import falls_in
from hamr.store import Run
from hamr.tasks import features

if TYPE_CHECKING:
    from hamr.inference import Predicted, Predictor
    from hamr.inference.distance import TrainingRows
    from hamr.inference.passes import Given

TUNED, VERSION = "tuned_embeddings", 1  # kind in the cache; raise it when they are made otherwise
PIECE = 2048  # rows embedded between two reports
ALIKE = 0.99  # cosine similarity from which on a row embedded again is the same; usually 1.0000

Report = Callable[[int, int], None]  # training rows embedded, of how many


@dataclass(frozen=True)
class RunModel:
    """A model that also says how far texts lie from its training rows, and in which region."""

    predictor: Predictor
    epoch: int  # whose model it is
    rows: TrainingRows | None = None
    regions: Regions | None = None
    mentions: MentionPlaces | None = None  # of tagged sentences, whose regions are of entities

    def predict(self, texts: Given) -> Predicted:
        """What the model predicts, and where the texts lie; see `hamr.inference.columns`."""
        from hamr.inference import Predicted

        if self.mentions is not None:
            return self._sentences(texts, self.mentions)
        found = self.predictor.predict(texts, embeddings=self.rows is not None)
        if self.rows is None or found.embeddings is None:
            return Predicted(found)
        distances = self.rows.distances(found.embeddings)
        named = None if self.regions is None else region_names(self.regions, distances.nearest)
        return Predicted(found, distances, named)

    def _sentences(self, texts: Given, mentions: MentionPlaces) -> Predicted:
        """The same of sentences, of whose entities each may fall in a region."""
        from hamr.inference import Predicted
        from hamr.inference.predictions import joined

        parts, places = [], []
        for piece in pieces(texts):
            found = mentions.predict(self.predictor, piece)
            places.append(mentions.nearest(found, piece))
            parts.append(replace(found, words=None))
        found = joined(parts)
        nearest = np.concatenate([own for own in places if len(own)] or places[:1])
        distances = None
        if self.rows is not None and found.embeddings is not None:
            distances = self.rows.distances(found.embeddings)
        if self.regions is None:
            return Predicted(found, distances, nearest_mentions=nearest)
        named = regions_of_sentences(self.regions, nearest, [len(own) for own in found.spans])
        return Predicted(found, distances, *named, nearest)


def model_of(
    run: Run,
    epoch: int | None = None,
    *,
    regions: Regions | None = None,
    device: Device = "auto",
    report: Report = lambda done, total: None,
) -> RunModel:
    """The model of a run at its best or another kept epoch, with its training rows.

    `regions` are those of its training rows, if texts are to be assigned to them, or of its
    mentions, if the entities of sentences are. `report` hears
    how far the training rows of a fine-tuned model are embedded, which is done once per epoch.
    Raises what `predictor_of` raises, and ModelError where the encoder is not the one of before.
    """
    from hamr.inference.distance import TrainingRows

    number = model_epoch(run, epoch)
    predictor = predictor_of(run, number, device=device)
    vectors, count = row_vectors(run, predictor, number, report), len(run.rows())
    rows, mentions = TrainingRows(vectors[:count], vectors[count:]), None
    if regions is not None and features(run.info.task).entities:
        mentions = mention_places(run, predictor)
        regions = regions if mentions is not None else None
    return RunModel(predictor, number, rows, regions, mentions)


def row_vectors(
    run: Run, predictor: Predictor, epoch: int, report: Report = lambda done, total: None
) -> np.ndarray:
    """The rows of all splits as the model's last layers read them, [A, D] float32, of length 1."""
    cache = run.store.cache
    if not run.info.settings.training.fine_tunes:
        key = cached_embedding_key(run) or note_embedding_key(run, run.dataset())
        found = cache.get("embeddings", key)
        if found is not None:
            _check_encoder(run, predictor, found)
            return np.asarray(found, np.float32)
    key = repr((VERSION, run.id, epoch, run.info.started))
    found = cache.get(TUNED, key)
    if found is None:
        found = _embedded(run, predictor, report)
        cache.put(TUNED, key, found)
    return np.asarray(found, np.float32)


def _embedded(run: Run, predictor: Predictor, report: Report) -> np.ndarray:
    tables = [run.dataset().split(split) for split in SPLITS]
    rows = [row for table in tables for row in (table.words or table.texts)]
    found = np.empty((len(rows), predictor.encoder.width), np.float32)
    for first in range(0, len(rows), PIECE):
        report(first, len(rows))
        piece = predictor.predict(rows[first : first + PIECE], embeddings=True)
        found[first : first + PIECE] = piece.embeddings
    return found


def _check_encoder(run: Run, predictor: Predictor, stored: np.ndarray) -> None:
    """Embed a row again: with another encoder in its place every prediction would be wrong."""
    own = np.asarray(stored[:1], np.float32)[0]
    rows = run.dataset().train
    again = predictor.predict((rows.words or rows.texts)[:1], embeddings=True).embeddings
    assert again is not None  # they were asked for
    alike = float(own @ again[0]) if own.shape == again[0].shape else 0.0
    if alike < ALIKE and own.any():
        raise ModelError(
            f"The encoder {run.info.settings.training.model} was changed since this run was "
            f"trained: it embeds the first row with a similarity of {alike:.2f} to before. Put the "
            "old one back, or train again",
            field="model",
        )


def region_names(regions: Regions, nearest: Int[np.ndarray, "s k"]) -> Sequence[str]:
    """The name of the region that each text falls in, "" for none, [S].

    It falls in a region where most of its nearest training rows do, as validation and test rows
    do; of regions within one another in the smallest. Of entities likewise, by their mentions.
    """
    return _placed(regions, nearest)[0]


def regions_of_sentences(
    regions: Regions, nearest: Int[np.ndarray, "p k"], counts: Sequence[int]
) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """(the region of each sentence, those of its entities), of sentences with so many entities.

    That of a sentence is the region of the entity with most nearest mentions in its region, of
    several the first.
    """
    names, votes = _placed(regions, nearest)
    of_sentence, of_entities, first = [], [], 0
    for count in counts:
        own = range(first, first + count)
        surest = max(own, key=lambda place: votes[place], default=None)
        of_sentence.append("" if surest is None else names[surest])
        of_entities.append([names[place] for place in own])
        first += count
    return of_sentence, of_entities


def _placed(
    regions: Regions, nearest: Int[np.ndarray, "s k"]
) -> tuple[list[str], Int[np.ndarray, " s"]]:
    """(the region of each row or mention or "", how many of its nearest are in that one)."""
    names, votes = [""] * len(nearest), np.zeros(len(nearest), int)
    count = len(regions.of_row)
    for region in sorted(regions.beyond_chance, key=lambda one: -len(one.rows)):
        for place in np.flatnonzero(falls_in(nearest, region.rows, count)).tolist():
            names[place] = region.name
            votes[place] = np.isin(nearest[place], region.rows).sum()
    return names, votes
