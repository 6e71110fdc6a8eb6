"""Start a run or a sweep and watch it: the form, the live charts, stop and resume."""

from hamr.ui.shell.router import run_page
from hamr.ui.train.page import train_page

run_page("Train", train_page)
