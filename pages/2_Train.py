"""Start a run or a sweep and watch it: the form, the live charts, stop and resume."""

from hamr.ui.train.page import train_page

train_page()
