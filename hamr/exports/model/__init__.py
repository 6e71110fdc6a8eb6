"""A trained model for other programs: in their formats, with a card that says what it is.

Nothing here needs torch until a model is exported.
"""

from hamr.exports.model.formats import DEFAULT, FORMATS, Format, possible
from hamr.exports.model.write import Exported, export_model

__all__ = [
    "DEFAULT",
    "FORMATS",
    "Exported",
    "Format",
    "export_model",
    "possible",
]
