"""Train: choose data, variant and settings, start, and watch."""

from pages.ui.form import train
from pages.ui.live import run as live_run
from pages.ui.shell import session
from pages.ui.shell.frame import frame

frame("Train")
run = session.run_in_url()
if run is None:
    train.show()
else:
    live_run.show(run)
