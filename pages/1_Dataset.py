"""Look at the rows before training: classes, lengths, duplicates, contradictions."""

from hamr.ui.dataset import dataset_page
from hamr.ui.page import open_page

open_page(
    "Dataset", "Choose the rows to train on, and see what is wrong with them before you train."
)
dataset_page()
