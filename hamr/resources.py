"""Where the app's script, its pages and its assets are: in a checkout or in an installed package.

A checkout holds them at its top, next to the folder `hamr`. The wheel carries them in
`hamr/_app`, laid out in the same way (see `force-include` in pyproject.toml).
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "_app"

ROOT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent
APP = ROOT / "app.py"  # Streamlit reads the settings in .streamlit next to it
PAGES = ROOT / "pages"
ASSETS = ROOT / "assets"
