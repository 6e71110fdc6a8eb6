"""What pip installs is whole: the app, its pages, assets and settings, and the command."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from sqlalchemy import text

import hamr
from hamr.config import RunSettings
from hamr.store import Store
from tests.package import ROOT, build, environment, unpack

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def site(wheel, tmp_path_factory) -> Path:
    return unpack(wheel, tmp_path_factory.mktemp("site"))


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as files:
        return {*files.namelist()}


@pytest.mark.parametrize("folder", ["pages", "assets"])
def test_every_page_and_asset_is_in_the_wheel(wheel, folder):
    there = [path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file()]
    wanted = {f"hamr/_app/{path.as_posix()}" for path in there if "__pycache__" not in path.parts}
    assert len(wanted) > 5
    assert wanted <= names(wheel)


def test_every_module_and_migration_is_in_the_wheel(wheel):
    wanted = {path.relative_to(ROOT).as_posix() for path in (ROOT / "hamr").rglob("*.py")}
    assert wanted <= names(wheel)


def test_the_app_its_settings_and_the_mark_of_types_are_in_the_wheel(wheel):
    assert {
        "hamr/py.typed", "hamr/_app/app.py", "hamr/_app/.streamlit/config.toml",
    } <= names(wheel)  # fmt: skip


def test_nothing_else_is_in_the_wheel(wheel):
    tops = {name.split("/")[0] for name in names(wheel)}
    assert tops == {"hamr", f"hamr-{hamr.__version__}.dist-info"}


def test_the_wheel_needs_what_requirements_txt_names(site):
    (metadata,) = site.glob("*.dist-info/METADATA")
    needed = re.findall(r"^Requires-Dist: (.*)$", metadata.read_text("utf-8"), re.M)
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    asked = {str(Requirement(line)) for line in lines if line and not line.startswith("#")}
    assert {str(Requirement(one)) for one in needed} == asked


def test_the_command_is_that_of_the_module(site):
    (points,) = site.glob("*.dist-info/entry_points.txt")
    assert "hamr = hamr.__main__:run" in points.read_text("utf-8")


def test_an_installed_package_finds_its_app_from_any_folder(site, tmp_path):
    script = (
        "import hamr; from hamr import resources as r; from hamr.ui.shell import navigation\n"
        "print(hamr.__file__, r.APP, r.ASSETS / 'style.css', *r.PAGES.glob('*.py'), sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path, env=environment(site), capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = [Path(line) for line in done.stdout.splitlines()]
    assert len(found) == 3 + len([*(ROOT / "pages").glob("*.py")])
    assert all(path.is_file() and path.is_relative_to(site) for path in found)


def old_home(folder: Path, revision: str) -> str:
    """A home with a run, whose database says that it has that revision of its tables."""
    store = Store.open(folder)
    store.create_run(RunSettings(), name="an old run")
    with store.database.writing.begin() as connection:
        if revision == "0001":  # as it was before sweeps and decisions
            for table in ("sweep_runs", "sweeps", "decisions"):
                connection.execute(text(f"DROP TABLE {table}"))
            for column in ("parent", "origin", "origin_version", "checksum"):
                connection.execute(text(f"ALTER TABLE runs DROP COLUMN {column}"))
            for table in ("datasets", "epochs", "files"):
                connection.execute(text(f"ALTER TABLE {table} DROP COLUMN checksum"))
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{revision}'"))
        connection.execute(text("PRAGMA user_version = 0"))
    store.database.engine.dispose()
    return str(folder)


@pytest.mark.parametrize(
    ("revision", "code", "sentence"), [("0001", 0, "an old run"), ("9999", 1, "newer version")]
)
def test_an_installed_package_migrates_an_older_home_or_says_why_not(
    site, tmp_path, monkeypatch, revision, code, sentence
):
    monkeypatch.delenv("HAMR_DATABASE_URL", raising=False)
    home = old_home(tmp_path / "home", revision)
    done = subprocess.run(
        [sys.executable, "-m", "hamr", "runs", "--home", home],
        cwd=tmp_path, env=environment(site), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, sentence in done.stdout + done.stderr) == (code, True)


def test_a_checkout_uses_its_own_files():
    from hamr import resources

    assert (resources.ROOT, resources.APP.is_file()) == (ROOT, True)


def test_there_is_one_version(site, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "hamr", "--version"],
        cwd=tmp_path, env=environment(site), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == f"hamr {hamr.__version__}\n"
    assert "version" in PROJECT["project"]["dynamic"]
    assert f"## [{hamr.__version__}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_tests_build_with_the_build_backend_that_pip_uses():
    lines = (ROOT / "tests/requirements.txt").read_text("utf-8").splitlines()
    assert {*PROJECT["build-system"]["requires"]} <= {*lines}
