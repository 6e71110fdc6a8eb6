"""The texts that somebody has typed or pasted: one a line, so many of them, so long each."""

from __future__ import annotations

from dataclasses import dataclass

from hamr.data.lookalikes import has_ink

SHOWN = 50  # texts that are predicted on the page
LONGEST = 20_000  # characters of a text; no encoder reads more
LINKED = 2_000  # characters that the page's link holds


@dataclass(frozen=True)
class Given:
    """What is predicted of what was typed."""

    texts: tuple[str, ...]  # at most SHOWN, each at most LONGEST characters
    lines: int  # with a visible character
    cut: tuple[int, ...] = ()  # the texts that had more characters

    @property
    def notes(self) -> list[str]:
        """What was left out, in sentences."""
        said = []
        if self.lines > len(self.texts):
            said.append(
                f"The first {len(self.texts)} of {self.lines:,} texts are shown. Predict all of "
                "them with the command below."
            )
        if self.cut:
            which = ", ".join(str(number + 1) for number in self.cut[:5])
            more = f" and {len(self.cut) - 5} more" if len(self.cut) > 5 else ""
            said.append(
                f"Only the first {LONGEST:,} characters are read of text {which}{more}: no "
                "encoder reads more."
            )
        return said


def given(typed: str) -> Given:
    """The lines with a visible character, as texts."""
    texts = [line.strip() for line in typed.splitlines() if has_ink(line)]
    shown = texts[:SHOWN]
    cut = tuple(number for number, text in enumerate(shown) if len(text) > LONGEST)
    return Given(tuple(text[:LONGEST] for text in shown), len(texts), cut)
