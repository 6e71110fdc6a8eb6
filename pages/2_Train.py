"""Start a run or a sweep and watch it: the form, the live charts, stop and resume."""

from hamr.ui.page import open_page, query
from hamr.ui.picker import choose_run
from hamr.ui.session import store
from hamr.ui.start import new_run
from hamr.ui.sweep_watch import watch_sweep
from hamr.ui.watch import watch

open_page("Train", "Start a run or a sweep of many, watch it learn, stop it and go on later.")
if query("sweep"):
    watch_sweep()
elif query("new") or not store().runs():
    new_run()
else:
    watch(choose_run(need_epochs=False))
