"""JavaScript modules joined into one, for where a script must be a single text.

Streamlit serves a component's script as text without an address, so it can't import another
one. Browsers would need the modules at addresses of their own; the bundle needs none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_IMPORT = re.compile(r'^import \{ \w+(?:, \w+)* \} from "\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default\b)", re.MULTILINE)
_DECLARED = re.compile(r"^(?:export )?(?:const|let|class|function) (\w+)", re.MULTILINE)


def bundle(entry: Path) -> str:
    """One module that does what `entry` does: each module once, after those it imports.

    All modules share the scope of the bundle. So names at the top level must differ from module
    to module, imports keep their names, and only `entry` has a default export.

    Raises ValueError where a module breaks these rules or modules import each other in a circle.
    """
    texts = {path: path.read_text("utf-8") for path in _in_order(entry, ())}
    owner: dict[str, str] = {}
    for path, text in texts.items():
        for name in _DECLARED.findall(text):
            if owner.setdefault(name, path.name) != path.name:
                raise ValueError(f"{path.name} and {owner[name]} both declare {name}: rename one")
        if path != entry and "\nexport default" in text:
            raise ValueError(f"{path.name} has a default export: only {entry.name} may have one")
    return "\n".join(_plain(path.name, text) for path, text in texts.items())


def _in_order(path: Path, importing: tuple[Path, ...]) -> Iterator[Path]:
    """The module after all that it imports; some of these more than once."""
    if path in importing:
        circle = " -> ".join(one.name for one in (*importing, path))
        raise ValueError(f"modules import each other in a circle: {circle}")
    for name in _IMPORT.findall(path.read_text("utf-8")):
        yield from _in_order(path.parent / name, (*importing, path))
    yield path


def _plain(name: str, text: str) -> str:
    """The text of a module without its imports and exports."""
    text = _IMPORT.sub("", text)
    if re.search(r"^import\b", text, re.MULTILINE):
        raise ValueError(f'{name} may import only as in: import {{ name }} from "./module.js";')
    return _EXPORT.sub("", text)
