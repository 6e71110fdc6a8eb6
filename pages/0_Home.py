"""The first page: what this is, the demo, the runs there are."""

from hamr.ui.home.page import home_page

home_page()
