"""What can go wrong with the Hub, by kind: each message is one sentence with advice, and never holds a token."""

import errno
import re
from typing import Literal

from gan_core.system import places, settings
from gan_core.system.errors import WorkshopError
from gan_core.system.text import for_sentence, one_line

HubErrorKind = (
    Literal["network", "offline", "busy", "server", "login", "gated"]
    | Literal["not_found", "format", "too_large", "disk_full", "damaged"]
)

LOG_IN = "log in with `hf auth login` or set HF_TOKEN"
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
SECRET = re.compile(r"(hf_|api_org_|Bearer\s+)\S+", re.IGNORECASE)
MAX_LENGTH = 200


class HubError(WorkshopError):
    """An error of the Hub, or on the way to it, of a `kind`."""

    def __init__(self, kind: HubErrorKind, sentence: str) -> None:
        super().__init__(sentence)
        self.kind: HubErrorKind = kind


def request_errors() -> tuple[type[Exception], ...]:
    """What a request may raise through no fault of ours: an error status, the network, the disk."""
    import httpx2

    return (httpx2.HTTPError, httpx2.InvalidURL, OSError)


def api_errors() -> tuple[type[Exception], ...]:
    """What a call of huggingface_hub may raise: also for an answer that is not the Hub's, such as a login page."""
    return (*request_errors(), ValueError, KeyError, TypeError, AttributeError)


def explain(error: BaseException, repo: str = "", file: str = "") -> WorkshopError:
    """The HubError for an exception from huggingface_hub; `repo` and `file` are what was requested."""
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    if isinstance(error, WorkshopError):
        return error
    if isinstance(error, OfflineModeIsEnabled):
        return offline()
    if isinstance(error, HfHubHTTPError):
        return _from_response(error, repo or "the repository", file)
    hub = _hub()
    if isinstance(error, httpx2.TimeoutException):
        return HubError("network", f"T{hub[1:]} did not answer in time: check the network and try again.")
    if isinstance(error, httpx2.TransportError | httpx2.InvalidURL):
        return HubError("network", f"T{hub[1:]} cannot be reached: check the network and try again.")
    if isinstance(error, OSError):
        return from_disk(error)
    if str(error).startswith("Invalid metadata in README.md"):  # huggingface_hub's message, with the Hub's reason
        return HubError("format", f"{redacted(error)}.")
    return HubError("server", f"What answered is not {hub}: check HF_ENDPOINT, and that no login page is in between.")


def offline() -> HubError:
    """For a request that the environment forbids."""
    return HubError("offline", "HF_HUB_OFFLINE is set, so the Hub is not contacted: what was pulled before works.")


def from_disk(error: OSError) -> HubError:
    """For a file of ours that could not be written or read."""
    if error.errno in DISK_FULL:
        return HubError("disk_full", "The disk is full: make room, for example by deleting models, and try again.")
    return HubError("disk_full", f"It could not be saved on this machine: {error.strerror or type(error).__name__}.")


def redacted(text: object) -> str:
    """Foreign text for one of our messages: one line of limited length, without anything like a token."""
    return for_sentence(one_line(SECRET.sub(r"\1…", str(text))), MAX_LENGTH).rstrip(".")


def _from_response(error, repo: str, file: str) -> HubError:
    """For an error status."""
    from huggingface_hub import errors

    status, with_token = error.response.status_code, "authorization" in error.response.request.headers
    hub, reason = _hub(), error.response.headers.get("X-Error-Message", "")
    if isinstance(error, errors.GatedRepoError):
        then = "ask for access there" if with_token else LOG_IN
        page = f"{redacted(settings.current().endpoint)}/{repo}"
        return HubError("gated", f"{repo} is gated: accept its conditions on its page ({page}), then {then}.")
    if isinstance(error, errors.RevisionNotFoundError):
        return HubError("not_found", f"{repo} has no such revision; leave it out for the newest.")
    if isinstance(error, errors.EntryNotFoundError):
        return HubError("not_found", f"{repo} has no file {redacted(file)!r}." if file else f"{repo} has no such file.")
    if isinstance(error, errors.DisabledRepoError):
        return HubError("not_found", f"The Hub has closed access to {repo}.")
    unknown = isinstance(error, errors.RepositoryNotFoundError)
    if (status == 401 and with_token and not unknown) or "Invalid credentials" in reason:
        return HubError("login", f"T{hub[1:]} does not accept the token: {LOG_IN}, or type another.")
    if unknown or status in (401, 404):
        if with_token:
            return HubError("not_found", f"There is no {repo} on {hub} that your token may read.")
        return HubError("not_found", f"There is no public {repo} on {hub}; if it is private, {LOG_IN}.")
    if status == 403:
        return HubError("login", f"The token may not do this with {repo}: use one that may write there.")
    if status == 429:
        retry_after = error.response.headers.get("Retry-After", "")
        when = f"in {int(retry_after):,} seconds" if retry_after.isdecimal() else "in some minutes"
        return HubError("busy", f"T{hub[1:]} has received too many requests from here: try again {when}.")
    if status >= 500 or status == 408:
        return HubError("server", f"T{hub[1:]} is in trouble (it answered {status}): try again later.")
    reason = redacted(error.server_message or reason or "no reason given")
    return HubError("server", f"T{hub[1:]} has refused this ({status}): {reason}.")


def _hub() -> str:
    endpoint = settings.current().endpoint
    return "the Hub" if endpoint == places.HUB else f"the Hub at {redacted(endpoint)}"
