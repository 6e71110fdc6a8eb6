"""A PostgreSQL server of the tests' own: in a temporary folder, on a socket, gone afterwards.

It needs the server's programs (`apt-get install postgresql`). The server refuses to run as root,
so where the tests do, it runs as a user without rights.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

REMEDY = "no PostgreSQL server: install one (apt-get install postgresql)"
UNPRIVILEGED = ("postgres", "nobody")


def programs() -> Path | None:
    """The folder with initdb and postgres; None if there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    there = str(found[-1]) if found else shutil.which("initdb")
    return Path(there).parent if there else None


@contextmanager
def server(*options: str) -> Iterator[Callable[[], str]]:
    """A server; each call gives the address of a new, empty database."""
    folder = programs()
    if folder is None:
        raise FileNotFoundError(REMEDY)
    home = Path(tempfile.mkdtemp(prefix="hamr-pg-"))  # sockets have short paths only
    user = _user()
    if user is not None:
        shutil.chown(home, user)

    def run(program: str, *arguments: str) -> None:
        command = [str(folder / program), *arguments]
        with open(home / "log.txt", "ab") as log:
            subprocess.run(command, user=user, cwd=home, stdout=log, stderr=log, check=True)

    data = str(home / "data")
    listen = f"-k {home} -c listen_addresses= -c max_connections=200 {' '.join(options)}"
    try:
        run("initdb", "-D", data, "-U", "hamr", "-A", "trust", "--no-sync", "-E", "UTF8")
        run("pg_ctl", "-D", data, "-o", listen, "-w", "start")
        try:
            yield lambda: _database(home)
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    except subprocess.CalledProcessError as error:
        raise RuntimeError((home / "log.txt").read_text(errors="replace")) from error
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _user() -> str | None:
    """The user that the server runs as; None for the present one."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in UNPRIVILEGED if name in known)


def _database(home: Path) -> str:
    name = f"hamr_{uuid.uuid4().hex}"
    with psycopg.connect(f"host={home} user=hamr dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    return f"postgresql+psycopg://hamr@/{name}?host={home}"
