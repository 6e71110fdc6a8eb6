"""Which unlabelled rows to label first: strategies of active learning (Settles 2009).

Their names and what each does, without numpy, as the command line's help shows them;
`hamr.acquisition.orders` computes.
"""

from __future__ import annotations

from dataclasses import dataclass

from hamr.errors import SettingError


@dataclass(frozen=True)
class Strategy:
    """One way to choose rows."""

    name: str  # in links, flags and files
    title: str  # on screen
    sentence: str  # what it does, with its source
    needs_epochs: bool = False  # whether it reads the predictions of earlier epochs


STRATEGIES = (
    Strategy(
        "balanced",
        "Uncertain and rare (recommended)",
        "rows that the model is unsure of, that likely belong to the classes with the fewest "
        "labels, and that many other rows resemble (density as of Settles and Craven 2008; the "
        "product is ours); near copies come last",
    ),
    Strategy(
        "uncertain",
        "Uncertain first",
        "rows whose two most probable classes are closest (margin sampling, Settles 2009)",
    ),
    Strategy(
        "disagreement",
        "Disagreement over epochs",
        "rows on whose class the models of the run's epochs disagree most (query by committee with "
        "vote entropy, Dagan and Engelson 1995; epochs as its members: ours), then those whose two "
        "most probable classes are closest",
        needs_epochs=True,
    ),
    Strategy(
        "hard",
        "Hard regions first",
        "rows that are most similar to training rows of high hardness (ours)",
    ),
    Strategy(
        "rare",
        "Rare classes first",
        "rows that likely belong to the classes with the fewest labels; each choice counts as a "
        "label, and near copies of chosen rows come last (ours)",
    ),
    Strategy(
        "diverse",
        "Diverse",
        "rows farthest from all rows that have a label or were chosen before (k-centre, Sener and "
        "Savarese 2018)",
    ),
    Strategy("random", "Random", "rows drawn at random, which estimate the class shares best"),
)
NAMES = tuple(one.name for one in STRATEGIES)
DEFAULT = "balanced"


def strategy_of(name: str) -> Strategy:
    """The strategy of that name. Raises SettingError, with the names there are."""
    found = next((one for one in STRATEGIES if one.name == name), None)
    if found is None:
        raise SettingError(
            f"there is no strategy {name!r}: choose one of {', '.join(NAMES)}", field="strategy"
        )
    return found
