"""Weights: the learned curve, what the meta step moves, and who is drawn for it."""

from hamr.ui.shell.router import run_page
from hamr.ui.weights.page import weights_page

run_page("Weights", weights_page)
