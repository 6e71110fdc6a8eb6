"""Settings that depend on the machine, as the values that a run on this one has."""

from __future__ import annotations

from hamr.config import AUTOMATIC, TrainingSettings

LAYER_COUNTS = ("num_hidden_layers", "num_layers", "n_layers", "n_layer")  # in config.json


def settled(settings: TrainingSettings) -> TrainingSettings:
    """The settings with every automatic value replaced by an actual one; a run records these, so
    that it resumes on another machine as it began.

    On a CPU the lower half of the encoder's layers is frozen: with what they make of each row
    stored, a run takes half the time (see the guide). On a GPU all layers learn.

    Raises SettingError and ModelError where the device or the model is not there.
    """
    if settings.frozen_layers != AUTOMATIC:
        return settings
    return settings.model_copy(update={"frozen_layers": _frozen_layers(settings)})


def _frozen_layers(settings: TrainingSettings) -> int:
    if not settings.fine_tunes:
        return 0
    from hamr.training.devices import choose

    if choose(settings).device.type != "cpu":
        return 0
    from hamr.models import encoder_folder, read_description

    described = read_description(encoder_folder(settings.model))
    counts = [described[name] for name in LAYER_COUNTS if isinstance(described.get(name), int)]
    return int(counts[0]) // 2 if counts else 0
