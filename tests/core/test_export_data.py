"""Tagged sentences written back: the same to the byte, in the scheme they came in."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.cli import main
from hamr.config import DataSettings, RunSettings
from hamr.data import load
from hamr.data.builtin_entities import demo_sentences
from hamr.decisions import CurrentLabels
from hamr.errors import SettingError
from hamr.exports.sentences import Sentence, text_of
from hamr.exports.sentences import text as text_of_run
from hamr.files.conll.reader import ConllFile
from hamr.files.schemes import Named
from hamr.store import Store
from tests.fake_run import write_fake_run

SENTENCES = "w\tB-a\nv\tE-a\r\n \nx  y\tS-b\n# a comment\nz\tO\n\n\n"


def stored(home, name, **data):
    """A run that has its rows and nothing else."""
    settings = DataSettings(**{key: str(value) for key, value in data.items()})
    run = Store.open(home).create_run(RunSettings(data=settings), name=name)
    run.attach_dataset(load(settings))
    return run


@pytest.fixture
def export(tmp_path, capsys):
    """Exports data of the run "r"; the exit code and what was said."""

    def run(*arguments):
        code = main(["export", "r", "--what", "data", *arguments, "--home", str(tmp_path / "home")])
        return code, capsys.readouterr().err

    return run


@pytest.fixture
def conll(tmp_path):
    """A BIOES file with blanks, comments and both line ends."""
    path = tmp_path / "a.conll"
    path.write_bytes((SENTENCES * 12).encode())
    return path


def test_a_file_split_three_ways_is_written_back_to_the_byte(tmp_path, conll, export):
    stored(tmp_path / "home", "r", source=conll)
    assert export("--to", str(tmp_path / "out.conll"))[0] == 0
    assert (tmp_path / "out.conll").read_bytes() == conll.read_bytes()


NESTED = (
    "\ufeff# news, and an O\r\n1\tAda\tB-a\tO\u00a0\r\n1-2\tdon't\t_\t_\r\n2\tof\tI-a\tB-b \r\n\r\n"
)


@pytest.mark.parametrize("ending", ["conllu", "tsv", "conll"])
@pytest.mark.parametrize("column", [3, 4])
def test_new_tags_go_into_the_column_that_was_read(tmp_path, export, ending, column):
    path = tmp_path / f"a.{ending}"
    text = NESTED + NESTED[1:] * 11
    path.write_text(text, encoding="utf-8", newline="")
    run = stored(tmp_path / "home", "r", source=path, tag_column=column)
    assert export("--to", str(tmp_path / f"out.{ending}"))[0] == 0
    assert (tmp_path / f"out.{ending}").read_bytes() == path.read_bytes()
    current = CurrentLabels({f"a.{ending}:2": ((0, 1, "new"),)})
    changed = text_of_run(run, ("train", "validation", "test"), f".{ending}", current)
    new = {3: "Ada\tB-new\tO", 4: "Ada\tB-a\tB-new"}[column]
    second = {3: ("I-a\tB-b", "O\tB-b"), 4: ("I-a\tB-b", "I-a\tO")}[column]
    assert changed == text.replace("Ada\tB-a\tO", new, 1).replace(*second, 1)


def test_runs_from_before_there_was_a_tag_column_are_read():
    assert RunSettings.stored({"data": {"source": "a.conll"}}).data.tag_column is None


def test_tags_that_were_repaired_are_written_as_they_came(tmp_path, export):
    path = tmp_path / "a.conll"
    path.write_text("w I-a\n\nv B-a\nu I-a\n\n" * 12)
    stored(tmp_path / "home", "r", source=path, repair=True)
    assert export("--to", str(tmp_path / "out.conll"))[0] == 0
    assert (tmp_path / "out.conll").read_bytes() == path.read_bytes()


def test_several_files_go_to_a_folder_each_as_it_was(tmp_path, conll, export):
    other = tmp_path / "b.conll"
    other.write_bytes(conll.read_bytes().replace(b"w", b"other"))
    stored(tmp_path / "home", "r", source=conll, test=other)
    (tmp_path / "out").mkdir()
    assert export("--to", str(tmp_path / "out"))[0] == 0
    for path in (conll, other):
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()


def test_a_folder_that_is_named_with_a_slash_is_made(tmp_path, conll, export):
    stored(tmp_path / "home", "r", source=conll)
    assert export("--to", f"{tmp_path / 'corrected'}/")[0] == 0
    assert (tmp_path / "corrected" / "a.conll").read_bytes() == conll.read_bytes()
    assert export("--to", f"{tmp_path / 'no' / 'corrected'}/")[0] == 2
    (tmp_path / "file").write_text("mine")
    code, said = export("--to", f"{tmp_path / 'file'}/")
    assert code != 0
    assert "Traceback" not in said
    assert (tmp_path / "file").read_text() == "mine"


def test_of_several_files_the_split_chooses(tmp_path, conll, export):
    other = tmp_path / "b.conll"
    other.write_bytes(conll.read_bytes().replace(b"w", b"other"))
    stored(tmp_path / "home", "r", source=conll, test=other)
    code, said = export("--to", str(tmp_path / "out.conll"))
    assert code == 2 and "rows from 2 files" in said
    assert export("--to", str(tmp_path / "out.conll"), "--split", "test")[0] == 0
    assert (tmp_path / "out.conll").read_bytes() == other.read_bytes()


def test_a_split_of_a_file_holds_its_own_sentences(tmp_path, conll, export):
    run = stored(tmp_path / "home", "r", source=conll)
    target = tmp_path / "out.jsonl"
    assert export("--to", str(target), "--split", "validation")[0] == 0
    rows = [json.loads(line) for line in target.open()]
    assert {row["id"] for row in rows} == {*run.rows("validation").rows().ids}


def test_lines_of_json_have_the_tags_of_the_scheme_that_came(tmp_path, conll, export):
    stored(tmp_path / "home", "r", source=conll)
    assert export("--to", str(tmp_path / "out.jsonl"))[0] == 0
    first, second, *_ = [json.loads(line) for line in (tmp_path / "out.jsonl").open()]
    assert (first["tokens"], first["ner_tags"]) == (["w", "v"], ["B-a", "E-a"])
    assert (second["tokens"], second["ner_tags"]) == (["x  y", "z"], ["S-b", "O"])


def test_sentences_of_json_keep_their_scheme_their_order_and_their_ids(tmp_path, export):
    path, tags = tmp_path / "a.jsonl", (["B-a", "E-a"], ["S-a", "O"])
    rows = [
        {"id": f"row {n}", "tokens": ["new", "york"], "ner_tags": tags[n % 2]} for n in range(24)
    ]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    stored(tmp_path / "home", "r", source=path)
    assert export("--to", str(tmp_path / "out.jsonl"))[0] == 0
    assert (tmp_path / "out.jsonl").read_text() == path.read_text()


def test_the_built_in_sentences_can_be_written(tmp_path, export):
    stored(tmp_path / "home", "r", source="demo", task="token")
    assert export("--to", str(tmp_path / "out.jsonl"))[0] == 0
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").open()]
    assert [row["tokens"] for row in rows] == [list(row.words) for row in demo_sentences()]


def test_sentences_of_json_become_bio_columns(tmp_path, export):
    path = tmp_path / "a.jsonl"
    row = {"tokens": ["new", "york"], "ner_tags": ["B-a", "I-a"]}
    path.write_text(f"{json.dumps(row)}\n" * 12)
    stored(tmp_path / "home", "r", source=path)
    assert export("--to", str(tmp_path / "out.conll"))[0] == 0
    assert (tmp_path / "out.conll").read_text() == "new\tB-a\nyork\tI-a\n\n" * 12


def test_an_entity_that_changed_is_written_in_the_scheme_of_the_file():
    piece = "w NN B-a\nv NN E-a\n"
    came = Sentence("a:1", ["w", "v"], [Named(0, 1, "a")], 1, piece, ["B-a", "E-a"])
    other = Sentence("a:4", ["x"], [Named(0, 1, "b")], 4, "\nx NN S-b\n", ["S-b"])
    assert text_of([came, other], ".conll") == "w NN S-a\nv NN O\n\nx NN S-b\n"


def test_a_word_that_columns_can_not_hold_is_told(tmp_path, export):
    path = tmp_path / "a.jsonl"
    row = {"tokens": ["new\tyork"], "ner_tags": ["B-a"]}
    path.write_text(f"{json.dumps(row)}\n" * 12)
    stored(tmp_path / "home", "r", source=path)
    code, said = export("--to", str(tmp_path / "out.conll"))
    assert code == 2 and r"'new\tyork'" in said
    assert not (tmp_path / "out.conll").exists()


def test_the_file_that_was_trained_on_is_never_written_over(tmp_path, conll, export):
    stored(tmp_path / "home", "r", source=conll)
    before = conll.read_bytes()
    for target in (conll, tmp_path):
        code, said = export("--to", str(target))
        assert code == 2 and "was trained on" in said
    assert conll.read_bytes() == before


def test_texts_with_a_class_are_no_tagged_sentences(tmp_path, export):
    write_fake_run(Store.open(tmp_path / "home"), rows=60, epochs=1, name="r")
    code, said = export("--to", str(tmp_path / "out.conll"))
    assert code == 2 and "are texts that were not read from a file" in said and ".csv" in said


def test_blanks_around_the_tags_of_a_table_make_no_type_and_stay(tmp_path, export):
    row = {"tokens": ["new", "york"], "ner_tags": ["B-a\u00a0", " I-a"]}
    path = tmp_path / "a.jsonl"
    path.write_text(f"{json.dumps(row)}\n" * 12)
    run = stored(tmp_path / "home", "r", source=path)
    assert run.classes[:-1] == ("a",)
    assert export("--to", str(tmp_path / "out.jsonl"))[0] == 0
    assert (tmp_path / "out.jsonl").read_bytes() == path.read_bytes()


@given(st.lists(st.lists(st.text(max_size=6), min_size=1, max_size=4), min_size=1, max_size=3))
def test_words_that_are_written_in_columns_are_read_as_they_were(tmp_path_factory, words):
    rows = [Sentence(f"r:{at}", own, [], at, None, []) for at, own in enumerate(words)]
    try:
        text = text_of(rows, ".conll")
    except SettingError:
        return
    path = tmp_path_factory.mktemp("columns") / "a.conll"
    path.write_bytes(text.encode())
    assert [s.words for s in ConllFile(path).sentences()] == words
