"""Checkpoints: the models on this machine, those on the Hugging Face Hub, and your own runs on their way there."""

from pages.ui import session
from pages.ui.frame import frame
from pages.ui.shelves import errands, here, hub, publish

VIEWS = {"here": "On this machine", "hub": "On the Hub", "publish": "Publish"}

frame("Checkpoints")
errands.show()
view = session.pick("Show", "view", VIEWS)
{"here": here.show, "hub": hub.show, "publish": publish.show}[view]()
