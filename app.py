"""HAMR's app. Start it with `streamlit run app.py`."""

from hamr.ui.navigation import route

route()
