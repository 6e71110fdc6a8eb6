"""`hamr backup`, `restore` and `check` on a terminal."""

import json
import os
import tarfile
from io import BytesIO

import pytest

from hamr.cli import main
from hamr.store import Store
from hamr.store.checksums import digest
from tests.decided import decide
from tests.fake_run import write_fake_run


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.delenv("HAMR_DATABASE_URL", raising=False)
    monkeypatch.setenv("HAMR_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    store = Store.open()
    run = write_fake_run(store, rows=30, epochs=2, name="kept")
    decide(store.decisions(run.info.fingerprint), "train:1", "class a")
    store.cache.put("embeddings", "key", run.signal("loss", 1))
    (store.home / "uploads" / "abc").mkdir(parents=True)
    (store.home / "uploads" / "abc" / "my file.csv").write_text("text,label\n")
    return store.home


def look(home):
    store = Store.open(home)
    decisions = store.decisions(store.run("kept").info.fingerprint)
    return store.runs(), decisions.events(), store.run("kept").signal("loss", 2).tolist()


@pytest.mark.parametrize("name", ["copy", "copy.tar"])
def test_a_backup_becomes_the_same_home(home, tmp_path, name, capsys):
    assert main(["backup", "--to", name, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"] == 1
    new = tmp_path / "new home"
    assert main(["restore", name, "--home", str(new), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"] == 1
    assert look(new) == look(home)
    assert (new / "uploads" / "abc" / "my file.csv").read_text() == "text,label\n"
    assert (new / "runs").is_dir() and Store.open(new).cache.get("embeddings", "key") is not None
    assert main(["check", "--home", str(new)]) == 0


def test_a_backup_has_a_name_of_its_own_and_may_leave_the_cache(home, tmp_path):
    assert main(["backup", "--without-cache"]) == 0
    (backup,) = tmp_path.glob("hamr-backup-*.tar")
    with tarfile.open(backup) as tar:
        names = tar.getnames()
    assert "hamr.db" in names and not any(name.startswith("cache") for name in names)


def test_nothing_is_overwritten(home, tmp_path, capsys):
    assert main(["backup", "--to", "copy"]) == 0
    assert main(["backup", "--to", "copy"]) == 1
    assert "exists already" in capsys.readouterr().err
    assert main(["restore", "copy"]) == 1
    assert "is not empty" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "home"]


def test_restore_wants_one_source(home, capsys):
    assert main(["restore"]) == 2
    assert main(["restore", "copy", "--from-folders"]) == 2
    assert main(["restore", "nowhere", "--home", "new"]) == 1
    assert "There is no backup" in capsys.readouterr().err


def test_a_damaged_file_is_left_out_and_said(home, tmp_path, capsys):
    next(home.glob("runs/*/epochs/000001/loss.npy")).unlink()
    assert main(["check"]) == 1
    assert "is missing" in capsys.readouterr().out
    assert main(["backup", "--to", "copy"]) == 1
    assert "loss.npy is missing" in capsys.readouterr().err
    assert main(["restore", "copy", "--home", "new"]) == 0
    assert "not in the backup" in capsys.readouterr().err
    assert look(tmp_path / "new") == look(home)


@pytest.mark.parametrize("name", ["copy", "copy.tar"])
def test_an_altered_backup_is_refused_whole(home, tmp_path, name, capsys):
    assert main(["backup", "--to", name]) == 0
    path = tmp_path / name
    path = next(path.glob("datasets/*/train.arrow")) if path.is_dir() else path
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert main(["restore", name, "--home", "new"]) == 1
    assert "can't be restored" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def hostile(path, name, *, link=None):
    """A .tar backup with a file of that name, or a link."""
    listing = {"format": 1, "made": "2026-01-01", "missing": [], "files": {}}
    content = b"stolen"
    from hashlib import sha256

    listing["files"] = {name: [sha256(content).hexdigest(), len(content)]}
    plain = json.dumps({"sum": digest(listing), "backup": listing}).encode()
    with tarfile.open(path, "w") as tar:
        entry = tarfile.TarInfo(name)
        if link is None:
            entry.size = len(content)
            tar.addfile(entry, BytesIO(content))
        else:
            entry.type, entry.linkname = link
            tar.addfile(entry)
        listed = tarfile.TarInfo("backup.json")
        listed.size = len(plain)
        tar.addfile(listed, BytesIO(plain))


@pytest.mark.parametrize(
    "name",
    ["../escaped", "/tmp/escaped", "runs/../../escaped", "other/x", "runs/./x", "runs\\x", ""],
)
def test_no_name_in_a_backup_leaves_the_home(tmp_path, name, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    hostile(tmp_path / "bad.tar", name)
    assert main(["restore", "bad.tar", "--home", "in/new"]) == 1
    assert "outside a home" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["bad.tar"]


@pytest.mark.parametrize("link", [(tarfile.SYMTYPE, "/etc/passwd"), (tarfile.LNKTYPE, "x")])
def test_no_link_in_a_backup_is_followed(tmp_path, link, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    hostile(tmp_path / "bad.tar", "uploads/x", link=link)
    assert main(["restore", "bad.tar", "--home", "new"]) == 1
    assert "not a plain file" in capsys.readouterr().err


def test_no_link_in_a_folder_is_followed(home, tmp_path, capsys):
    assert main(["backup", "--to", "copy"]) == 0
    path = next((tmp_path / "copy").glob("datasets/*/train.arrow"))
    os.replace(path, tmp_path / "outside")
    path.symlink_to(tmp_path / "outside")
    assert main(["restore", "copy", "--home", "new"]) == 1
    assert "not a plain file" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"no tar", b"\0" * 10240, b"x" * 10240])
def test_what_is_no_backup_is_a_sentence(tmp_path, content, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.tar").write_bytes(content)
    assert main(["restore", "bad.tar", "--home", "new"]) == 1
    assert "can't be restored" in capsys.readouterr().err


def test_a_lost_database_is_refused_and_made_again(home, capsys):
    before = look(home)
    (home / "hamr.db").unlink()
    assert main(["runs"]) == 1
    assert "restore --from-folders" in capsys.readouterr().err
    assert main(["restore", "--from-folders", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"] == 1
    assert look(home) == before


def test_check_repairs_a_lost_database_too(home, capsys):
    before = look(home)
    (home / "hamr.db").write_bytes(b"")
    assert main(["check", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["whole"] is False
    assert main(["check", "--repair", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["repaired"]
    assert look(home) == before


def test_check_of_no_home_is_a_sentence(tmp_path, capsys):
    assert main(["check", "--home", str(tmp_path / "none")]) == 1
    assert main(["backup", "--home", str(tmp_path / "none")]) == 2
    assert not (tmp_path / "none").exists()


def test_a_server_is_backed_up_into_a_file(tmp_path, monkeypatch):
    from tests import postgres

    if postgres.programs() is None:
        pytest.skip(postgres.REMEDY)
    monkeypatch.chdir(tmp_path)
    with postgres.server("-c fsync=off") as new_database:
        monkeypatch.setenv("HAMR_DATABASE_URL", new_database())
        store = Store.open("home")
        run = write_fake_run(store, rows=30, epochs=2, name="kept")
        decide(store.decisions(run.info.fingerprint), "train:1", "class a")
        before = look("home")
        assert main(["check", "--home", "home"]) == 0
        assert main(["backup", "--home", "home", "--to", "copy.tar"]) == 0
        store.database.engine.dispose()
    assert main(["restore", "copy.tar", "--home", "new"]) == 0
    assert look("new") == before
