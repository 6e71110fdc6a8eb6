"""Why a row is as likely to be drawn as it is, in a sentence without a number."""

from __future__ import annotations

ABOUT = 0.005  # nearer than this to 1, a factor changes nothing that two decimals show


def draw_reason(hardness: float, boost: float, times: float) -> str:
    """Which factor of p raises it and which lowers it, next to the draws of the others.

    `hardness` is (h + 1e-6)^tau, `boost` is 1 + lambda b, both 1 as a run begins; `times` is p
    over its average.
    """
    factors = (("hardness", hardness), ("boost", boost))
    raising = [name for name, factor in factors if factor > 1 + ABOUT]
    lowering = [name for name, factor in factors if factor < 1 - ABOUT]
    if not raising and not lowering:
        return _of_others(times)
    moves = ((raising, "raise"), (lowering, "lower"))
    sentence = ", ".join(_moves(names, verb) for names, verb in moves if names)
    # A probability is a share: what is raised may still lag behind.
    lags = times < 1 - ABOUT if raising else times > 1 + ABOUT
    if lags and not (raising and lowering):
        sentence += f", but others are {'raised' if raising else 'lowered'} more"
    return f"{sentence[:1].upper()}{sentence[1:]}."


def _of_others(times: float) -> str:
    if abs(times - 1) <= ABOUT:
        return "Neither hardness nor boost changes it."
    return "Its own hardness and boost leave it, those of others change its share."


def _moves(names: list[str], verb: str) -> str:
    """A clause: its hardness and its boost raise it."""
    subject = " and ".join(f"its {name}" for name in names)
    return f"{subject} {verb}{'' if len(names) > 1 else 's'} it"
