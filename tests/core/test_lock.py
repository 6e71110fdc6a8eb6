"""requirements.lock: every package by version and hash, in step with what is asked for."""

import re
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
ENTRY = re.compile(
    r"^(\S+)==(\S+)(?: ; .+)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.M
)
LOCKED = {name: number for name, number, _ in ENTRY.findall(LOCK)}


def asked(name):
    """The requirements of a file."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


ASKED = [*asked("requirements.txt"), *asked("tests/requirements.txt")]


def test_the_lock_holds_nothing_but_packages_with_hashes():
    assert ENTRY.sub("", re.sub("(?m)^#.*\n", "", LOCK)) == ""
    assert list(LOCKED) == sorted(LOCKED)


@pytest.mark.parametrize("wanted", ASKED, ids=lambda one: one.name)
def test_each_package_is_locked_in_the_version_that_is_asked_for(wanted):
    assert f"=={LOCKED[canonicalize_name(wanted.name)]}" == str(wanted.specifier)


def test_what_the_packages_need_is_locked_too():
    left, seen = [(one.name, tuple(sorted(one.extras))) for one in ASKED], set()
    while left:
        name, extras = left.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        assert canonicalize_name(name) in LOCKED
        if not installed_as_locked(name):
            continue  # another version, or another build of torch, may need other packages
        for need in map(Requirement, requires(name) or ()):
            kinds = [{"extra": extra} for extra in (*extras, "")]
            if need.marker is None or any(need.marker.evaluate(kind) for kind in kinds):
                left.append((need.name, tuple(sorted(need.extras))))
    assert len(seen) >= len(ASKED)


def installed_as_locked(name):
    """Whether that package is installed as the lock has it; on Linux, that is torch for the CPU."""
    try:
        found, _, build = version(name).partition("+")
    except PackageNotFoundError:
        return False
    return found == LOCKED[canonicalize_name(name)] and (name != "torch" or build == "cpu")


def test_ci_installs_by_hash():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert (
        "pip install --quiet --require-hashes --no-build-isolation -r requirements.lock" in script
    )
