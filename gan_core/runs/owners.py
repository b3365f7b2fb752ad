"""Whose something is on a shared instance: a small record beside it, from which nobody can tell who that was.

A visitor is a random number that the browser keeps. A record holds its hash with a salt of its own, so that it
neither lets anyone act as that visitor nor shows which things are of the same one.
"""

import hashlib
import hmac
import re
import secrets
import threading
import time
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from gan_core.system import files
from gan_core.system.errors import WorkshopError

RECORD_NAME = "owner.json"
VISITOR_ID = re.compile(r"[0-9a-f]{32}")
"""How a browser calls itself: 128 random bits."""


class OwnershipRecord(BaseModel):
    """What such a file holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    salt: str
    digest: str


def record_path(thing: Path) -> Path:
    """Where the record of a folder, as a run's, lies; a file's lies beside it."""
    return thing.with_name(f"{thing.stem}.owner") if thing.suffix and not thing.is_dir() else thing / RECORD_NAME


def is_visitor_id(visitor: object) -> bool:
    """Whether this could be a visitor: what comes from a browser may be anything."""
    return isinstance(visitor, str) and VISITOR_ID.fullmatch(visitor) is not None


def set_owner(thing: Path, visitor: str) -> None:
    """Write down that `thing` is this visitor's; raises WorkshopError for what is no visitor."""
    if not is_visitor_id(visitor):
        raise WorkshopError("This browser could not be told from others; load the page anew and try again.")
    salt = secrets.token_hex(16)
    made = OwnershipRecord(salt=salt, digest=_digest(salt, visitor))
    files.write_atomic(record_path(thing), made.model_dump_json().encode())


def is_owner(thing: Path, visitor: str | None) -> bool:
    """Whether `thing` is this visitor's. Nobody's, and one with a damaged record, is not."""
    if visitor is None or not is_visitor_id(visitor):
        return False
    try:
        found = OwnershipRecord.model_validate_json(record_path(thing).read_bytes())
    except (OSError, ValidationError):  # no record, or none that could be believed
        return False
    return hmac.compare_digest(found.digest, _digest(found.salt, visitor))


def secret_digest(secret: str) -> str:
    """What is kept of a secret for the length of a session."""
    return _digest("owner", secret)


def _digest(salt: str, text: str) -> str:
    return hashlib.sha256(f"{salt}/{text}".encode()).hexdigest()


class LoginLimiter:
    """Where the owner's secret is tried: one guess at a time for all visitors, each `seconds` long.

    Nobody is locked out by the guesses of others for longer than these take, and none tells more by its duration.
    """

    def __init__(self, seconds: float = 1.0, max_wait: float = 20.0) -> None:
        self.seconds, self.patience = seconds, max_wait
        self._one = threading.Lock()

    def check(self, given: str, secret: str) -> bool:
        """Whether this is the secret; raises WorkshopError when too many others are guessing."""
        if not self._one.acquire(timeout=self.patience):
            raise WorkshopError("Too many are trying secrets at the moment; wait a minute and try again.")
        try:
            time.sleep(self.seconds)
            return hmac.compare_digest(secret_digest(given), secret_digest(secret))
        finally:
            self._one.release()
