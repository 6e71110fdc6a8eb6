"""Try: what a trained model says of texts that are typed, and why."""

from hamr.ui.shell.router import run_page
from hamr.ui.try_texts.page import try_page

run_page("Try", try_page)
