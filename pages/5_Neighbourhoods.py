"""Neighbourhoods: rows or entity mentions as a map, hard seeds, and why a row was drawn."""

from hamr.ui.neighbourhoods.page import neighbourhoods_page
from hamr.ui.shell.router import run_page

run_page("Neighbourhoods", neighbourhoods_page)
