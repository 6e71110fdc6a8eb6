"""Look at the rows before training: classes, lengths, duplicates, contradictions."""

from hamr.ui.dataset.page import dataset_page

dataset_page()
