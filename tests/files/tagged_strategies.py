"""Random CoNLL files, with what is in them: words, tags, and the file with other tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from hypothesis import strategies as st

from hamr.files.conll.lines import BLANKS
from hamr.files.schemes import Named, Scheme, to_scheme

SCHEMES: tuple[Scheme, ...] = ("BIO", "IOB1", "BIOES", "BILOU")
AFTER_TAGS = ["", "", "", " ", "  ", "\t", "\u00a0", "\u202f", "\u2007", "\u200b", "\ufeff", " \t "]
BLANK_LINES = ["", "", "", " ", "\t", "\u00a0", " \t\u00a0"]
OTHERS = ["NN", "VBD", "_", "x", "1", "Case=Nom"]
COMMENTS = ["# sent_id = 1", "# text = it is .", "# a", "#begin document (a); 1", "# id\u00a0= a-b"]
LETTERS = st.characters(exclude_categories=("Cs", "Cc", "Z"), exclude_characters=BLANKS)


@dataclass(frozen=True)
class Tagged:
    """A CoNLL file."""

    words: list[list[str]]
    tags: list[list[str]]
    scheme: Scheme
    tag_column: int | None  # to choose, from 1, where several hold tags
    parts: list[str | None]  # the text; None in the place of each tag

    def written(self, tags: Sequence[Sequence[str]] | None = None) -> str:
        """The file, with other tags where some are given."""
        left = chain.from_iterable(tags or self.tags)
        return "".join(next(left) if part is None else part for part in self.parts)


@st.composite
def entities(draw: Any, words: int) -> list[Named]:
    """Entities of a sentence of so many words."""
    found, place = [], 0
    while place < words:
        end = draw(st.integers(place + 1, words))
        if kind := draw(st.sampled_from(["", "per", "loc", "größe", "a-b"])):
            found.append(Named(place, end, kind))
        place = end
    return found


@st.composite
def tagged_files(draw: Any) -> Tagged:
    """A file with separators, line ends, comments, numbers and blanks of its own."""
    joint = draw(st.sampled_from(["\t", " ", "   ", "\t"]))
    end = draw(st.sampled_from(["\n", "\r\n", "\r", "\r\r\n"]))
    scheme = draw(st.sampled_from(SCHEMES))
    start = draw(st.sampled_from([None, 0, 1]))  # of the numbers
    others = draw(st.integers(int(start is not None), 2))  # columns between word and tag
    second = draw(st.sampled_from([None, "before", "behind"]))  # another column of tags
    behind = draw(st.integers(0, 2))  # columns behind that hold no tags
    width = (start is not None) + 1 + others + (second is not None) + 1 + behind
    comments = [*COMMENTS, *(["# ends with O"] if joint == "\t" and width > 1 else [])]
    # Where a line has as many columns as the others, and a tag, it is a word: "# a O".
    parts: list[str | None] = [draw(st.sampled_from(["", "\ufeff"]))]
    words: list[list[str]] = []
    tags: list[list[str]] = []
    for _ in range(draw(st.integers(1, 4))):
        if draw(st.booleans()):
            document = joint.join(["-DOCSTART-", *["-X-"] * others, "O"])
            parts.append(f"{document}{end}{draw(st.sampled_from(BLANK_LINES))}{end}")
        if draw(st.booleans()):
            parts.append(draw(st.sampled_from(comments)) + end)
        own = draw(st.lists(_words(joint == "\t"), min_size=1, max_size=5))
        words.append(own)
        tags.append(to_scheme(draw(entities(len(own))), len(own), scheme))
        for at, word in enumerate(own, start or 0):
            if start is not None and draw(st.integers(0, 4)) == 0:
                parts.append(joint.join([f"{at}-{at + 1}", *["_"] * (width - 1)]) + end)
            fields = [str(at)] if start is not None else []
            fields += [word, *(draw(st.sampled_from(OTHERS)) for _ in range(others))]
            other = [draw(st.sampled_from(["O", "B-NP"]))] if second else []
            before = [*fields, *(other if second == "before" else []), ""]
            after = ["", *(other if second == "behind" else []), *["x"] * behind]
            trailing = draw(st.sampled_from(AFTER_TAGS))
            parts += [joint.join(before), None, joint.join(after) + trailing + end]
        parts.append(draw(st.sampled_from(BLANK_LINES)) + end)
    if draw(st.booleans()):
        parts[-1] = ""
    column = width - behind - (second == "behind") if second else None
    return Tagged(words, tags, scheme, column, parts)


def _words(tabbed: bool) -> st.SearchStrategy[str]:
    """Words that no number is, nor the mark of a document; with tabs they may hold blanks."""
    plain = st.text(LETTERS, min_size=1, max_size=6).filter(lambda word: not word[0].isdecimal())
    odd = st.sampled_from(["#", "#tag", "O", "B-x", "-", "\u00a0", "a\u2028b", "e\x85e", "🦊"])
    joined = st.tuples(plain, plain).map(" ".join) if tabbed else plain
    return st.one_of(plain, odd, joined)
