"""Ids and metadata from columns that the user chose."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.cli.train import settings_of
from hamr.cli.verbs import build_parser
from hamr.columns import Column
from hamr.config import DataSettings
from hamr.config.data import as_names
from hamr.data import load
from hamr.data.fingerprint import fingerprint_of
from hamr.errors import ColumnError, DataError, SettingError
from hamr.records import SPLITS
from hamr.store import Store
from tests.fake_run import fake_dataset
from tests.metadata_rows import with_metadata


def table(path, ids, **more):
    """A CSV file of 12 rows or as many as there are ids, with the columns given."""
    columns = {"ticket": ids, "text": [f"text {i}" for i in range(len(ids))]}
    columns |= {"label": ["ab"[i % 2] for i in range(len(ids))], **more}
    lines = [columns.keys(), *zip(*columns.values(), strict=True)]
    path.write_text("\n".join(",".join(line) for line in lines), encoding="utf-8")
    return path


def settings(path, **more):
    return DataSettings(source=str(path), **more)


NAMES = [f"T-{i}" for i in range(12)]
ANNOTATORS = ["ann", "bob", ""] * 4


def test_rows_are_named_by_the_chosen_column(tmp_path):
    rows = load(settings(table(tmp_path / "a.csv", NAMES), id_column="ticket"))
    assert sorted(i for split in SPLITS for i in rows.split(split).ids) == sorted(NAMES)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("T-3", r"a.csv, lines 5 and 6 have the same id, 'T-3'"),
        ("", r"a.csv, line 6 has no id in the column 'ticket'"),
        ("x" * 65, "1 to 64 printable characters"),
        ("a\u0007b", "1 to 64 printable characters"),
    ],
)
def test_an_id_that_cannot_name_a_row_is_refused_with_its_place(tmp_path, bad, said):
    path = table(tmp_path / "a.csv", [*NAMES[:4], bad, *NAMES[5:]])
    with pytest.raises(DataError, match=said) as caught:
        load(settings(path, id_column="ticket"))
    assert caught.value.field == "id_column"


def test_an_id_in_two_files_is_refused_with_both_places(tmp_path):
    path = table(tmp_path / "a.csv", NAMES)
    other = table(tmp_path / "test.csv", ["U-1", "T-3"])
    with pytest.raises(DataError, match=r"'T-3' is in a.csv \(row 5\) and in test.csv \(row 3\)"):
        load(settings(path, id_column="ticket", test=str(other)))


def test_a_missing_column_is_named_beside_its_control(tmp_path):
    path = table(tmp_path / "a.csv", NAMES)
    for control in ("id_column", "metadata"):
        with pytest.raises(ColumnError, match="has no column 'who'") as caught:
            load(settings(path, **{control: "who"}))
        assert caught.value.field == control


def test_metadata_come_back_from_the_store_as_they_were(tmp_path):
    path = table(tmp_path / "a.csv", NAMES, who=ANNOTATORS, n=[f"{i}.50" for i in range(12)])
    rows = load(settings(path, metadata="who,n"))
    store = Store.open(tmp_path / "home")
    store.add_dataset(rows)
    again = store.dataset(rows.fingerprint)
    for split in SPLITS:
        for name in ("who", "n"):
            own = list(rows.split(split).metadata[name])
            assert list(again.split(split).metadata[name]) == own
            assert all(value is None or value in (*ANNOTATORS, *path.read_text().split(","))
                       or value.endswith(".50") for value in own)  # fmt: skip
    assert fingerprint_of(again.classes, {s: again.split(s) for s in SPLITS}) == rows.fingerprint


def test_metadata_are_found_by_search(tmp_path):
    path = table(tmp_path / "a.csv", NAMES, who=[f"Ann {i}" for i in range(12)])
    rows = load(settings(path, metadata="who"))
    store = Store.open(tmp_path / "home")
    store.add_dataset(rows)
    stored = store.rows(rows.fingerprint, "train")
    value = stored.about(2)["who"]
    assert 2 in stored.search(value.upper())
    assert stored.about(2) == {"who": value}


def test_other_metadata_are_another_data_set_and_none_the_one_of_old(tmp_path):
    path = table(tmp_path / "a.csv", NAMES, who=ANNOTATORS, where=["x", "y"] * 6)
    prints = {load(settings(path, metadata=m)).fingerprint for m in ("", "who", "where")}
    assert len(prints) == 3


def test_the_demo_has_the_fingerprint_of_old():
    # As it was before rows had metadata.
    assert load(DataSettings()).fingerprint.startswith("f0af2eb149c7bc3d")


def test_ten_thousand_values_take_four_bytes_a_row_and_their_texts(tmp_path):
    column = Column.of(f"user {i % 10_000}" for i in range(20_000))
    assert len(column.values) == 10_000
    assert column.codes.nbytes == 80_000
    assert column.counts().tolist() == [2] * 10_000


@given(st.lists(st.sampled_from(["a", "b", "", None, "c"])), st.data())
def test_a_part_of_a_column_is_the_column_of_that_part(cells, data):
    column = Column.of(cells)
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(cells), max_size=len(cells))))
    part = column.take(mask.astype(bool))
    own = [cell for cell, wanted in zip(cells, mask, strict=True) if wanted]
    assert list(part) == [cell or None for cell in own]
    assert part.values == Column.of(own).values


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), unique=True))
def test_names_of_columns_survive_a_link(names):
    names = [name for name in names if name.strip() == name]
    assert DataSettings(metadata=as_names(names)).metadata == tuple(names)


def test_metadata_that_are_no_names_are_refused():
    with pytest.raises(SettingError, match="metadata"):
        DataSettings(metadata=3)


def test_lists_are_no_metadata(tmp_path):
    rows = [{"text": f"t {i}", "label": "ab"[i % 2], "tags": ["x"]} for i in range(8)]
    (tmp_path / "a.json").write_text(json.dumps(rows))
    with pytest.raises(ColumnError, match="holds a list") as caught:
        load(settings(tmp_path / "a.json", metadata="tags"))
    assert caught.value.field == "metadata"


def test_sentences_of_a_table_have_ids_and_metadata(tmp_path):
    rows = [
        {"no": i, "who": f"ann {i}", "tokens": ["Ada", "x"], "ner_tags": ["B-p", "O"]}
        for i in range(9)
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    found = load(settings(tmp_path / "a.jsonl", id_column="no", metadata="who"))
    for split in SPLITS:
        part = found.split(split)
        assert list(part.metadata["who"]) == [f"ann {i}" for i in part.ids]


def test_comments_of_a_conll_file_are_metadata(tmp_path):
    text = "".join(f"# who = ann {i}\n# a note\nAda B-p\nx{i} O\n\n" for i in range(9))
    (tmp_path / "a.conll").write_text(text)
    found = load(settings(tmp_path / "a.conll", metadata="who"))
    for split in SPLITS:
        part = found.split(split)
        assert list(part.metadata["who"]) == [f"ann {t.split('x')[1]}" for t in part.texts]
    with pytest.raises(ColumnError, match="has a comment '# when ="):
        load(settings(tmp_path / "a.conll", metadata="who,when"))


def test_ten_thousand_values_come_back_from_a_store_of_several_blocks(tmp_path):
    rows = with_metadata(fake_dataset(20_000), who=lambda row: f"user {row * 7 % 10_000}")
    store = Store.open(tmp_path)
    store.add_dataset(rows)
    table = store.rows(rows.fingerprint, "train")
    assert list(table.metadata("who")) == list(rows.train.metadata["who"])
    assert table.about(19_999) == {"who": f"user {19_999 * 7 % 10_000}"}
    assert table.search("user 4321").tolist() == [
        i for i, who in enumerate(table.metadata("who")) if "user 4321" in who
    ]


def test_the_flags_of_the_command_line_are_the_settings(tmp_path):
    flags = ["--id-column", "no", "--metadata", 'who,"paid, or not"', "--encoding", "cp1252"]
    flags += ["--remove-leaks", "true", "--keep-duplicates-together", "true"]
    asked = build_parser().parse_args(["train", "--data", "demo", *flags])
    found = settings_of(Store.open(tmp_path), asked).data
    assert found == DataSettings(
        id_column="no", metadata=("who", "paid, or not"), encoding="cp1252", remove_leaks=True,
        keep_duplicates_together=True,
    )  # fmt: skip
