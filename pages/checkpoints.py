"""Checkpoints: the models on this machine, those on the Hugging Face Hub, and publishing a run there."""

from gan_core.hub import configure_client
from pages.ui.models import hub, jobs, local, publish
from pages.ui.shell import session
from pages.ui.shell.frame import frame

TITLES = {"here": "On this machine", "hub": "On the Hub", "publish": "Publish"}

frame("Checkpoints")
configure_client()  # huggingface_hub, for the server's process
jobs.show()
view = session.segmented_control("Show", "view", TITLES)
{"here": local.show, "hub": hub.show, "publish": publish.show}[view]()
