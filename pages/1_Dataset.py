"""Look at the rows before training: classes, lengths, duplicates, contradictions."""

from hamr.ui.dataset.page import dataset_page
from hamr.ui.shell.router import run_page

run_page("Dataset", dataset_page)
