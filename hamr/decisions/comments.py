"""Comments on rows and on words of rows, in threads that are open or settled.

A thread begins with a comment and has the replies to it. Its id is that of its first comment, which
is the client id of the event. Everything is an event, so that what was edited or deleted is still
in the audit.

    comment          content {"text", "span"?: [first word, first word after], "thread"?: id}
    comment_edit     content {"comment": id, "text"}
    comment_delete   content {"comment": id}
    thread_settle    content {"thread": id}
    thread_reopen    content {"thread": id}
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hamr.decisions.records import Event
from hamr.errors import DecisionError

LONGEST = 5_000  # characters of a comment


@dataclass(frozen=True)
class Comment:
    """A comment as it reads now."""

    id: str
    author: str
    time: datetime
    text: str
    edited: datetime | None = None
    deleted: bool = False


@dataclass(frozen=True)
class Thread:
    """A comment and the replies to it."""

    id: str
    row_id: str
    span: tuple[int, int] | None  # the words that it is about; None: the whole row
    comments: tuple[Comment, ...]  # oldest first
    settled: tuple[str, datetime] | None = None  # by whom and when; None: open

    @property
    def shown(self) -> tuple[Comment, ...]:
        """The comments that are not deleted."""
        return tuple(one for one in self.comments if not one.deleted)

    @property
    def open(self) -> bool:
        """Whether it waits for an answer: not settled, and not all deleted."""
        return self.settled is None and bool(self.shown)

    def by(self, author: str) -> Thread:
        """The thread with that author's comments only."""
        return replace(self, comments=tuple(c for c in self.comments if c.author == author))


class Comments:
    """All comments on a data set. Not thread-safe."""

    def __init__(self) -> None:
        self._threads: dict[str, Thread] = {}
        self._thread_of: dict[str, str] = {}  # comment -> its thread
        self._on: dict[str, list[str]] = {}  # row -> its threads

    def add(self, event: Event) -> None:
        """Add an event about comments."""
        content = event.content or {}
        if event.kind == "comment":
            self._comment(event, content)
        elif event.kind in ("thread_settle", "thread_reopen"):
            settled = (event.annotator, event.time) if event.kind == "thread_settle" else None
            self._put(replace(self._threads[content["thread"]], settled=settled))
        elif event.kind == "comment_edit":
            self._change(content["comment"], text=content["text"], edited=event.time)
        else:
            self._change(content["comment"], deleted=True)

    def on(self, row_id: str) -> tuple[Thread, ...]:
        """The threads on a row that are not deleted, oldest first."""
        found = (self._threads[one] for one in self._on.get(row_id, ()))
        return tuple(thread for thread in found if thread.shown)

    def threads(self) -> tuple[Thread, ...]:
        """All threads that are not deleted, oldest first."""
        return tuple(thread for thread in self._threads.values() if thread.shown)

    def check(self, event: Event, words: int) -> None:
        """Raises DecisionError unless the event fits what is there; the row has so many words."""
        content = event.content or {}
        if event.kind in ("comment", "comment_edit"):
            _check_text(content.get("text"))
        if "span" in content:
            _check_span(content["span"], words)
        thread = content.get("thread") or self._thread_of.get(str(content.get("comment")))
        if event.kind == "comment" and thread is None:
            return
        if thread not in self._threads:
            raise DecisionError("there is no such comment: it was not saved, or is of other data")
        self._check_change(event, self._threads[thread])

    def _check_change(self, event: Event, thread: Thread) -> None:
        content = event.content or {}
        if event.kind == "comment" and event.row_id != thread.row_id:
            raise DecisionError(f"the comment that this answers is on row {thread.row_id!r}")
        if event.kind == "thread_settle" and thread.settled:
            raise DecisionError(f"{thread.settled[0]} has settled this thread already")
        if event.kind == "thread_reopen" and not thread.settled:
            raise DecisionError("this thread is open already")
        if "comment" not in content:
            return
        own = next(one for one in thread.comments if one.id == content["comment"])
        if own.author != event.annotator:
            raise DecisionError(
                f"the comment is {own.author}'s, and only they can change or delete it: reply to it"
            )
        if own.deleted:
            raise DecisionError("the comment was deleted already: write a new one")

    def _comment(self, event: Event, content: Any) -> None:
        comment = Comment(event.client_id, event.annotator, event.time, content["text"])
        thread = content.get("thread")
        self._thread_of[comment.id] = thread or comment.id
        if thread is not None:
            known = self._threads[thread]
            self._put(replace(known, comments=(*known.comments, comment)))
            return
        span, row_id = content.get("span"), str(event.row_id)
        self._put(Thread(comment.id, row_id, (span[0], span[1]) if span else None, (comment,)))
        self._on.setdefault(row_id, []).append(comment.id)

    def _change(self, comment_id: str, **values: Any) -> None:
        thread = self._threads[self._thread_of[comment_id]]
        changed = (replace(c, **values) if c.id == comment_id else c for c in thread.comments)
        self._put(replace(thread, comments=tuple(changed)))

    def _put(self, thread: Thread) -> None:
        self._threads[thread.id] = thread


def containing(threads: Iterable[Thread], text: str) -> list[Thread]:
    """The threads with that text in a comment, upper and lower case alike."""
    wanted = text.casefold()
    return [t for t in threads if any(wanted in c.text.casefold() for c in t.shown)]


def _check_text(text: object) -> None:
    if not isinstance(text, str) or not text.strip():
        raise DecisionError("the comment is empty: write something", field="comment")
    if len(text) > LONGEST:
        raise DecisionError(
            f"a comment has at most {LONGEST:,} characters, this one {len(text):,}: shorten it or "
            "make two of it",
            field="comment",
        )


def _check_span(span: Any, words: int) -> None:
    first, end = span
    if not 0 <= first < end <= words:
        raise DecisionError(
            f"words {first + 1} to {end} are not all in the row, which has {words:,} words: give "
            "the number of its first and its last word, counted from 1",
            field="span",
        )
