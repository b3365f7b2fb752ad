"""Which token the Hub is asked with, read at each use."""

from gan_core.hub._errors import HubError

MOST_LETTERS = 1000

Token = str | bool | None
"""A token; None is that of the environment or the login, False none at all: for visitors of a shared instance."""


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
