"""What the stages of a step say of weights, by what these are a function of (`Method.weight_of`).

A method whose weights follow from the z-score is described by HAMR's own equation; the other ones
have their papers' equations, and no sentence says of them what is true of HAMR alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from hamr.config import TrainingSettings
from hamr.views.learn.numbers import setting

# CMW-Net (arXiv 2202.05613) and LiLAW (arXiv 2509.20786), see `hamr.weighting`.
_BY_CLASS = (
    "s<sub>i</sub> = sigmoid({network}(l<sub>i</sub>, group of y<sub>i</sub>)),  "
    "w<sub>i</sub> = s<sub>i</sub> / mean<sub>B</sub>(s)"
)
_BY_PROBABILITY = (
    "w<sub>i</sub> = sigmoid(a p<sub>i</sub> − m<sub>i</sub>) + exp(−(d p<sub>i</sub> − "
    "m<sub>i</sub>)<sup>2</sup> / 2) + sigmoid(m<sub>i</sub> − b p<sub>i</sub>)"
)


@dataclass(frozen=True)
class WeightWords:
    """Sentences on how weights come about; `network` is V with the theta of the stage."""

    equation: str  # HTML, with {network}
    pre: str
    post: str
    virtual: str = ""  # added to the virtual update
    gradient: str = ""  # added to the meta-gradient
    settings: tuple[str, ...] = ()  # whose symbols the equation has

    def of(self, network: str) -> str:
        """The equation for the weight network of a stage, "V<sub>θ</sub>"."""
        return self.equation.format(network=network)


def weight_words(settings: TrainingSettings, one: str, many: str) -> WeightWords:
    """The words for a method; `one` and `many` name what is drawn."""
    if settings.traits.weight_of == "class":
        return WeightWords(
            _BY_CLASS,
            "A small network V turns each loss into a weight, by a curve of its own for each group "
            f"of classes of like size. Whether hard {many} should count more or less is not "
            "decided beforehand: V learns it. No weight is clipped.",
            "One step of Adam moves the weight network down the meta-gradient, and all weights "
            "are made again with the new curves.",
        )
    if settings.traits.weight_of == "probability":
        return WeightWords(
            _BY_PROBABILITY,
            "Three numbers a, b and d are learned: for easy, hard and moderate "
            f"{many}. p is the model's probability of the {one}'s label, m its largest one. "
            "Weights are neither divided by their mean nor clipped; in the first epoch all are 1.",
            f"a, b and d take one step of gradient descent down the weighted loss of the {many} of "
            "the meta set, with the model held fixed; in the first epoch they rest.",
            virtual=" The weights of this method do not follow from it: it shows what they do.",
            gradient=" The weights of this method do not follow from it.",
        )
    low, high = setting(settings.weight_low), setting(settings.weight_high)
    return WeightWords(
        "s<sub>i</sub> = sigmoid({network}(z<sub>i</sub>)),  w<sub>i</sub> = clip(s<sub>i</sub> / "
        f"mean<sub>B</sub>(s), {low}, {high})",
        f"A small network V turns each z-score into a weight. Whether hard {many} should count "
        "more or less is not decided beforehand: V learns it.",
        "One step of Adam moves the weight network down the meta-gradient, and all weights are "
        "made again with the new curve.",
        settings=("weight_low", "weight_high"),
    )
