"""Access to the Hub: huggingface_hub's own client with our endpoint, timeouts and retries.

Several of its calls wait for ever for a silent server; others retry for twenty seconds without a network, or for as
long as a busy server asks for.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, TypeVar

import gan_core
from gan_core.hub import _errors
from gan_core.system import settings

if TYPE_CHECKING:
    import httpx2
    from huggingface_hub import HfApi

T = TypeVar("T")

MAX_TRIES = 4
MAX_WAIT = 60.0
"""Seconds. If the server asks for a longer wait, the error is raised."""
BACKOFF_FACTOR, MAX_BACKOFF = 2.0, 8.0
"""Each wait is this many times the previous one, up to so many times the first."""
RETRY_STATUSES = (408, 429, 500, 502, 503, 504)
UPLOAD_METHODS = ("POST", "PUT")
UPLOAD_PATIENCE = 6
"""Times the usual timeout: the server works on an upload before it answers."""


@cache
def configure_client() -> None:
    """Set up huggingface_hub for this process, once: our time limits, no progress bars, only errors in its log.

    For whoever owns the process, a command or the page; no import and no other function calls it.
    """
    from huggingface_hub import set_client_factory
    from huggingface_hub.utils import disable_progress_bars, logging

    set_client_factory(_http_client)
    disable_progress_bars()
    logging.set_verbosity_error()  # our own sentences say the rest


def api(token: str | None) -> "HfApi":
    """huggingface_hub's API for our endpoint, with this token or none at all; raises HubError when offline."""
    from huggingface_hub import HfApi

    check_online()
    endpoint, version = settings.current().endpoint, gan_core.__version__
    return HfApi(endpoint, token or False, library_name="gan-workshop", library_version=version)


def headers(token: str | None) -> dict[str, str]:
    """For requests that huggingface_hub has no call for."""
    from huggingface_hub.utils import build_hf_headers

    return build_hf_headers(token=token or False, library_name="gan-workshop", library_version=gan_core.__version__)


def check_online() -> None:
    """Raises HubError if the environment forbids to contact the Hub."""
    if settings.current().offline:
        raise _errors.offline()


def with_retries(action: Callable[[], T], repo: str = "", file: str = "") -> T:
    """The result of `action`, retried while the Hub is busy or in trouble; raises HubError.

    `action` makes one request, or several that can safely be repeated.
    """
    attempt = 0
    while True:
        try:
            return action()
        except _errors.api_errors() as error:
            attempt += 1
            delay = retry_delay(error, attempt)
            if delay is None or attempt >= MAX_TRIES:
                raise _errors.explain(error, repo, file) from None  # the cause holds the request's headers
        time.sleep(delay)


def retry_delay(error: BaseException, attempt: int, *, without_network: bool = False) -> float | None:
    """Seconds to wait after `error` in the given attempt, counted from 1; None if a retry would not help.

    A broken connection is retried; one that cannot be made is retried only `without_network`.
    """
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError

    backoff = settings.current().hub_wait * min(BACKOFF_FACTOR ** (attempt - 1), MAX_BACKOFF)
    if isinstance(error, HfHubHTTPError):
        retry_after = error.response.headers.get("Retry-After", "")
        delay = max(float(retry_after), backoff) if retry_after.isdecimal() else backoff
        return delay if error.response.status_code in RETRY_STATUSES and delay <= MAX_WAIT else None
    broken = isinstance(error, httpx2.RemoteProtocolError | httpx2.ReadError | httpx2.WriteError)
    unreachable = isinstance(error, httpx2.TransportError) and not isinstance(error, httpx2.UnsupportedProtocol)
    return backoff if broken or (without_network and unreachable) else None


@contextmanager
def stream(url: str, headers: dict[str, str]) -> "Iterator[httpx2.Response]":
    """The response to a GET, its content still unread; raises as huggingface_hub does."""
    from huggingface_hub import get_session, hf_raise_for_status

    with get_session().stream("GET", url, headers=headers) as response:
        hf_raise_for_status(response)
        yield response


def _http_client() -> "httpx2.Client":
    import httpx2

    return httpx2.Client(event_hooks={"request": [_before_request]}, follow_redirects=True, timeout=None)


def _before_request(request: "httpx2.Request") -> None:
    """Refuse requests when offline, and set the timeouts that huggingface_hub has left out."""
    from huggingface_hub.errors import OfflineModeIsEnabled

    if settings.current().offline:
        raise OfflineModeIsEnabled("offline")
    limit = settings.current().hub_timeout
    default = limit * (UPLOAD_PATIENCE if request.method in UPLOAD_METHODS else 1)
    given = request.extensions.get("timeout") or {}
    timeout = {name: given.get(name) or default for name in ("connect", "read", "write", "pool")}
    request.extensions["timeout"] = timeout | {"connect": min(timeout["connect"], limit)}
