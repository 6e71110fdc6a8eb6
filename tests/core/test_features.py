"""The embeddings of a data set are found again by what decides them."""

from dataclasses import replace

import numpy as np
import pytest

from hamr.jobs.maps import MENTION_MAP, ROW_MAP
from hamr.training import embedding_key
from tests.core.small_data import quick, small_dataset, small_tagged


@pytest.mark.parametrize("dataset", [small_dataset(), small_tagged()], ids=lambda d: d.task)
def test_other_labels_of_the_same_texts_find_the_embeddings_made(dataset):
    train = replace(dataset.train, labels=np.roll(dataset.train.labels, 1))
    corrected = replace(dataset, train=train, fingerprint="2" * 64)
    assert embedding_key(corrected, quick()) == embedding_key(dataset, quick())


@pytest.mark.parametrize("dataset", [small_dataset(), small_tagged()], ids=lambda d: d.task)
def test_another_text_is_embedded_anew(dataset):
    texts = ("another", *dataset.train.texts[1:])
    words = None if dataset.train.words is None else (("another",), *dataset.train.words[1:])
    other = replace(dataset, train=replace(dataset.train, texts=texts, words=words))
    assert embedding_key(other, quick()) != embedding_key(dataset, quick())


def test_other_entities_of_the_same_sentences_have_the_map_of_rows_but_not_of_mentions():
    dataset = small_tagged()
    other = replace(dataset, fingerprint="2" * 64)
    assert ROW_MAP.key(dataset, "key") == ROW_MAP.key(other, "key")
    assert MENTION_MAP.key(dataset, "key") != MENTION_MAP.key(other, "key")
