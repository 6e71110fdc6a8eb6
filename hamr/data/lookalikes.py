"""Names that look or mean the same: 'Spam' and 'spam ', '1' and '1.0'.

Nothing is merged here: two such names are two classes, and a notice says so before training.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Context, Decimal

from hamr.files.table import in_words

LONGEST_SHOWN = 60  # characters of a name in a message
MOST_GROUPS = 3  # in a notice

# Invisible characters: Unicode's Default_Ignorable_Code_Point, and controls.
_UNSEEN = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_BLANK = r"\s\u2800"  # the Braille cell without dots looks blank as well
_INK = re.compile(f"[^{_UNSEEN}{_BLANK}]")
_NO_INK = re.compile(f"[{_UNSEEN}{_BLANK}]+")
_NUMBER = re.compile(r"[+-]?(\d{1,300}\.?\d{0,300}|\.\d{1,300})(e[+-]?\d{1,3})?")
_EXACT = Context(prec=1000)
# Letters of other alphabets, dashes and quotation marks that many fonts draw alike.
_SAME_INK = str.maketrans(
    "АВЕКМНОРСТХУІЈЅаеорсхуіјѕԁһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧονıℓ‐‑‒–—―−‘’‛′＇“”‟″",
    "ABEKMHOPCTXYIJSaeopcxyijsdhqwABEZHIKMNOPTYXovil-------'''''" + '"' * 4,
)


def lookalikes(names: Iterable[str]) -> list[tuple[str, ...]]:
    """The groups of two or more different names that look or mean alike.

    Names are alike that differ by Unicode form, case, blanks or invisible characters, by
    letters of another alphabet, or as numbers are written: 1, 01 and 1.0.
    """
    leader: dict[str, str] = {}  # of each key one that represents all it is joined with
    keys = {name: forms_of(name) for name in {*names}}
    for one, other in keys.values():
        leader[_leader_of(one, leader)] = _leader_of(other, leader)
    groups = defaultdict(list)
    for name in sorted(keys):
        groups[_leader_of(keys[name][0], leader)].append(name)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def _leader_of(key: str, leader: dict[str, str]) -> str:
    seen = []
    while (above := leader.setdefault(key, key)) != key:
        seen.append(key)
        key = above
    leader.update(dict.fromkeys(seen, key))
    return key


def lookalike_notices(names: Iterable[str], what: str) -> list[str]:
    """A sentence on the names that look alike, if any; `what` they are: "classes"."""
    groups = lookalikes(names)
    if not groups:
        return []
    shown = "; ".join(in_words(seen_apart(group)) for group in groups[:MOST_GROUPS])
    more = f"; and {len(groups) - MOST_GROUPS:,} more" if len(groups) > MOST_GROUPS else ""
    return [
        f"{what} look alike but count as different: {shown}{more}. If they mean the same, use one "
        "name in the file"
    ]


def seen_apart(names: Sequence[str], most: int = 5) -> list[str]:
    """Names in quotation marks, written so that their differences are visible."""
    looks = defaultdict(list)
    for name in names:
        looks[_looks(name)].append(name)
    shown = [
        visible(name) if len(looks[_looks(name)]) == 1 else _cut(ascii(name))
        for name in names[:most]
    ]
    return [*shown, *([f"{len(names) - most:,} more"] if len(names) > most else [])]


def visible(name: str, limit: int = LONGEST_SHOWN) -> str:
    """A name in quotation marks, cut where it is long, its invisible characters escaped."""
    short = name if len(name) <= limit else f"{name[: limit - 3]}..."
    return _NO_INK.sub(lambda found: _escaped(found[0]), repr(short))


def bare(name: str, limit: int = LONGEST_SHOWN) -> str:
    """`visible` without the quotation marks."""
    return visible(name, limit)[1:-1]


def has_ink(text: str) -> bool:
    """Whether a text has a visible character."""
    return _INK.search(text) is not None


def forms_of(name: str) -> tuple[str, str]:
    """Two forms of a name; names that share one of them are alike.

    One keeps the alphabet, so that the case of its letters can be ignored, and one does not.
    """
    form = unicodedata.normalize("NFKC", _NO_INK.sub("", name))
    return _folded(form), _folded(form.translate(_SAME_INK))


def _folded(form: str) -> str:
    folded = unicodedata.normalize("NFKC", _NO_INK.sub("", form.casefold()))
    if _NUMBER.fullmatch(folded):
        value = Decimal(folded).normalize(_EXACT)
        return f"number {value if value else abs(value)}"
    return folded


def _looks(name: str) -> str:
    """What a reader sees of a name."""
    return unicodedata.normalize("NFKC", _NO_INK.sub(" ", visible(name))).translate(_SAME_INK)


def _escaped(found: str) -> str:
    return "".join(
        mark if mark == " " else ascii(mark)[1:-1] if ord(mark) < 0x80 else _code(mark)
        for mark in found
    )


def _code(mark: str) -> str:
    at = ord(mark)
    return f"\\x{at:02x}" if at < 0x100 else f"\\u{at:04x}" if at < 0x10000 else f"\\U{at:08x}"


def _cut(text: str) -> str:
    return text if len(text) <= 2 * LONGEST_SHOWN else f"{text[: 2 * LONGEST_SHOWN]}...'"
