"""The form of a run: what follows the choice of a method and a preset."""

import pytest

from hamr.config import TrainingSettings, choices_of
from hamr.ui.widgets.form import TITLES


@pytest.fixture
def form(visit):
    """The Train page with its form of one run."""
    return visit("pages/2_Train.py", new="1")


def clips(app):
    return [app.text_input(key=f"setting_weight_{end}").value for end in ("low", "high")]


def test_every_choice_of_a_setting_has_a_title():
    for name in set(TrainingSettings.model_fields) - {"method"}:
        if choices := choices_of(TrainingSettings, name):
            assert set(choices) <= set(TITLES[name]), name


def test_settings_of_a_method_follow_it_and_what_was_typed_stays(form):
    assert form.selectbox(key="setting_method").value == "hamr-plus"
    form.text_input(key="setting_weight_low").set_value("0.3").run()
    form.selectbox(key="setting_method").set_value("hamr").run()
    assert clips(form) == ["0.3", "8"]
    form.selectbox(key="setting_method").set_value("hamr-plus").run()
    assert clips(form) == ["0.3", "2"]


def test_the_paper_preset_chooses_hamr_and_another_one_hamr_plus(form):
    form.selectbox(key="setting_preset").set_value("paper").run()
    assert form.selectbox(key="setting_method").value == "hamr"
    assert clips(form) == ["0.1", "8"]
    form.selectbox(key="setting_preset").set_value("full").run()
    assert form.selectbox(key="setting_method").value == "hamr-plus"
    assert clips(form) == ["0.5", "2"]
