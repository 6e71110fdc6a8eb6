"""Which task a source is for: by the values of its columns, whatever their names are."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

from hamr.config import DataSettings
from hamr.data.heads import BUILTIN, HUB, first_values, head, kind_of
from hamr.errors import HamrError
from hamr.files.conll.reader import ENDINGS, MAYBE_TAGGED
from hamr.files.encoding import reading_as
from hamr.files.reading import looks_tagged
from hamr.records import Task

COLUMNS = ("tokens", "ner_tags")  # the usual names of words and tags
NO_LISTS = (".csv", ".tsv")  # formats in which every value is a text


def task_of(settings: DataSettings) -> Task:
    """The task that the settings ask for; `auto` decides by the file.

    A CoNLL file holds tagged sentences, and so do a .tsv file of words and tags without a header
    and a table whose columns of words and tags hold lists. Anything else
    is texts with a class.
    """
    if settings.task != "auto":
        return settings.task
    with reading_as(settings.encoding):
        return _task_by_file(settings)


def _task_by_file(settings: DataSettings) -> Task:
    source = settings.source
    hub, ending = source.startswith(HUB), Path(source).suffix.lower()
    if ending in ENDINGS and not hub:
        return "token"
    if source in BUILTIN or (ending in NO_LISTS and not hub):
        tagged = ending in MAYBE_TAGGED and looks_tagged(source)
        return "token" if tagged else "sequence"
    try:
        words, tags = tagged_columns(settings, head(source).columns)
        values = first_values(source, (words, tags))
    except HamrError:  # reading the rows will raise it again
        return "sequence"
    if not {words, tags} <= values.keys():
        return "sequence"
    kinds = {kind_of(values[words]), kind_of(values[tags])}
    return "token" if kinds in ({"lists"}, {"lists", "nothing"}) else "sequence"


def tagged_columns(settings: DataSettings, there: Container[str]) -> tuple[str, str]:
    """The columns of words and tags of a table that has the columns `there`.

    The default names of text and label mean the usual names of words and tags,
    unless the table lacks these and has those.
    """
    words, tags = settings.text_column, settings.label_column
    if words == "text" and (COLUMNS[0] in there or words not in there):
        words = COLUMNS[0]
    if tags == "label" and (COLUMNS[1] in there or tags not in there):
        tags = COLUMNS[1]
    return words, tags
