"""HAMR's app. Start it with `hamr app`, or in a checkout with `streamlit run app.py`."""

from hamr.ui.shell.router import route

route()
