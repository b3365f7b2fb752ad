"""What can go wrong with the Hub, by kind, in one sentence each that says what to do; never with a token in it."""

import errno
import re
from typing import Literal

from gan_core.system import places, settings
from gan_core.system.errors import WorkshopError
from gan_core.system.text import for_sentence, one_line

Kind = Literal[
    "network",
    "not_found",
    "gated",
    "format",
    "too_large",
    "disk_full",
    "login",
    "busy",
    "server",
    "offline",
    "damaged",
]

LOG_IN = "log in with `hf auth login` or set HF_TOKEN"
NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
SECRET = re.compile(r"(hf_|api_org_|Bearer\s+)\S+", re.IGNORECASE)
MOST_LETTERS = 200


class HubError(WorkshopError):
    """An error of the Hub, or on the way to it; `kind` says which one."""

    def __init__(self, kind: Kind, sentence: str) -> None:
        super().__init__(sentence)
        self.kind: Kind = kind


def on_the_way() -> tuple[type[Exception], ...]:
    """What a request may raise without a mistake of ours: an answer that is an error, the network, the disk."""
    import httpx2

    return (httpx2.HTTPError, httpx2.InvalidURL, OSError)


def expected() -> tuple[type[Exception], ...]:
    """The same of a call of huggingface_hub, which is also given what is no Hub's answer: a hotel's login page."""
    return (*on_the_way(), ValueError, KeyError, TypeError, AttributeError)


def explain(error: BaseException, repo: str = "", file: str = "") -> WorkshopError:
    """The sentence for what a call of huggingface_hub has raised; `repo` and `file` are what was asked for."""
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    if isinstance(error, WorkshopError):
        return error
    if isinstance(error, OfflineModeIsEnabled):
        return offline()
    if isinstance(error, HfHubHTTPError):
        return _answered(error, repo or "the repository", file)
    hub = _hub()
    if isinstance(error, httpx2.TimeoutException):
        return HubError("network", f"T{hub[1:]} did not answer in time: check the network and try again.")
    if isinstance(error, httpx2.TransportError | httpx2.InvalidURL):
        return HubError("network", f"T{hub[1:]} cannot be reached: check the network and try again.")
    if isinstance(error, OSError):
        return on_disk(error)
    if str(error).startswith("Invalid metadata in README.md"):  # huggingface_hub's own words, with the Hub's
        return HubError("format", f"{said(error)}.")
    return HubError("server", f"What answered is not {hub}: check HF_ENDPOINT, and that no login page is in between.")


def offline() -> HubError:
    """For anything that would need the network while it is not to be used."""
    return HubError("offline", "HF_HUB_OFFLINE is set, so the Hub is not asked: what was pulled before works.")


def on_disk(error: OSError) -> HubError:
    """For a file of ours that could not be written or read."""
    if error.errno in NO_SPACE:
        return HubError("disk_full", "The disk is full: make room, as by deleting models or runs, and try again.")
    return HubError("disk_full", f"It could not be kept on this machine: {error.strerror or type(error).__name__}.")


def said(text: object) -> str:
    """Foreign text in a sentence of ours: one line, not too long, and without what looks like a token."""
    return for_sentence(one_line(SECRET.sub(r"\1…", str(text))), MOST_LETTERS).rstrip(".")


def _answered(error, repo: str, file: str) -> HubError:
    """Where the Hub has answered with an error."""
    from huggingface_hub import errors

    status, sent = error.response.status_code, "authorization" in error.response.request.headers
    hub, who = _hub(), error.response.headers.get("X-Error-Message", "")
    if isinstance(error, errors.GatedRepoError):
        then = "ask for access there" if sent else LOG_IN
        return HubError("gated", f"{repo} is gated: accept its conditions on its page ({_page(repo)}), then {then}.")
    if isinstance(error, errors.RevisionNotFoundError):
        return HubError("not_found", f"{repo} has no such revision; leave it out for the newest.")
    if isinstance(error, errors.EntryNotFoundError):
        return HubError("not_found", f"{repo} has no file {said(file)!r}." if file else f"{repo} has no such file.")
    if isinstance(error, errors.DisabledRepoError):
        return HubError("not_found", f"The Hub has closed access to {repo}.")
    unknown = isinstance(error, errors.RepositoryNotFoundError)
    if (status == 401 and sent and not unknown) or "Invalid credentials" in who:
        return HubError("login", f"T{hub[1:]} does not accept the token: {LOG_IN}, or type another.")
    if unknown or status in (401, 404):
        if sent:
            return HubError("not_found", f"There is no {repo} on {hub} that your token may read.")
        return HubError("not_found", f"There is no public {repo} on {hub}; if it is private, {LOG_IN}.")
    if status == 403:
        return HubError("login", f"The token may not do this with {repo}: use one that may write there.")
    if status == 429:
        after = error.response.headers.get("Retry-After", "")
        when = f"in {int(after):,} seconds" if after.isdecimal() else "in some minutes"
        return HubError("busy", f"T{hub[1:]} has had too many requests from here: try again {when}.")
    if status >= 500 or status == 408:
        return HubError("server", f"T{hub[1:]} is in trouble (it answered {status}): try again later.")
    told = said(error.server_message or who or "no reason given")
    return HubError("server", f"T{hub[1:]} has refused this ({status}): {told}.")


def _hub() -> str:
    where = settings.current().endpoint
    return "the Hub" if where == places.HUB else f"the Hub at {said(where)}"


def _page(repo: str) -> str:
    where = settings.current().endpoint
    return f"{said(where)}/{repo}"
