import os
import subprocess
import sys
from time import monotonic, sleep

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from hamr.config import RunSettings
from hamr.store import Store
from hamr.store.migrate import SERVER_LOCK
from hamr.store.tables import Base


def test_both_databases_have_the_tables_the_code_uses(shared):
    with shared.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_home_from_before_decisions_keeps_its_runs(shared):
    run = shared.create_run(RunSettings(), name="old")
    with shared.database.writing.begin() as connection:
        for table in ("preferences", "sweep_runs", "sweeps", "decisions"):
            connection.execute(text(f"DROP TABLE {table}"))
        for column in ("parent", "origin", "origin_version", "checksum"):
            connection.execute(text(f"ALTER TABLE runs DROP COLUMN {column}"))
        for table in ("datasets", "epochs", "files"):
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN checksum"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        if connection.dialect.name == "sqlite":
            connection.execute(text("PRAGMA user_version = 0"))
    again = Store.open(shared.home)
    assert again.run("old").id == run.id and not again.notice and not again.runs()[0].damaged
    assert again.decisions("none yet").events() == []
    assert again.sweeps.all() == []


def test_open_store_needs_no_alembic(store):
    script = (
        "import sys; from hamr.store import Store; Store.open(sys.argv[1]); "
        "print([m for m in ('alembic', 'torch', 'pandas', 'pyarrow') if m in sys.modules])"
    )
    command = [sys.executable, "-c", script, str(store.home)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"


def test_two_processes_may_open_a_new_home_at_once(tmp_path):
    script = "import sys; from hamr.store import Store; Store.open(sys.argv[1])"
    command = [sys.executable, "-c", script, str(tmp_path / "new")]
    openers = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    complaints = [opener.communicate()[1] for opener in openers]
    assert complaints == [b"", b"", b""]


def test_sqlite_keeps_what_was_committed(store):
    with store.database.engine.connect() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragma == {"journal_mode": "delete", "synchronous": 2, "foreign_keys": 1}


def test_home_comes_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("HAMR_HOME", str(tmp_path / "elsewhere"))
    assert Store.open().home == tmp_path / "elsewhere"


def test_machines_that_share_a_server_and_no_folder_may_start_at_once(new_postgres, tmp_path):
    url = new_postgres()
    script = "import sys; from hamr.store import Store; Store.open(sys.argv[1])"
    environment = {**os.environ, "HAMR_DATABASE_URL": url}
    with create_engine(url).connect() as first:
        first.execute(text("SELECT pg_advisory_lock(:key)"), {"key": SERVER_LOCK})
        openers = [
            subprocess.Popen(
                [sys.executable, "-c", script, str(tmp_path / name)],
                env=environment,
                stderr=subprocess.PIPE,
            )
            for name in ("one", "two", "three")
        ]
        wait_for(lambda: waiting(first) == 3)  # all have found the database empty
        assert not inspect(first).get_table_names()
        first.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": SERVER_LOCK})
        assert [opener.communicate()[1] for opener in openers] == [b"", b"", b""]


def waiting(connection) -> int:
    """How many wait for an advisory lock."""
    query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    return connection.execute(text(query)).scalar()


def wait_for(done, seconds: float = 120) -> None:
    end = monotonic() + seconds
    while not done():
        assert monotonic() < end
        sleep(0.05)
