"""The token for the Hub, read at each use."""

from gan_core.hub._errors import LOG_IN, HubError

MAX_LENGTH = 1000

Token = str | bool | None
"""A token; None is that of the environment or the login, False none at all: for visitors of a shared instance."""


def token(given: Token = None) -> str | None:
    """The token `given`, else `HF_TOKEN`, else that of `hf auth login`; None if there is none.

    Raises HubError, without the text, for what cannot be a token.
    """
    if given is False:
        return None
    found = given.strip() if isinstance(given, str) else ""
    if not found:
        from huggingface_hub import get_token
        from huggingface_hub.errors import OIDCError

        try:
            found = get_token()
        except OIDCError:
            raise HubError("login", "HF_OIDC_RESOURCE is set, but no token could be obtained with it.") from None
    if found and not (found.isascii() and found.isprintable() and " " not in found and len(found) <= MAX_LENGTH):
        raise HubError("login", "token: what was given is not a token; allowed: one line of letters, digits and signs.")
    return found or None


def required_token(given: Token = None) -> str:
    """The token to publish with; raises HubError if there is none."""
    found = token(given)
    if found is None:
        raise HubError("login", f"Publishing needs a token that may write: {LOG_IN}, or type it for this once.")
    return found
