"""Guide: how HAMR works, and how to use it with data of your own."""

from hamr.ui.guide.page import guide_page
from hamr.ui.shell.router import run_page

run_page("Guide", guide_page)
