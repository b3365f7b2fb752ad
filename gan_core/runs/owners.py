"""Ownership records on a shared instance: who started a run or added pictures, without storing identities.

A visitor is a random number that the browser keeps. A record holds its hash with a salt of its own, so it lets nobody
act as that visitor and does not show which things belong to the same one.
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

VISITOR_ID = re.compile(r"[0-9a-f]{32}")
"""A visitor's id, made by the browser: 128 random bits."""


class OwnershipRecord(BaseModel):
    """The content of a record's file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    salt: str
    digest: str


def record_path(path: Path) -> Path:
    """Where the ownership record of `path` lies: inside a folder, such as a run's, and beside a file."""
    return path.with_name(f"{path.stem}.owner") if path.suffix and not path.is_dir() else path / "owner.json"


def is_visitor_id(visitor: object) -> bool:
    """Whether this could be a visitor's id: a browser may send anything."""
    return isinstance(visitor, str) and VISITOR_ID.fullmatch(visitor) is not None


def set_owner(path: Path, visitor: str) -> None:
    """Record that `path` belongs to `visitor`; raises WorkshopError for an invalid id."""
    if not is_visitor_id(visitor):
        raise WorkshopError("This browser could not be told from others; load the page anew and try again.")
    salt = secrets.token_hex(16)
    record = OwnershipRecord(salt=salt, digest=_digest(salt, visitor))
    files.write_atomic(record_path(path), record.model_dump_json().encode())


def is_owner(path: Path, visitor: str | None) -> bool:
    """Whether `path` belongs to `visitor`; False if it has no record, or a damaged one."""
    if visitor is None or not is_visitor_id(visitor):
        return False
    try:
        record = OwnershipRecord.model_validate_json(record_path(path).read_bytes())
    except (OSError, ValidationError):
        return False
    return hmac.compare_digest(record.digest, _digest(record.salt, visitor))


def secret_digest(secret: str) -> str:
    """The hash by which a session remembers that its visitor gave the owner's secret."""
    return _digest("owner", secret)


def _digest(salt: str, text: str) -> str:
    return hashlib.sha256(f"{salt}/{text}".encode()).hexdigest()


class LoginLimiter:
    """Limits guesses at the owner's secret: one at a time for all visitors together, each takes `seconds`.

    So guessing locks nobody else out for longer than a guess takes, and the duration of a guess reveals nothing. A
    visitor who waits for others longer than `max_wait` seconds gets an error.
    """

    def __init__(self, seconds: float = 1.0, max_wait: float = 20.0) -> None:
        self.seconds, self.max_wait = seconds, max_wait
        self._lock = threading.Lock()

    def check(self, given: str, secret: str) -> bool:
        """Whether `given` is the secret; raises WorkshopError if too many others are guessing."""
        if not self._lock.acquire(timeout=self.max_wait):
            raise WorkshopError("Too many are trying secrets at the moment; wait a minute and try again.")
        try:
            time.sleep(self.seconds)
            return hmac.compare_digest(secret_digest(given), secret_digest(secret))
        finally:
            self._lock.release()
