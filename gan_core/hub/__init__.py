"""The Hugging Face Hub: search it, pull models, publish models and Spaces, load generators from Python.

Offers `search`, `info`, `preview`, `pull`, `push` and `whoami`; `jobs` (pulls and pushes as processes), `card` (model
cards), `space`, and `pretrained` (`Generator.from_pretrained`). Whoever owns a process calls `configure_client` first.
Errors are WorkshopErrors of one sentence; a HubError has a `kind`. Torch-free, but for `pretrained`; huggingface_hub is
imported when it is used. Start here, then read `_pulling`.
"""

from gan_core.hub._client import configure_client
from gan_core.hub._errors import HubError
from gan_core.hub._listing import SUGGESTIONS, TAG, Listing, info, preview, search
from gan_core.hub._pulling import pull
from gan_core.hub.publishing import PushResult, push, whoami

__all__ = ["SUGGESTIONS", "TAG", "HubError", "Listing", "PushResult", "configure_client", "info"]
__all__ += ["preview", "pull", "push", "search", "whoami"]
