"""Where tagged sentences come from: CoNLL files, tables, the hub and the built-in set."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from hamr.config import DataSettings
from hamr.data.builtin import ATTACK_NOTICE
from hamr.data.heads import BUILTIN, HUB
from hamr.data.lookalikes import bare, visible
from hamr.data.select import ID_COLUMN, chosen_ids, row_ids
from hamr.data.task import tagged_columns
from hamr.errors import ColumnError, DataError
from hamr.files.conll.lines import BLANKS
from hamr.files.conll.reader import ENDINGS, MAYBE_TAGGED, Sentence
from hamr.files.door import checked_file
from hamr.files.reading import SentenceFile, open_file
from hamr.files.schemes import is_tag, remedy_for
from hamr.files.table import Reader, Table, Unit, as_text, blamed_on, in_words, quoted
from hamr.records import Split

MOST_NAMED = 5  # places in a notice


@dataclass
class Source:
    """The sentences of one split, and the name of their file."""

    name: str
    sentences: list[Sentence]
    notices: list[str] = field(default_factory=list)
    unit: Unit = "line"  # what a sentence's place counts
    word_a_line: bool = True
    file: SentenceFile | None = None  # the CoNLL file that they come from

    def place(self, sentence: Sentence, word: int) -> int:
        """The line of a word, or the row of its sentence."""
        if not self.word_a_line:
            return sentence.line
        return sentence.lines[word] if sentence.lines else sentence.line + word

    def tags_as_they_came(self, sentence: Sentence) -> list[str]:
        """The tags of the file; those of a table with the blanks around them."""
        return sentence.tags if self.word_a_line else as_it_came(sentence.source)[1]

    def where(self, places: Sequence[tuple[int, str]]) -> str:
        """Places with what is found there, in words: "a.conll, lines 4 (I-x) and 9 (I-y)"."""
        shown = [f"{place:,} ({bare(what)})" for place, what in places[:MOST_NAMED]]
        unit = self.unit if len(places) == 1 else f"{self.unit}s"
        return f"{self.name}, {unit} {in_words(shown, max(0, len(places) - MOST_NAMED))}"


def read_sources(settings: DataSettings) -> dict[Split, Source]:
    """The sentences of each split that the source, or a file of its own, provides.

    Raises DataError or ColumnError with file, line, value, rule and remedy, and in `field` the
    control it belongs to.
    """
    found: dict[Split, Source] = {}
    with blamed_on("source"):
        if settings.source in BUILTIN:
            found["train"] = _built_in(settings)
        elif settings.source.startswith(HUB):
            found |= _of_hub(settings)
        else:
            found["train"] = _of_file(settings.source, "train", settings)
    own: dict[Split, str | None] = {"validation": settings.validation, "test": settings.test}
    for split, name in own.items():
        if name:
            with blamed_on(split):
                found[split] = _of_file(name, split, settings, found.get("train"))
    return found


def _no_columns(settings: DataSettings, what: str) -> None:
    """Raises ColumnError where the settings ask for columns that such sentences don't have."""
    wanted: dict[str, str | None] = {
        "id_column": settings.id_column,
        "metadata": next(iter(settings.metadata), None),
    }
    for control, name in wanted.items():
        if name is not None:
            raise ColumnError(
                f"{what} have no column {visible(name)}: leave out --{control.replace('_', '-')}",
                field=control,
            )


def _built_in(settings: DataSettings) -> Source:
    from hamr.data import builtin_entities as built_in

    demo = settings.source == "demo"
    rows = built_in.demo_sentences() if demo else built_in.linked_sentences()
    _no_columns(settings, "the built-in sentences")
    sentences = [
        Sentence(place, list(row.words), list(row.tags), kept(place, row.tags), row.id, group)
        for place, (row, group) in enumerate(zip(rows, built_in.families(rows), strict=True), 1)
    ]
    title = built_in.DEMO_TITLE if demo else built_in.TITLE
    notices = [ATTACK_NOTICE, built_in.LINKED_NOTICE]
    return Source(title, sentences, notices, "row", word_a_line=False)


def _of_hub(settings: DataSettings) -> dict[Split, Source]:
    from hamr.data.hub import open_hub

    return {
        split: _of_table(reader, split, settings)
        for split, reader in open_hub(settings.source).items()
    }


def _of_file(name: str, split: Split, settings: DataSettings, like: Source | None = None) -> Source:
    path = checked_file(name, or_a_set=True)
    if path.suffix.lower() in (*ENDINGS, *MAYBE_TAGGED):
        if settings.id_column is not None:
            raise ColumnError(
                f"the sentences of {path.name} are named by their lines, because the file has no "
                "other columns than words and tags: leave out the id column (--id-column)",
                field="id_column",
            )
        keys = settings.metadata
        file = SentenceFile(path, settings.tag_column, like.file if like else None, keys)
        sentences = list(file.sentences())
        for sentence in sentences:
            sentence.id = f"{file.name}:{sentence.line}"
        if split == "train":
            _check_keys(file.name, keys, sentences)
        return Source(file.name, sentences, list(file.notices), file=file)
    if split == "train" and settings.tag_column is not None:
        raise DataError(
            f"{path.name} names its columns: choose the column of tags by its name "
            "(--label-column), and leave out the tag column",
            field="tag_column",
        )
    return _of_table(open_file(name), split, settings)


def _check_keys(name: str, keys: Sequence[str], sentences: Sequence[Sentence]) -> None:
    """Raises ColumnError for metadata that no comment of a CoNLL file has."""
    found = {key for sentence in sentences for key in sentence.about}
    for key in keys:
        if key not in found:
            raise ColumnError(
                f"no sentence of {name} has a comment {f'# {key} = ...'!r}: metadata of a CoNLL "
                "file are comments of this form before the words of a sentence",
                field="metadata",
            )


def _of_table(reader: Reader, split: Split, settings: DataSettings) -> Source:
    """The rows of a table, each with a list of words and a list of tags."""
    there, group = reader.columns(), settings.group_column
    wanted = _wanted(reader, there, split, settings)
    id_column = settings.id_column or ID_COLUMN
    sentences: list[Sentence] = []
    ids: list[str | None] = []
    blank: list[int] = []
    for place, (words, tags, *rest) in reader.rows(wanted):
        cells = dict(zip(wanted[2:], rest, strict=True))
        where = f"{reader.name}, {reader.unit} {place:,}"
        if words == [] and tags == [] and settings.repair:
            blank.append(place)
            continue
        _check(where, words, tags)
        clean = [tag.strip(BLANKS) for tag in tags]
        own = Sentence(place, list(words), clean, kept(place, tags))
        own.group = _text(cells[group]) or where if group in cells else None
        ids.append(_text(cells.get(id_column)))
        with blamed_on("metadata"):
            about = {n: as_text(cells.get(n), n, reader, place) for n in settings.metadata}
        own.about = {name: text for name, text in about.items() if text is not None}
        sentences.append(own)
    if not sentences:
        raise DataError(f"{reader.name} has no sentence: give rows of words and tags")
    chosen = settings.id_column is not None
    found = _named(reader, sentences, ids if id_column in wanted else None, chosen=chosen)
    if blank:
        places = found.where([(place, "no words") for place in blank])
        found.notices.append(f"sentences without words are left out: {places}")
    return found


def _wanted(reader: Reader, there: list[str], split: Split, settings: DataSettings) -> list[str]:
    """The columns to read: words, tags, and those of group, id and metadata that there are.

    Raises ColumnError if one is missing that has to be there.
    """
    words, tags = tagged_columns(settings, there)
    needed = [(words, "text_column"), (tags, "label_column")]
    if settings.id_column is not None:
        needed.append((settings.id_column, "id_column"))
    if split == "train":
        needed += [(settings.group_column, "group_column")] if settings.group_column else []
        needed += [(name, "metadata") for name in settings.metadata]
    for column, control in needed:
        if column not in there:
            with blamed_on(control if split == "train" else split):
                raise ColumnError(
                    f"{reader.name} has no column {visible(column)}: it has {quoted(there)}"
                )
    more = [column for column, _ in needed[2:]] + [ID_COLUMN, *settings.metadata]
    return [words, tags, *dict.fromkeys(name for name in more if there.count(name) == 1)]


def _named(
    reader: Reader, sentences: list[Sentence], ids: list[str | None] | None, *, chosen: bool
) -> Source:
    """The sentences with the ids of their column, which may be `chosen`, or FILE:PLACE."""
    notices = list(reader.notices)
    columns = {} if ids is None else {ID_COLUMN: ids}
    table = Table(reader.name, reader.unit, [s.line for s in sentences], columns)
    with blamed_on("id_column"):
        names = (
            chosen_ids(table, ID_COLUMN, range(len(table))) if chosen else row_ids(table, notices)
        )
    for sentence, row_id in zip(sentences, names, strict=True):
        sentence.id = row_id
    return Source(reader.name, sentences, notices, reader.unit, word_a_line=False)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def kept(place: int, tags: Sequence[str]) -> str:
    """The place and tags of a table's row as JSON, so that it can be written back unchanged."""
    return json.dumps([place, list(tags)], ensure_ascii=False)


def as_it_came(source: str) -> tuple[int, list[str]]:
    """Place and tags that `kept` wrote."""
    place, tags = json.loads(source)
    return place, tags


def _check(where: str, words: object, tags: object) -> None:
    for values, what in ((words, "words"), (tags, "tags")):
        if not isinstance(values, list | tuple):
            raise DataError(
                f"{where} has no list of {what}: each row needs one of words and one of tags"
            )
        if not values and not (words or tags):
            raise DataError(
                f"{where} has no words: remove it, or leave out such rows (--repair true)"
            )
    assert isinstance(words, list | tuple) and isinstance(tags, list | tuple)
    if len(words) != len(tags):
        raise DataError(
            f"{where} has {len(words)} words and {len(tags)} tags: give each word one tag"
        )
    for word, tag in zip(words, tags, strict=True):
        if not isinstance(word, str) or not word:
            raise DataError(
                f"{where} has the word {visible(str(word))}: a word must be a non-empty text"
            )
        if not isinstance(tag, str) or not is_tag(tag.strip(BLANKS)):
            raise DataError(f"{where} has {visible(str(tag))} where a tag must be: {_remedy(tag)}")


def _remedy(tag: object) -> str:
    if isinstance(tag, int) or (isinstance(tag, str) and tag.isdecimal()):
        return "the file does not say what the number means; write the tag's name, as in B-place"
    return remedy_for(tag if isinstance(tag, str) else "")
