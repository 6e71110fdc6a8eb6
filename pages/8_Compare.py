"""Compare: any runs side by side, seeds of one method together."""

from hamr.ui.compare.page import compare_page
from hamr.ui.shell.router import run_page

run_page("Compare", compare_page)
