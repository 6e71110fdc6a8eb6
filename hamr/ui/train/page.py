"""The Train page: start a run or a sweep, or watch one."""

from hamr.ui.shell.page import open_page
from hamr.ui.shell.picker import choose_run
from hamr.ui.shell.server import store
from hamr.ui.shell.state import query
from hamr.ui.train.start import new_run
from hamr.ui.train.sweep_watch import watch_sweep
from hamr.ui.train.watch import watch


def train_page() -> None:
    """Show the page: the sweep or run of the URL, or the form of a new one."""
    open_page("Train", "Start a run or a sweep of many runs, watch it learn, pause and resume it.")
    if query("sweep"):
        watch_sweep()
    elif query("new") or not store().runs():
        new_run()
    else:
        watch(choose_run(need_epochs=False))
