"""Compare: any runs side by side, seeds of one method together."""

from hamr.ui.compare.page import compare_page

compare_page()
