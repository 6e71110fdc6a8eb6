"""HAMR's app. Start it with `streamlit run app.py`."""

from hamr.ui import failure
from hamr.ui.navigation import route

failure.install()
route()
