"""The rows of a table that can be trained on, and their ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hamr.columns import Column
from hamr.data.lookalikes import has_ink, visible
from hamr.errors import DataError
from hamr.files.table import Table, blamed_on

ID_COLUMN = "id"
LONGEST_ID = 64  # characters of an id from a column that the user chose


@dataclass(frozen=True)
class Selection:
    """The rows of one table that have a text and a label. Each list has one entry per row."""

    table: Table
    kept: list[int]  # rows of the table
    ids: list[str]
    texts: list[str]
    labels: list[str]
    groups: list[str] | None
    left_out: list[tuple[str, str]] = field(default_factory=list)  # row id, reason
    notices: list[str] = field(default_factory=list)
    metadata: dict[str, Column] = field(default_factory=dict)  # by the name of the column

    def __len__(self) -> int:
        return len(self.kept)

    def where(self, label: str) -> str:
        """The places of the rows with that label, in words."""
        rows = [row for row, name in zip(self.kept, self.labels, strict=True) if name == label]
        return self.table.where(rows)


def select(
    table: Table,
    text: str,
    label: str,
    group: str | None,
    controls: dict[str, str] | None = None,
    *,
    unseen: bool = False,
    id_column: str | None = None,
    metadata: Sequence[str] = (),
) -> Selection:
    """The rows with a text and a label; the others are left out, and a notice says which.

    A text or label of invisible characters only counts as missing, unless `unseen` is set: earlier
    versions trained on such rows. Texts are unchanged; blanks around labels are removed.
    `controls` names the control of each column. Raises DataError if no row is left or can be named.
    """
    notices = list(table.notices)
    texts = table.columns[text]
    labels = [name and name.strip() for name in table.columns[label]]
    left_out: dict[int, str] = {}  # why, by row; a row without both counts as one without a text
    for column, cells, reason in ((text, texts, "no text"), (label, labels, "no label")):
        rows = _missing(cells, unseen)
        left_out = dict.fromkeys(rows, reason) | left_out
        with blamed_on((controls or {}).get(column, "source")):
            notices += _left_out(rows, reason, column, table) + _unseen(rows, column, table)
    kept = [i for i in range(len(table)) if i not in left_out]
    ids = _ids(table, id_column, kept, notices, controls or {})
    groups = _groups(table, group, ids) if group in table.columns else None
    return Selection(
        table=table,
        kept=kept,
        ids=[ids[i] for i in kept],
        texts=[texts[i] or "" for i in kept],
        labels=[labels[i] or "" for i in kept],
        groups=groups and [groups[i] for i in kept],
        left_out=[(ids[i], reason) for i, reason in sorted(left_out.items())],
        notices=notices,
        metadata=columns_of(table, metadata, kept),
    )


def _ids(
    table: Table,
    id_column: str | None,
    kept: list[int],
    notices: list[str],
    controls: dict[str, str],
) -> list[str]:
    """The ids of all rows; see `row_ids` and `chosen_ids`. Raises DataError if none is kept."""
    if not kept:
        raise DataError(f"{table.name}: no row has both a text and a label")
    if id_column is None:
        return row_ids(table, notices)
    with blamed_on(controls.get(id_column, "source")):
        return chosen_ids(table, id_column, kept)


def columns_of(table: Table, names: Sequence[str], kept: list[int]) -> dict[str, Column]:
    """The metadata of the kept rows; a column that the table lacks has no values."""
    cells = {name: table.columns.get(name) or [None] * len(table) for name in names}
    return {name: Column.of(own[row] for row in kept) for name, own in cells.items()}


def _missing(values: Sequence[str | None], unseen: bool) -> list[int]:
    """The rows without a value; see `select` for `unseen`."""
    is_there = _not_blank if unseen else has_ink
    return [i for i, value in enumerate(values) if not value or not is_there(value)]


def _left_out(rows: list[int], reason: str, column: str, table: Table) -> list[str]:
    """The notice on rows that lack a value; DataError if all of them do."""
    if len(rows) == len(table):
        raise DataError(
            f"{table.name}: column {visible(column)} is empty in every row: choose another"
        )
    if not rows:
        return []
    many = len(rows) > 1
    return [
        f"{len(rows):,} row{'s have' if many else ' has'} {reason} and "
        f"{'are' if many else 'is'} left out: {table.where(rows)}"
    ]


def _unseen(rows: list[int], column: str, table: Table) -> list[str]:
    """The notice on values that contain only invisible characters."""
    found = [i for i in rows if (value := table.columns[column][i]) and _not_blank(value)]
    if not found:
        return []
    example = visible(table.columns[column][found[0]] or "")
    return [
        f"{table.where(found)}: column {visible(column)} contains only invisible characters, such "
        f"as {example}, which counts as empty"
    ]


def _not_blank(value: str) -> bool:
    return not value.isspace()


def _groups(table: Table, group: str | None, ids: list[str]) -> list[str]:
    """The group of each row; a row without one gets a group of its own."""
    given = table.columns[group or ""]
    names = {*given}
    return [own or _lone(f"row {row_id}", names) for own, row_id in zip(given, ids, strict=True)]


def _lone(name: str, taken: set[str | None]) -> str:
    """The name, with as many apostrophes as it takes to differ from all groups of the file."""
    while name in taken:
        name += "'"
    return name


def row_ids(table: Table, notices: list[str]) -> list[str]:
    """The column "id" if its values are unique and complete, otherwise FILE:PLACE.

    Adds a notice to `notices` if there is such a column but its values can't be used.
    """
    named = table.columns.get(ID_COLUMN)
    if named is not None:
        seen: dict[str | None, int] = {}
        twin = next(((seen[n], i) for i, n in enumerate(named) if seen.setdefault(n, i) != i), None)
        if twin is None and None not in seen and "" not in seen:
            return [str(n) for n in named]
        again = twin and named[twin[0]]
        fault = f"repeats {visible(again)}" if again else "has gaps"
        place = f" ({table.where(twin)})" if twin else ""
        notices.append(
            f"the column {ID_COLUMN!r} of {table.name} {fault}{place}, "
            f"so rows are named by their {table.unit}"
        )
    return [f"{table.name}:{place}" for place in table.places]


def chosen_ids(table: Table, column: str, kept: Sequence[int]) -> list[str]:
    """The ids of all rows from a column that the user chose, without blanks around them.

    Raises DataError unless each of the `kept` rows has one of its own that can be shown; the other
    rows may lack one, and are then named by their place.
    """
    cells = [(value or "").strip() for value in table.columns[column]]
    seen: dict[str, int] = {}
    for row in kept:
        name = cells[row]
        if not name or len(name) > LONGEST_ID or not name.isprintable():
            found = f"the id {visible(name)}" if name else "no id"
            raise DataError(
                f"{table.where([row])} has {found} in the column {visible(column)}: an id has 1 "
                f"to {LONGEST_ID} printable characters; correct it, or choose another id column"
            )
        twin = seen.setdefault(name, row)
        if twin != row:
            raise DataError(
                f"{table.where([twin, row])} have the same id, {visible(name)}, in the column "
                f"{visible(column)}: each row needs an id of its own; choose another id column, or "
                "none to name the rows by their place"
            )
    places = table.places
    return [name or f"{table.name}:{places[row]}" for row, name in enumerate(cells)]


def check_ids(ids: Sequence[tuple[str, Sequence[str], Sequence[int]]], unit: str = "row") -> None:
    """Raises DataError if files share an id; each file by name, ids and places of its rows."""
    seen: dict[str, tuple[str, int]] = {}
    for name, own, places in ids:
        for row_id, place in zip(own, places, strict=True):
            before = seen.setdefault(row_id, (name, place))
            if before != (name, place):
                raise DataError(
                    f"the id {visible(row_id)} is in {before[0]} ({unit} {before[1]:,}) and in "
                    f"{name} ({unit} {place:,}): each row needs an id of its own, in all "
                    "files; correct one of them, or choose another id column",
                    field="id_column",
                )
