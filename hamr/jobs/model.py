"""What `hamr.load_model` gives: a trained model that turns texts into a table of predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hamr.data.lookalikes import has_ink
from hamr.inference import Predictor
from hamr.jobs.run_model import RunModel

if TYPE_CHECKING:
    import pandas as pd

    from hamr.inference.passes import Given


class Model:
    """A trained model: of a run, or of a folder that one was exported to."""

    def __init__(self, model: RunModel, name: str) -> None:
        """`name` is what people call the run, or the folder."""
        self._model, self.name = model, name

    @property
    def predictor(self) -> Predictor:
        """The model itself, which gives all probabilities as an array (`Predictor.predict`)."""
        return self._model.predictor

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes; of a model of tagged sentences its entity types, and "no entity"."""
        return self.predictor.classes

    def predict(self, texts: str | Given) -> pd.DataFrame:
        """A line for each text: `text`, `prediction`, `probability`, and the next two classes.

        Of a run's model also how far the text lies from the training rows (`unlike_training`, the
        percentile rank among held-out rows; `distance`, cosine, to the fifth nearest;
        `unlike_anything_seen`) and the hard `region` that it falls in. A model of tagged sentences
        takes texts, parted at blanks, or lists of words, and gives `entities`, a tag for each word,
        and in `entity_regions` the region of each entity. A text without a visible character gets
        no prediction. Columns are explained in `hamr.inference.columns`.
        """
        import pandas as pd

        given: Given = [texts] if isinstance(texts, str) else list(texts)
        read = [one if not isinstance(one, str) or has_ink(one) else "" for one in given]
        columns = self._model.predict(read).columns()
        return pd.DataFrame({"text": [_text(one) for one in given], **columns})

    def __repr__(self) -> str:
        return f"<hamr model {self.name!r}: {len(self.classes)} classes>"


def _text(given: str | Sequence[str]) -> str:
    return given if isinstance(given, str) else " ".join(given)
