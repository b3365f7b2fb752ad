"""Train: choose data, variant and settings, start, and watch."""

from pages.ui import live_run, session, setup
from pages.ui.frame import frame

frame("Train")
run = session.run_in_url()
if run is None:
    setup.show()
else:
    live_run.show(run)
