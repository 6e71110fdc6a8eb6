"""Hardness: which rows the model finds hard, since when, and whether to believe it."""

from hamr.ui.hardness.page import hardness_page

hardness_page()
