"""The Per-class F1 page: every class over time, and what is confused with what."""

from __future__ import annotations

from hamr.tasks import TaskWords
from hamr.ui.per_class_f1.over_time import over_time
from hamr.ui.per_class_f1.split_scores import split_scores
from hamr.ui.per_class_f1.tiles import tiles
from hamr.ui.shell import navigation
from hamr.ui.shell.guard import guard
from hamr.ui.shell.page import open_page
from hamr.ui.shell.picker import choose_epoch, choose_run


def per_class_f1_page() -> None:
    """Show the page: figures, F1 over time, and the scores of a split."""
    place = open_page("Per-class F1", intro(TaskWords()))
    run = choose_run()
    place.caption(intro(TaskWords.of(run.info.task)))
    epoch = choose_epoch(run)
    with guard():
        tiles(run, epoch)
    navigation.link("Compare", "Compare with other runs", query={"beside": run.id})
    with guard():
        over_time(run, epoch)
    with guard():
        split_scores(run, epoch)


def intro(words: TaskWords) -> str:
    """What the page is for, in the words of a task."""
    return (
        f"Macro-F1 counts every {words.scored} alike, so a rare {words.scored} weighs as much as a "
        f"frequent one. See which {words.scored_many} lower it, and which are confused."
    )
