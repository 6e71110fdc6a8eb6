"""The question marks of controls lead to the section of the guide that explains them."""

from __future__ import annotations

from itertools import chain

import pytest

from hamr.config import TrainingSettings, describe
from hamr.ui.guide.page import GUIDE
from hamr.ui.learn.controls import SLIDERS
from hamr.ui.shell.guide_links import SECTIONS, anchor
from hamr.views.guide.search import sections_of
from tests.fake_run import write_fake_run

HEADINGS = {
    (section.topic, section.heading)
    for section in sections_of({path.stem: path.read_text("utf-8") for path in GUIDE.glob("*.md")})
}
KINDS = ("selectbox", "slider", "number_input", "text_input", "multiselect", "select_slider")


@pytest.mark.parametrize("section", sorted(set(SECTIONS.values())), ids=" ".join)
def test_each_section_of_the_table_is_in_the_guide(section):
    assert section in HEADINGS


@pytest.mark.parametrize("section", sorted(set(SECTIONS.values())), ids=" ".join)
def test_no_other_heading_of_its_topic_has_the_same_anchor(section):
    topic, heading = section
    same = [h for t, h in HEADINGS if t == topic and anchor(h) == anchor(heading)]
    assert same == [heading]


def test_every_setting_and_every_slider_has_a_section():
    names = {*describe(TrainingSettings), *(slider.name for slider in SLIDERS)}
    assert names - set(SECTIONS) == set()


def helps(app) -> dict[str, str]:
    """The help of each control by its label."""
    found = chain.from_iterable(app.get(kind) for kind in KINDS)
    return {element.label: element.help or "" for element in found}


def test_each_setting_of_the_form_links_to_its_section(visit):
    shown = helps(visit("pages/2_Train.py", new="1"))
    assert "(Guide?topic=how-it-works#hamr-step-by-step)" in shown["Tau  τ"]
    own = {label: text for label, text in shown.items() if label not in ("Name", "Count")}
    assert [label for label, text in own.items() if "](Guide?topic=" not in text] == []


def test_each_slider_of_learn_links_to_its_section(visit):
    shown = helps(visit("pages/10_Learn.py"))
    assert [s.label for s in SLIDERS if "](Guide?topic=" not in shown[s.label]] == []


@pytest.mark.parametrize(
    ("page", "labels", "query"),
    [
        ("3_Hardness", ("Measure", "Compared with"), {"view": "Measures"}),
        ("3_Hardness", ("Support of hardness", "Minimum visits"), {"view": "Rows"}),
        ("5_Neighbourhoods", ("Links shown", "Rows shown"), {}),
        ("7_Relabel", ("Search text or id", "Label", "Diagnosis", "Show", "Split"), {}),
    ],
)
def test_filters_and_measures_link_to_their_section_with_the_run(visit, store, page, labels, query):
    run = write_fake_run(store).id
    shown = helps(visit(f"pages/{page}.py", run=run, **query))
    assert [label for label in labels if f"&run={run}#" not in shown.get(label, "")] == []


def test_the_guide_keeps_the_run_of_the_link(visit, store):
    run = write_fake_run(store).id
    app = visit("pages/11_Guide.py", topic="glossary", run=run)
    app.switch_page("pages/3_Hardness.py").run()
    assert app.query_params["run"] in (run, [run])
