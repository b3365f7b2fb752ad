"""Train: choose data, variant and settings, start, and watch."""

from gan_core import runs
from pages.ui.form import train
from pages.ui.live import run as live_run
from pages.ui.shell import session
from pages.ui.shell.frame import frame

frame("Train")
run = session.find_in_url("run", runs.find)
if run is None:
    train.show()
else:
    live_run.show(run)
