"""The house: each room imports only rooms of lower rings, and pages stay light."""

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RINGS = [
    {"errors", "config", "methods", "records", "entities", "decisions", "allowed", "legible",
     "resources", "tasks", "columns"},
    {"files", "data", "models", "weighting", "losses", "hardness", "sampler", "neighbours",
     "projection", "metrics", "matching", "ranks", "triage", "rebalance", "sweeps", "regions",
     "difficulty", "acquisition", "tag_transitions"},
    {"training", "store", "inference", "playground"},
    {"jobs", "views", "exports"},
    {"ui"},
    {"cli", "api"},
]  # fmt: skip
RING = {room: number for number, ring in enumerate(RINGS) for room in ring}
# Rooms of one ring that may see each other, each with its reason.
ALLOWED = {
    ("records", "columns"),  # rows have columns of metadata
    ("records", "entities"),  # rows of a token task hold entities
    ("tasks", "records"),  # the labels of rows
    ("tasks", "entities"),
    ("tasks", "config"),  # the task that data settings ask for
    ("tasks", "decisions"),  # a decision gives a label
    ("tasks", "errors"),
    ("decisions", "records"),  # a decision is about a row of a split
    ("decisions", "errors"),  # a refused act is an error of the tree
    ("config", "errors"),  # refused settings are errors of the tree
    ("config", "methods"),  # a setting names a method, whose traits decide what is read
    ("methods", "errors"),
    ("allowed", "errors"),  # what may not be read is an error of the tree
    ("data", "files"),  # values of a file become rows of a data set
    ("models", "losses"),  # the loss of a tagged sentence is that of its hardest word
    ("weighting", "models"),  # differentiates the models
    ("weighting", "losses"),
    ("weighting", "ranks"),  # one step of all ranks' rows
    ("triage", "difficulty"),  # whether hardness may rank rows
    ("regions", "triage"),  # both ask how likely a label is, and calibrate it alike
    ("projection", "neighbours"),  # the map starts from the same neighbours
    ("inference", "training"),  # new texts are embedded as training embedded the rows
    ("exports", "jobs"),  # the model of a run, put together to predict
    ("exports", "views"),  # a model card has the intervals and regions that pages show
    ("playground", "training"),  # takes the steps of a run one by one
    ("views", "jobs"),  # the neighbours of rows, which jobs keep and look up
}
MODULES = sorted((ROOT / "hamr").rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(ROOT / "hamr").with_suffix("").parts[0]


def imported_modules(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            if node.module == "hamr":
                found |= {f"hamr.{name.name}" for name in node.names}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_lower_rings(path):
    room = room_of(path)
    if room not in RING:
        assert room in ("__init__", "__main__")
        return
    for module in imported_modules(path):
        parts = module.split(".")
        if parts[0] != "hamr" or len(parts) == 1 or parts[1] == room:
            continue
        lower = RING[parts[1]] < RING[room]
        assert lower or (room, parts[1]) in ALLOWED, f"{room} imports {module}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_ui_room_imports_streamlit(path):
    if room_of(path) != "ui":
        assert not {m for m in imported_modules(path) if m.split(".")[0] == "streamlit"}


def test_the_app_process_never_loads_torch():
    script = (
        "import sys, runpy\n"
        "import hamr.ui, hamr.views, hamr.jobs, hamr.store, hamr.data\n"
        "import pkgutil, importlib\n"
        "for package in (hamr.ui, hamr.views):\n"
        "    for module in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "        importlib.import_module(module.name)\n"
        "print([m for m in ('torch', 'transformers', 'umap', 'faiss') if m in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_importing_the_package_loads_nothing_heavy():
    script = "import sys, hamr; print(sum(m in sys.modules for m in ('numpy', 'pandas', 'torch')))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "0"


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def graph_of(texts: dict[str, str]) -> dict[str, set[str]]:
    """By module's name the modules that it imports: anywhere in it, also in a function."""
    graph: dict[str, set[str]] = {name: set() for name in texts}
    for name, text in texts.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                graph[name] |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                inner = {f"{node.module}.{alias.name}" for alias in node.names}
                graph[name] |= inner & texts.keys() or {node.module}
        graph[name] = graph[name] & texts.keys() - {name}
    return graph


def circle_in(texts: dict[str, str]) -> list[str]:
    """Modules that import each other in a circle; empty where there are none."""
    try:
        TopologicalSorter(graph_of(texts)).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle
    return []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert not circle_in({name_of(path): path.read_text("utf-8") for path in MODULES})


def test_a_circle_through_a_function_and_types_is_found() -> None:
    one = "def f():\n    from b import x\n"
    other = "if TYPE_CHECKING:\n    import c\n"
    assert not circle_in({"a": one, "b": other, "c": ""})
    assert set(circle_in({"a": one, "b": other, "c": "from a import f"})) == {"a", "b", "c"}


@pytest.mark.parametrize("room", ["ui", "views"])
def test_what_shows_the_product_has_folders_only(room: str) -> None:
    assert [path.name for path in (ROOT / "hamr" / room).glob("*.py")] == ["__init__.py"]
