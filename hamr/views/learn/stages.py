"""One step as stages that a page can show: an equation, its numbers, a picture and a sentence.

Numbers are those of `hamr.playground.StepView`; nothing is computed here but what a sentence says
of them (how many times the average, more or less). N training points, B of the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from hamr.config import TrainingSettings
from hamr.hardness import fixed_weights
from hamr.playground import PointSet, StepView
from hamr.views.learn.draw_reason import draw_reason
from hamr.views.learn.numbers import counted, number, ratio, setting, times
from hamr.views.learn.weight_words import WeightWords, weight_words

LEAST_DEVIATION = 1e-6  # that a z-score is divided by
NOT_DRAWN = "This point is not in the batch of this step."
CLIPPED = 1e-6  # nearer than this to a clip, a weight is at it


class Told(Mapping[int, str]):
    """Sentences by row, each made when it is asked for: a batch may have thousands of rows, and a
    page reads one.
    """

    def __init__(self, at: Mapping[int, int], tell: Callable[[int], str]) -> None:
        """`tell` is asked with `at[row]`."""
        self._at, self._tell = at, tell

    def __getitem__(self, row: int) -> str:
        return self._tell(self._at[row])

    def __iter__(self) -> Iterator[int]:
        return iter(self._at)

    def __len__(self) -> int:
        return len(self._at)


@dataclass(frozen=True)
class Stage:
    """One stage of a step."""

    key: str
    title: str
    equation: str  # HTML: letters, sub- and superscripts
    why: str  # one sentence
    surface: str  # whose class probabilities the plane shows: before, virtual or after
    numbers: Mapping[int, str]  # by training point, the equation with its numbers
    general: str = ""  # numbers that are the whole batch's
    size: np.ndarray | None = None  # [N] the area of each point, relative to 1; NaN: a faint dot
    marked: str = "batch"  # which points are outlined: batch, meta or seeds
    signed: np.ndarray | None = None  # [N] a value whose sign colours the outline; NaN: none
    curve: str = ""  # which weight curves are drawn: before, both; or none
    settings: tuple[str, ...] = field(default=())  # whose symbols it has


def nearest(neighbours: np.ndarray) -> int:
    """How many neighbours [S, K] a seed has at most: of few rows there are fewer than k."""
    return int((neighbours >= 0).sum(axis=1).max(initial=0))


def stages_of(view: StepView, points: PointSet, settings: TrainingSettings) -> list[Stage]:
    """The stages of the step, in their order; without those that the method does not have."""
    return Teller(view, settings, count=len(points.train)).stages()


def stage_count(settings: TrainingSettings) -> int:
    """How many stages a step by these settings has, without reading one."""
    of_weights = 4 if settings.learns_weights else 0
    return 3 + of_weights + (1 if settings.learns_hardness else 0)


class Teller:
    """Makes the stages of one step on points; a step of a run says some things in other words."""

    one, many = "point", "points"  # what is drawn
    meta_mark = " (diamonds)"  # how the picture shows the meta set

    def __init__(self, view: StepView, settings: TrainingSettings, *, count: int) -> None:
        """`count` is the number of points, each of which has a place in the view's arrays [N]."""
        self._view, self._settings = view, settings
        self._count = count
        self._at = {int(row): i for i, row in enumerate(view.rows.tolist())}  # its last visit
        self._draws = np.bincount(view.rows, minlength=self._count)

    @property
    def _words(self) -> WeightWords:
        """How weights come about, in this teller's words."""
        return weight_words(self._settings, self.one, self.many)

    def stages(self) -> list[Stage]:
        """Those that the method has, in their order."""
        found = [self.draw(), self.losses()]
        if self._view.meta is not None:
            found += [self.pre(), self.virtual(), self.gradient(), self.post()]
        found.append(self.update())
        if self._settings.learns_hardness:
            found.append(self.next_draw())
        return found

    # ---- the stages ------------------------------------------------------------------------

    def draw(self) -> Stage:
        """1. Which points are in the batch."""
        view, settings = self._view, self._settings
        equation = "p<sub>i</sub> = 1 / N"
        why = f"Plain training passes through all {self.many} once an epoch, in random order."
        if settings.resamples:
            equation = (
                "p<sub>i</sub> = (h<sub>i</sub> + 10<sup>−6</sup>)<sup>τ</sup> "
                "(1 + λ b<sub>i</sub>) / Σ<sub>j</sub> (h<sub>j</sub> + 10<sup>−6</sup>)"
                "<sup>τ</sup> (1 + λ b<sub>j</sub>)"
            )
            why = (
                f"Hard {self.many} and the neighbours of hard {self.many} are drawn more often. In "
                f"the first epoch all {self.many} are equally hard, so all are drawn alike."
            )
        general = (
            f"Batch {view.within} of {view.steps} in epoch {view.epoch}: {len(view.rows)} "
            f"{'draws from' if settings.resamples else 'of'} {self._total:,} {self.many}."
        )
        return Stage(
            "draw", "Draw a batch", equation, why, "before",
            self._of_all(self._drawn), general,
            size=view.probability * self._total, settings=("tau", "boost_strength"),
        )  # fmt: skip

    def losses(self) -> Stage:
        """2. Losses and their z-scores."""
        view = self._view
        mean, deviation = float(view.loss.mean()), float(view.loss.std())
        return Stage(
            "loss", "Losses and z-scores",
            f"l<sub>i</sub> = {self._loss_formula()},  z<sub>i</sub> = (l<sub>i</sub> − "
            "mean<sub>B</sub>(l)) / sd<sub>B</sub>(l)",
            f"A loss means little by itself: the z-score says how hard a {self.one} is for the "
            "model compared with the others of its batch.", "before",
            self._each(lambda i: self._loss(i, mean, deviation)),
            f"Mean of the batch {number(mean)} nats, standard deviation {number(deviation)}.",
            size=self._spread(view.loss / max(mean, 1e-9)),
        )  # fmt: skip

    def pre(self) -> Stage:
        """3. Weights by the weight network as it is."""
        return Stage(
            "pre", "Pre-meta weights", self._words.of("V<sub>θ</sub>"), self._words.pre, "before",
            self._each(lambda i: self._weight(i, self._view.s_before, self._view.pre)),
            size=self._spread(self._view.pre), curve="before", settings=self._words.settings,
        )  # fmt: skip

    def virtual(self) -> Stage:
        """4. The inner update."""
        view, alpha = self._view, self._settings.virtual_rate
        return Stage(
            "virtual", "Virtual update",
            "φ′ = φ − α ∇<sub>φ</sub> (1/B) Σ<sub>i</sub> w<sub>i</sub> l<sub>i</sub>",
            "A step on trial: the model as it would be after learning from the batch with these "
            f"weights. It is only looked at, and then thrown away.{self._own_loss()}"
            f"{self._words.virtual}", "virtual",
            self._each(
                lambda i: f"Its gradient enters with α w / B = {setting(alpha)} × "
                f"{number(view.pre[i])} / {len(view.rows)} = "
                f"{number(alpha * float(view.pre[i]) / len(view.rows))}."
            ),
            size=self._spread(view.pre), settings=("virtual_rate",),
        )  # fmt: skip

    def gradient(self) -> Stage:
        """5. What each weight does to the meta loss."""
        view, meta = self._view, self._view.meta
        assert meta is not None
        return Stage(
            "gradient", "Meta-gradient",
            "dL<sub>meta</sub> / dw<sub>i</sub> = −(α / B) ⟨∇l<sub>i</sub>(φ), "
            "∇L<sub>meta</sub>(φ′)⟩",
            f"The balanced meta set{self.meta_mark} judges the trial step. Blue: more weight on "
            f"this {self.one} would have lowered the loss there. Orange: it would have raised it."
            f"{self._words.gradient}", "virtual",
            self._each(self._judged),
            f"L_meta = {number(meta.loss)} nats, the mean over {len(meta.rows)} {self.many} of the "
            "meta set.",
            size=self._spread(view.pre), signed=self._spread(-meta.gradient), marked="meta",
        )  # fmt: skip

    def post(self) -> Stage:
        """6. Weights by the network after its step."""
        view = self._view
        return Stage(
            "post", "Post-meta weights", self._words.of("V<sub>θ′</sub>"), self._words.post,
            "before",
            self._each(
                lambda i: f"{self._weight(i, view.s_after, view.post)} Before: "
                f"{number(view.pre[i])}."
            ),
            size=self._spread(view.post), curve="both",
            settings=(*self._words.settings, "meta_rate"),
        )  # fmt: skip

    def update(self) -> Stage:
        """7. The update that counts, and hardness."""
        view, learned = self._view, self._settings.learns_hardness
        weight = "w<sub>i</sub> " if self._settings.learns_weights else ""
        equation = f"φ ← AdamW(φ, ∇<sub>φ</sub> (1/B) Σ<sub>i</sub> {weight}l<sub>i</sub>)"
        why = f"The model learns from the batch; every {self.one} counts alike."
        if learned:
            equation += ",  h<sub>i</sub> ← γ h<sub>i</sub> + (1 − γ) w<sub>i</sub>"
            how = "The model learns from the weighted batch."
            if self._settings.uses_fixed_curve:
                how = f"{why} w is the weight of the fixed curve sigmoid(z), for hardness alone."
            why = (
                f"{how} Each drawn {self.one}'s hardness moves towards its weight; {self.many} "
                "that were not drawn keep theirs."
            )
        why += self._own_loss()
        return Stage(
            "update", "Update and hardness" if learned else "Update", equation, why, "after",
            self._each(self._moved) if learned else {},
            self._scores(),
            size=view.hardness if learned else self._spread(view.post), settings=("gamma",),
        )  # fmt: skip

    def _scores(self) -> str:
        view = self._view
        scores = ", ".join(f"{value:.2f}" for value in view.f1.tolist())
        return f"F1 on the test points, by class: {scores}; mean {view.macro_f1:.3f}."

    def next_draw(self) -> Stage:
        """8. What follows for the next epoch's draws."""
        view, left = self._view, self._view.steps - self._view.within
        when = "The epoch ends here." if left == 0 else f"{left} steps before the epoch ends."
        return Stage(
            "next", "Seeds and boost",
            "b<sub>i</sub> = n<sub>i</sub> / max<sub>j</sub> n<sub>j</sub>,  p<sub>i</sub> ∝ "
            "(h<sub>i</sub> + 10<sup>−6</sup>)<sup>τ</sup> (1 + λ b<sub>i</sub>)",
            f"The hardest {self.many} are seeds. A {self.one} that is among the k nearest of n "
            "seeds is boosted by n, so that a whole hard region is drawn more often, not only its "
            "seeds.",
            "after", self._of_all(self._future),
            f"{when} {self._seeds()}",
            size=view.next.probability * self._total, marked="seeds",
            settings=("hard_share", "neighbours", "boost_strength", "tau"),
        )  # fmt: skip

    def _seeds(self) -> str:
        found = self._view.next
        return (
            f"By hardness as it is now: {counted(len(found.seeds), 'seed')} (outlined) with "
            f"{counted(nearest(found.neighbours), 'neighbour')} each."
        )

    def _loss_formula(self) -> str:
        traits = self._settings.traits
        if traits.loss:
            return f"the {traits.title[:1].lower()}{traits.title[1:]}"
        return "−log p<sub>φ</sub>(y<sub>i</sub> | x<sub>i</sub>)"

    @property
    def _is_plain_loss(self) -> bool:
        """Whether l is -log p of the label."""
        return not self._settings.traits.loss

    def _own_loss(self) -> str:
        """What the gradients are of, where the loss that trains is more than the one that is shown:
        z-scores and weights follow the plain loss l.
        """
        settings, parts = self._settings, []
        if settings.effective_balance:
            parts.append("balanced classes")
        if settings.effective_soft_target_weight:
            parts.append("soft targets")
        return f" The gradient is that of the loss with {' and '.join(parts)}." if parts else ""

    # ---- the numbers of a point ------------------------------------------------------------

    @property
    def _total(self) -> int:
        """How many can be drawn."""
        return self._count

    def _each(self, tell: Callable[[int], str]) -> Told:
        """By point of the batch; of one drawn several times that of its last visit."""
        return Told({row: i for row, i in self._at.items() if row < self._count}, tell)

    def _of_all(self, tell: Callable[[int], str]) -> Told:
        """By point, in the batch or not."""
        return Told({row: row for row in range(self._count)}, tell)

    def _spread(self, values: np.ndarray) -> np.ndarray:
        """Values of the batch at their points, [N]; NaN elsewhere."""
        found = np.full(self._count, np.nan)
        for row, i in self._at.items():
            if row < self._count:
                found[row] = values[i]
        return found

    def _drawn(self, row: int) -> str:
        view, chance = self._view, float(self._view.probability[row])
        count = int(self._draws[row])
        drawn = f"In this batch {times(count)}." if count else NOT_DRAWN
        if not self._settings.resamples:
            return f"p = 1 / {self._total} = {number(chance)}. {drawn}"
        hardness, boost = float(view.epoch_hardness[row]), float(view.epoch_boost[row])
        return f"{self._chance(hardness, boost, chance)} {drawn}"

    def _chance(self, hardness: float, boost: float, chance: float, factor: float = 1.0) -> str:
        tau, strength = self._settings.tau, self._settings.effective_boost
        raised, boosted = (hardness + 1e-6) ** tau, 1 + strength * boost
        total = factor * raised * boosted / max(chance, 1e-12)
        more = "" if factor == 1 else f" × {setting(factor)}"  # where people draw it more often
        why = draw_reason(raised, boosted, chance * self._total) if factor == 1 else ""
        return (
            f"p = ({number(hardness)} + 10⁻⁶)^{setting(tau)} × (1 + {setting(strength)} × "
            f"{number(boost)}){more} / {number(total, 4)} = {number(chance)}: "
            f"{ratio(chance * self._total)} times the average. {why}"
        ).rstrip()

    def _loss(self, i: int, mean: float, deviation: float) -> str:
        loss, z = float(self._view.loss[i]), float(self._view.z[i])
        own = f"l = {number(loss)} nats"
        if self._is_plain_loss:
            own = f"l = −log {number(float(np.exp(-loss)))} = {number(loss)} nats"
        # Losses that are all alike are divided by the least divisor, see `hamr.weighting`.
        divisor = number(deviation) if deviation > LEAST_DEVIATION else "10⁻⁶"
        return f"{own}; z = ({number(loss)} − {number(mean)}) / {divisor} = {number(z)}."

    def _weight(self, i: int, s: np.ndarray, weights: np.ndarray) -> str:
        weight = float(weights[i])
        if not np.isfinite(s).all():  # a weight model that is no function of z alone
            return f"w = {number(weight)}."
        low, high = self._settings.weight_low, self._settings.weight_high
        at = min(abs(weight - low), abs(weight - high)) < CLIPPED
        return (
            f"s = sigmoid(V({number(float(self._view.z[i]))})) = {number(float(s[i]))}; "
            f"w = {number(float(s[i]))} / {number(float(s.mean()))} = {number(weight)}"
            f"{' (clipped)' if at else ''}."
        )

    def _judged(self, i: int) -> str:
        meta = self._view.meta
        assert meta is not None
        gradient = float(meta.gradient[i])
        said = "more weight on it would lower" if gradient < 0 else "more weight on it would raise"
        return (
            f"dL_meta/dw = {number(gradient)}: {said} the meta loss (alignment "
            f"{number(float(meta.alignment[i]))})."
        )

    def _moved(self, i: int) -> str:
        view, gamma = self._view, self._settings.gamma
        row = int(view.rows[i])
        old, new = float(view.hardness_before[row]), float(view.hardness[row])
        visits = np.flatnonzero(view.rows == row)
        if len(visits) > 1:
            weights = " and ".join(number(float(self._averaged[k])) for k in visits)
            return (
                f"Drawn {times(len(visits))}, with weights {weights}: h moves from {number(old)} "
                f"to {number(new)}."
            )
        return (
            f"h = {setting(gamma)} × {number(old)} + {setting(1 - gamma)} × "
            f"{number(float(self._averaged[i]))} = {number(new)}."
        )

    @property
    def _averaged(self) -> np.ndarray:
        """What hardness averages, [B]: post-meta weights, or those of the fixed curve."""
        view, settings = self._view, self._settings
        if settings.uses_fixed_curve:
            return fixed_weights(view.z, settings.weight_low, settings.weight_high)
        return view.post

    def _future(self, row: int) -> str:
        found = self._view.next
        named = int((found.neighbours == row).sum())
        seed = "A seed. " if row in set(found.seeds.tolist()) else ""
        near = (
            f"Among the neighbours of {counted(named, 'seed')}: "
            f"b = {number(float(found.boost[row]))}. "
        )
        if not self._settings.resamples:
            return f"{seed}{near}This method draws all {self.many} alike."
        hardness, boost = float(self._view.hardness[row]), float(found.boost[row])
        return seed + near + self._chance(hardness, boost, float(found.probability[row]))
