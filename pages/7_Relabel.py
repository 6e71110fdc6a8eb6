"""Relabel: the rows whose labels are worth a look, one key each."""

from hamr.ui.relabel.page import relabel_page
from hamr.ui.shell.router import run_page

run_page("Relabel", relabel_page)
