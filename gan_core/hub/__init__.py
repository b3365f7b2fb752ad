"""The Hugging Face Hub: look for models, pull them, publish one's own. Light: huggingface_hub comes when it is used.

Everything raises WorkshopError with one sentence; a HubError among them has the `kind` of what went wrong.
"""

from gan_core.hub._client import configure_client
from gan_core.hub._errors import HubError, explain
from gan_core.hub._listing import SUGGESTIONS, TAG, Listing, info, preview, search
from gan_core.hub._pulling import pull
from gan_core.hub.publishing import Pushed, push, whoami

__all__ = [
    "SUGGESTIONS",
    "TAG",
    "HubError",
    "Listing",
    "Pushed",
    "configure_client",
    "explain",
    "info",
    "preview",
    "pull",
    "push",
    "search",
    "whoami",
]
