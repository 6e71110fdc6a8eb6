"""What all figures have in common."""

import re

import numpy as np
import plotly.graph_objects as go
import pytest

from hamr.views.base.binning import density
from hamr.views.base.figures import epoch_axis, numbers
from hamr.views.hardness import by_mistake, crossing, recency
from hamr.views.hardness import distribution as hardness
from hamr.views.hardness.trajectories import trajectories
from hamr.views.per_class_f1 import panels
from hamr.views.per_class_f1 import scores as classes
from hamr.views.weights import curve as weights
from hamr.views.weights import draws
from hamr.views.weights import meta_gradient as shortcut
from tests.fake_run import write_fake_run, write_fake_token_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    from hamr.store import Store

    return write_fake_run(Store.open(tmp_path_factory.mktemp("home")), rows=60, epochs=3, probes=2)


EDGES = np.array([0, 1, 2])
FIGURES = {
    "over_epochs": lambda run: hardness.over_epochs(run, 2),
    "histogram": lambda run: hardness.histogram(run, 2),
    "hardness by class": lambda run: hardness.by_class(run, 2),
    "trajectories": lambda run: trajectories(run, [3, 17], 2),
    "recency": lambda run: recency.recency_density(run, 2),
    "support": lambda run: recency.support_by_class(run, 2),
    "curves": lambda run: weights.weight_curves(run, 2),
    "shortcut": lambda run: shortcut.cosine_over_steps(run, 2),
    "clipping": lambda run: weights.clipping(run, 2),
    "before and after": lambda run: weights.before_and_after(run, 2),
    "drift": lambda run: weights.drift(run, 2),
    "weight by class": lambda run: weights.weight_by_class(run, 2, [0]),
    "draws by class": lambda run: draws.by_class(run, 2),
    "draws by row": lambda run: draws.by_row(run, 2),
    "panels": lambda run: panels.class_panels(run, 2, [0, 1, 2]),
    "all classes": lambda run: classes.all_classes(run, 2, [0]),
    "confusion": lambda run: classes.confusion(run, 2, normalise=True),
    "test confusion": lambda run: classes.confusion(run, None, "test", normalise=False),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_of_a_stored_run_has_a_title_and_named_axes(run, name):
    layout = FIGURES[name](run).layout
    axes = [layout[axis] for axis in layout if axis.startswith(("xaxis", "yaxis"))]
    assert layout.title.text
    assert any(axis.title.text for axis in axes if axis.plotly_name.startswith("xaxis"))
    assert any(axis.title.text for axis in axes if axis.plotly_name.startswith("yaxis"))


@pytest.mark.parametrize("name", FIGURES)
def test_figures_stay_small_and_give_their_numbers(run, name):
    fig = FIGURES[name](run)
    assert len(fig.to_json()) < 200_000
    assert len(numbers(fig)) > 0


def test_a_map_of_counts_gives_counts_and_no_empty_cells():
    table = numbers(go.Figure(density(np.array([0.5, 0.5]), np.array([0.5, 1.5]), EDGES, EDGES)))
    assert table.to_dict("list") == {"x": [0.5, 0.5], "y": [0.5, 1.5], "count": [1, 1]}


def test_the_numbers_of_panels_name_their_class(run):
    table = numbers(panels.class_panels(run, 2, [0, 3]))
    lines = table[table["series"] == "F1 of the class"]
    assert lines["panel"].unique().tolist() == ["class a", "class d"]
    assert len(lines) == 2 * 3


def test_ribbons_are_no_numbers(run):
    assert set(numbers(hardness.over_epochs(run, 2))["series"]) == {"median"}


def test_few_epochs_get_a_tick_each():
    fig = go.Figure(go.Scatter(x=[1, 2], y=[0, 1]))
    epoch_axis(fig, [1, 2], 2)
    assert fig.layout.xaxis.dtick == 1
    assert fig.layout.shapes[0].x0 == 2


@pytest.fixture(scope="module")
def tagged(tmp_path_factory):
    from hamr.store import Store

    return write_fake_token_run(Store.open(tmp_path_factory.mktemp("home")), rows=60, probes=2)


# Of a token run alone; FIGURES are of every run.
OF_ENTITIES = {
    "by kind": lambda run: by_mistake.by_kind(run, 2),
    "by type and kind": lambda run: crossing.by_type_and_kind(run, 2),
}


@pytest.mark.parametrize("name", [*FIGURES, *OF_ENTITIES])
def test_no_figure_of_tagged_sentences_speaks_of_classes(tagged, name):
    written = {**FIGURES, **OF_ENTITIES}[name](tagged).to_json()
    assert not re.search(r"\bclass(es)?\b", written, re.IGNORECASE)


@pytest.mark.parametrize("name", OF_ENTITIES)
def test_figures_of_entities_have_titles_and_numbers(tagged, name):
    fig = OF_ENTITIES[name](tagged)
    assert all(part.title.text for part in (fig.layout, fig.layout.xaxis, fig.layout.yaxis))
    assert len(numbers(fig)) > 0
