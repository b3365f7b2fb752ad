"""Checkpoints: the models on this machine, those on the Hugging Face Hub, and your own runs on their way there."""

from gan_core.hub import configure_client
from pages.ui.models import hub, jobs, local, publish
from pages.ui.shell import session
from pages.ui.shell.frame import frame

VIEWS = {"here": "On this machine", "hub": "On the Hub", "publish": "Publish"}

frame("Checkpoints")
configure_client()  # huggingface_hub, for the server's process
jobs.show()
view = session.pick("Show", "view", VIEWS)
{"here": local.show, "hub": hub.show, "publish": publish.show}[view]()
