"""What the environment says of the Hub, read at each use: huggingface_hub reads its own only when it is imported."""

import os
from urllib.parse import urlsplit

from gan_core.hub._errors import HubError
from gan_core.system.errors import WorkshopError
from gan_core.system.limits import MEGABYTE as MEGABYTE
from gan_core.system.limits import most_bytes as most_bytes

ENDPOINT = "https://huggingface.co"
TRUE = ("1", "ON", "YES", "TRUE")
MOST_LETTERS = 1000

Token = str | bool | None
"""A token; None is that of the environment or the login, False none at all: for visitors of a shared instance."""


def endpoint() -> str:
    """Where the Hub is: `HF_ENDPOINT`, without a slash at its end; raises WorkshopError."""
    text = (os.environ.get("HF_ENDPOINT") or ENDPOINT).strip().rstrip("/")
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:  # a port that is none
        sound = False
    if not sound or "@" in text or "?" in text or "#" in text:
        # an address with a password in it is not shown again
        raise WorkshopError("HF_ENDPOINT must be an address like https://huggingface.co, without name or password.")
    return text


def offline() -> bool:
    """Whether the Hub is not to be asked: `HF_HUB_OFFLINE` or `TRANSFORMERS_OFFLINE` is 1, on, yes or true."""
    text = os.environ.get("HF_HUB_OFFLINE") or os.environ.get("TRANSFORMERS_OFFLINE") or ""
    return text.strip().upper() in TRUE


def seconds() -> float:
    """How long the Hub may be silent: `GAN_HUB_TIMEOUT`, 10 seconds by default; raises WorkshopError."""
    return _number("GAN_HUB_TIMEOUT", "10", 0.1, 600)


def first_wait() -> float:
    """Seconds until a request is tried again for the first time: `GAN_HUB_WAIT`, 1 by default; raises WorkshopError."""
    return _number("GAN_HUB_WAIT", "1", 0, 60)


def token(given: Token = None) -> str | None:
    """The token to use: the one `given`, else `HF_TOKEN`, else that of `hf auth login`; None where there is none.

    Raises HubError for one that cannot be a token; it never says what was given.
    """
    if given is False:
        return None
    if isinstance(given, str):
        found = given.strip()
        if not found:
            return token(None)
    else:
        from huggingface_hub import get_token
        from huggingface_hub.errors import OIDCError

        try:
            found = get_token()
        except OIDCError:
            raise HubError("login", "HF_OIDC_RESOURCE is set, but no token could be had with it.") from None
    if found and not (found.isascii() and found.isprintable() and " " not in found and len(found) <= MOST_LETTERS):
        raise HubError("login", "token: what was given is not a token; allowed: one line of letters, digits and signs.")
    return found or None


def _number(name: str, usual: str, least: float, most: float) -> float:
    text = os.environ.get(name) or usual
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not least <= value <= most:
        raise WorkshopError(f"{name} must be a number of seconds from {least:g} to {most:g}; {text!r} was given.")
    return value
