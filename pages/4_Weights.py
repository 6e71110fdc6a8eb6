"""Weights: the learned curve, what the meta step moves, and who is drawn for it."""

from hamr.ui.weights.page import weights_page

weights_page()
