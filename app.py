"""HAMR's app. Start it with `streamlit run app.py`."""

from hamr.ui.shell.navigation import route

route()
