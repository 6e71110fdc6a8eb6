"""What `export --what rows` says of each row besides its recorded signals."""

from __future__ import annotations

import numpy as np

from hamr.difficulty import MEASURES
from hamr.entities import tag_names
from hamr.errors import StoreError
from hamr.jobs.neighbour_evidence import neighbour_evidence_of
from hamr.store import Run
from hamr.tasks import features
from hamr.triage import (
    ISSUE_TYPES,
    SENTENCE_ISSUE_TYPES,
    RowIssues,
    find_issues,
    find_sentence_issues,
)
from hamr.views.base import mentions
from hamr.views.base.issue_signals import run_signals, tag_statistics, word_signals
from hamr.views.base.label_errors import label_errors_are_known
from hamr.views.base.regions import regions_of
from hamr.views.base.row_measures import row_measures
from hamr.views.relabel.suggestion import prefers_other

Column = np.ndarray | list[str]


def row_columns(run: Run, epoch: int) -> dict[str, Column]:
    """The columns in their order; empty cells where a value is not known."""
    return {**_regions(run, epoch), **_issues(run, epoch), **difficulty(run, epoch)}


def difficulty(run: Run, epoch: int) -> dict[str, Column]:
    """The measures of difficulty over the epochs so far (`hamr.difficulty.measures`), [N] each;
    hardness is among the signals. AUM is empty in a run of an older version.
    """
    found = row_measures(run, epoch)
    unknown = np.full(len(run.rows()), np.nan)
    return {name: found.get(name, unknown) for name in MEASURES if name != "hardness"}


def _regions(run: Run, epoch: int) -> dict[str, Column]:
    """The id and name of the smallest region of each row; of a sentence those of its mentions."""
    found, count = regions_of(run, epoch), len(run.rows())
    held: list[list[int]] = [[] for _ in range(count)]
    of_row = found.of_row.tolist()
    entities = features(run.info.task).entities
    rows = mentions.mentions(run).row.tolist() if entities else range(count)
    for row, region in zip(rows, of_row, strict=True):
        if region >= 0 and region not in held[row]:
            held[row].append(region)
    return {
        "region": [", ".join(found.found[n].id for n in own) for own in held],
        "region_name": ["; ".join(found.found[n].name for n in own) for own in held],
    }


def _issues(run: Run, epoch: int) -> dict[str, Column]:
    """The estimated probability that the label is wrong, the issue type and the suggested label."""
    count = len(run.rows())
    unknown: dict[str, Column] = {
        "p_label_error": np.full(count, np.nan),
        "issue_type": [""] * count,
        "suggested_label": [""] * count,
    }
    if not label_errors_are_known(run):
        return unknown
    if features(run.info.task).tag_statistics:
        return _of_sentences(run, epoch, count)
    try:
        found = find_issues(neighbour_evidence_of(run), run_signals(run, epoch))
    except StoreError:  # the embeddings are no longer in the cache
        return unknown
    return {
        "p_label_error": found.label_errors.p_wrong[:count],
        "issue_type": [ISSUE_TYPES[kind] for kind in found.issue_type[:count]],
        "suggested_label": _suggested(run, found, count),
    }


def _suggested(run: Run, found: RowIssues, count: int) -> list[str]:
    """The likeliest other class of rows that are likely mislabelled, or that it fits better."""
    better = prefers_other(found)[:count]
    return [
        run.classes[other] if is_better else ""
        for other, is_better in zip(found.other[:count], better, strict=True)
    ]


def _of_sentences(run: Run, epoch: int, count: int) -> dict[str, Column]:
    """Of sentences the suggestion is about the word whose tag is most doubtful: "Bank: B-org"."""
    found = find_sentence_issues(tag_statistics(run), word_signals(run, epoch))
    errors, names = found.label_errors, tag_names(run.info.scored)
    kinds, words = found.issue_type[:count], run.rows().all_words
    suggested = [
        f"{words[errors.worst[row]]}: {names[errors.other[row]]}" if kinds[row] == 0 else ""
        for row in range(count)
    ]
    return {
        "p_label_error": errors.p_wrong[:count],
        "issue_type": [SENTENCE_ISSUE_TYPES[kind] for kind in kinds],
        "suggested_label": suggested,
    }
