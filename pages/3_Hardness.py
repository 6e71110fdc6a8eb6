"""Hardness: which rows the model finds hard, since when, and whether to believe it."""

from hamr.ui.hardness.page import hardness_page
from hamr.ui.shell.router import run_page

run_page("Hardness", hardness_page)
