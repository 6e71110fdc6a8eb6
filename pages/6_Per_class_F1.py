"""Per-class F1: every class over time, and what is confused with what."""

from hamr.ui.per_class_f1.page import per_class_f1_page
from hamr.ui.shell.router import run_page

run_page("Per-class F1", per_class_f1_page)
