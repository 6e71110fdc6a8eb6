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
    # The same of tagged sentences, whose words have many predictions; "" where it is not for them.
    of_sentences: str = ""


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
        of_sentences="sentences with the word whose two most probable tags are closest (smallest "
        "margin of its words, Shen et al. 2004)",
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
        of_sentences="sentences that are most similar to training sentences of high hardness "
        "(ours)",
    ),
    Strategy(
        "rare",
        "Rare classes first",
        "rows that likely belong to the classes with the fewest labels; each choice counts as a "
        "label, and near copies of chosen rows come last (ours)",
        of_sentences="sentences that likely hold entities of the types with the fewest; each "
        "choice counts, and near copies of chosen sentences come last (ours)",
    ),
    Strategy(
        "diverse",
        "Diverse",
        "rows farthest from all rows that have a label or were chosen before (k-centre, Sener and "
        "Savarese 2018)",
        of_sentences="sentences farthest from all that are tagged or were chosen before (k-centre, "
        "Sener and Savarese 2018)",
    ),
    Strategy(
        "random",
        "Random",
        "rows drawn at random, which estimate the class shares best",
        of_sentences="sentences drawn at random, which estimate the shares of the types best",
    ),
)
NAMES = tuple(one.name for one in STRATEGIES)
DEFAULT, DEFAULT_OF_SENTENCES = "balanced", "random"  # as tests/benchmarks measured
NOT_OF_SENTENCES = (
    "balanced does worse there than random labelling, and disagreement counts votes on the class "
    "of a row, where a sentence has none"
)


def offered(*, sentences: bool = False, epochs: bool = True) -> tuple[str, ...]:
    """The names of the strategies for rows with a class, or for tagged `sentences`; without
    `epochs` those that need no predictions of earlier epochs.
    """
    return tuple(
        one.name
        for one in STRATEGIES
        if (one.of_sentences or not sentences) and (epochs or not one.needs_epochs)
    )


def default_of(*, sentences: bool) -> str:
    """The strategy that is used where none is named."""
    return DEFAULT_OF_SENTENCES if sentences else DEFAULT


def strategy_of(name: str, *, sentences: bool = False) -> Strategy:
    """The strategy of that name. Raises SettingError, with the names there are, for another one,
    and for one that is not for tagged `sentences` where these are to be chosen.
    """
    found = next((one for one in STRATEGIES if one.name == name), None)
    if found is None:
        raise SettingError(
            f"there is no strategy {name!r}: choose one of {', '.join(NAMES)}", field="strategy"
        )
    if sentences and not found.of_sentences:
        raise SettingError(
            f"the strategy {name!r} is not for tagged sentences ({NOT_OF_SENTENCES}): choose one "
            f"of {', '.join(offered(sentences=True))}",
            field="strategy",
        )
    return found
