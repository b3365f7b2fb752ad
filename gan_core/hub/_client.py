"""The way to the Hub: huggingface_hub's own client, with our address, time limits and patience.

Two things it lacks. Several of its calls wait for ever for a server that has fallen silent, and others try again for
twenty seconds where there is no network at all, or for as long as a busy server asks them to.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, TypeVar

import gan_core
from gan_core.hub import _errors as errors
from gan_core.system import settings

if TYPE_CHECKING:
    import httpx2
    from huggingface_hub import HfApi

T = TypeVar("T")

TRIES = 4
LONGEST_WAIT = 60.0
"""Seconds; who is asked to wait longer says so and leaves it to the user."""
GROWTH, SLOWEST = 2.0, 8.0
"""Each wait is so many times the one before, up to so many times the first."""
AGAIN = (408, 429, 500, 502, 503, 504)
UPLOADS = ("POST", "PUT")


def api(token: str | None) -> "HfApi":
    """huggingface_hub's client for our endpoint, which sends this token and no other; raises HubError when offline."""
    from huggingface_hub import HfApi

    ready()
    where, version = settings.current().endpoint, gan_core.__version__
    return HfApi(where, token or False, library_name="gan-workshop", library_version=version)


def headers(token: str | None) -> dict[str, str]:
    """For requests that huggingface_hub has no call for."""
    from huggingface_hub.utils import build_hf_headers

    return build_hf_headers(token=token or False, library_name="gan-workshop", library_version=gan_core.__version__)


def ready() -> None:
    """Raises HubError when the Hub must not be contacted."""
    if settings.current().offline:
        raise errors.offline()


def patiently(action: Callable[[], T], repo: str = "", file: str = "") -> T:
    """What `action` gives, tried again while the Hub is busy or in trouble; raises HubError with one sentence.

    `action` makes one request, or several that may be made twice.
    """
    tried = 0
    while True:
        try:
            return action()
        except errors.expected() as error:
            tried += 1
            wait = pause(error, tried)
            if wait is None or tried >= TRIES:
                raise errors.explain(error, repo, file) from None  # a request's headers are in what came before
        time.sleep(wait)


def pause(error: BaseException, tried: int) -> float | None:
    """Seconds to wait before trying again after `error`, the `tried`-th one; None: trying again would not help."""
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError

    usual = settings.current().hub_wait * min(GROWTH ** (tried - 1), SLOWEST)
    if isinstance(error, HfHubHTTPError):
        asked = error.response.headers.get("Retry-After", "")
        wait = max(float(asked), usual) if asked.isdecimal() else usual
        return wait if error.response.status_code in AGAIN and wait <= LONGEST_WAIT else None
    broken = isinstance(error, httpx2.RemoteProtocolError | httpx2.ReadError | httpx2.WriteError)
    return usual if broken else None


@contextmanager
def reading(url: str, headers: dict[str, str]) -> "Iterator[httpx2.Response]":
    """The answer to a GET, its content still to be read; raises as huggingface_hub does."""
    from huggingface_hub import get_session, hf_raise_for_status

    with get_session().stream("GET", url, headers=headers) as response:
        hf_raise_for_status(response)
        yield response


@cache
def configure_client() -> None:
    """Set up huggingface_hub for this process, once: our time limits, no progress bars, only errors in its log.

    For whoever owns the process, a command or the page; no import and no other function calls it.
    """
    from huggingface_hub import set_client_factory
    from huggingface_hub.utils import disable_progress_bars, logging

    set_client_factory(_session)
    disable_progress_bars()
    logging.set_verbosity_error()  # our own sentences say the rest


def _session() -> "httpx2.Client":
    import httpx2

    return httpx2.Client(event_hooks={"request": [_before]}, follow_redirects=True, timeout=None)


def _before(request: "httpx2.Request") -> None:
    """Ahead of every request: not when offline, and with a limit where huggingface_hub has set none."""
    from huggingface_hub.errors import OfflineModeIsEnabled

    if settings.current().offline:
        raise OfflineModeIsEnabled("offline")
    # an upload is worked on before it is answered
    limit = settings.current().hub_timeout
    usual = limit * (6 if request.method in UPLOADS else 1)
    given = request.extensions.get("timeout") or {}
    timeout = {name: given.get(name) or usual for name in ("connect", "read", "write", "pool")}
    request.extensions["timeout"] = timeout | {"connect": min(timeout["connect"], limit)}
