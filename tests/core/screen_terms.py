"""The terms on screen, read from the code that shows them.

A *label* is a text that names something on a page: an axis, a heading of a table, a figure
(`st.metric`), a control, a setting, a signal, a measure, a diagnosis, a strategy for unlabelled
rows. Placeholders, units and notes in brackets, and what follows a comma or a colon are left out.

A label is *known* if the glossary has all of it in bold, or has its parts and nothing is left but
plain words: those of plain_words.txt, which mean here what they mean anywhere.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from hamr.acquisition import STRATEGIES
from hamr.config import TrainingSettings, describe
from hamr.difficulty import MEASURES
from hamr.records import ROW_SIGNALS
from hamr.resources import ASSETS
from hamr.triage.issue_types import ISSUE_TYPES
from hamr.ui.learn.controls import SLIDERS
from hamr.ui.shell.text import title_of
from tests.core.test_rooms import ROOT

CONTROLS = {
    "selectbox", "multiselect", "slider", "select_slider", "number_input", "text_input",
    "toggle", "checkbox", "radio", "text_area", "segmented_control",
}  # fmt: skip
# Of `st.column_config`, and the short names that pages give them.
COLUMNS = {"NumberColumn", "TextColumn", "ProgressColumn", "CheckboxColumn", "DatetimeColumn"}
SHORT = {"number", "text", "_number", "_text", "column"}
HIDDEN = {"panel", "series", "x", "y", "macro"}  # columns of tables that charts are drawn from
AXES = {"x", "y", "title", "xaxis_title", "yaxis_title"}
DRAWS = {"finish", "_frame", "_step_frame", "update_xaxes", "update_yaxes", "update_layout"}
PLAIN = frozenset(Path(__file__).with_name("plain_words.txt").read_text("utf-8").split())


def labels() -> set[str]:
    """All labels."""
    found = {title_of(name) for name in describe(TrainingSettings)}
    found |= {signal.title for signal in ROW_SIGNALS.values()}
    found |= {measure.title for measure in MEASURES.values()}
    found |= {
        *ISSUE_TYPES,
        *(one.title for one in STRATEGIES),
        *(slider.label.partition(": ")[2] for slider in SLIDERS),
    }
    for room in ("ui", "views"):
        for path in (ROOT / "hamr" / room).rglob("*.py"):
            found |= set(_in_code(ast.parse(path.read_text("utf-8"))))
    return {label for label in found - HIDDEN if label.strip()}


def _in_code(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _of_call(node)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if _is_column(value):
                    yield from _texts(key)


def _of_call(call: ast.Call) -> Iterator[str]:
    name = _name(call)
    if (name in CONTROLS | {"metric"} or _is_column(call)) and call.args:
        yield from _texts(call.args[0])
    if name == "DataFrame" and call.args and isinstance(call.args[0], ast.Dict):
        for key in call.args[0].keys:
            yield from _texts(key)
    if name in DRAWS:
        for keyword in call.keywords:
            if keyword.arg in AXES and not (name == "finish" and keyword.arg == "title"):
                yield from _texts(keyword.value)


def _is_column(node: ast.AST) -> bool:
    short = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    return _name(node) in (SHORT if short else COLUMNS)


def _name(node: ast.AST | None) -> str:
    """The name of the function that is called."""
    function = node.func if isinstance(node, ast.Call) else None
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _texts(node: ast.AST | None) -> Iterator[str]:
    """Texts of an expression, placeholders left out; of a choice between two, both."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


def terms() -> set[str]:
    """What the glossary has in bold, in small letters."""
    text = (ASSETS / "guide" / "glossary.md").read_text("utf-8")
    return {term.lower() for term in re.findall(r"\*\*(.+?)\*\*", text)}


def plain_label(label: str) -> str:
    """A label without placeholders, brackets, and what follows a comma or a colon."""
    left_out = r"\([^)]*\)|\{\}\w*|[,:;].*|[^\w\s'-]|\b\d+\w*|_|(?<!\w)-(?!\w)"
    return re.sub(left_out, " ", label).lower().strip()


def unknown(label: str, known: set[str]) -> str:
    """What is left of a label once terms and plain words are taken out."""
    rest = f" {' '.join(plain_label(label).split())} "
    for term in sorted(known, key=len, reverse=True):
        many = f"{re.escape(term)}(e?s)?|{re.escape(term[:-1])}ies" if term[-1:] == "y" else None
        rest = re.sub(rf" ({many or re.escape(term) + '(e?s)?'}) ", "  ", rest)
    return " ".join(word for word in rest.split() if word not in PLAIN)
