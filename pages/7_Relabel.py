"""Relabel: the rows whose labels are worth a look, one key each."""

from hamr.ui.relabel.page import relabel_page

relabel_page()
