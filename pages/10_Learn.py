"""Learn: one HAMR step on points in the plane, stage by stage."""

from hamr.ui.learn.page import learn_page
from hamr.ui.shell.router import run_page

run_page("Learn", learn_page)
