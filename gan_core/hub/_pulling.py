"""Pulling a model: one file of one commit, whole and as the Hub has stated it, then into the store.

What has come so far stays in a folder of its own until the file is whole, so that a pull that was broken off or
cancelled goes on where it was.
"""

import hashlib
import re
import shutil
import time
from pathlib import Path, PurePosixPath

from filelock import FileLock

from gan_core.hub import _errors as errors
from gan_core.hub import _listing as listing
from gan_core.hub import _transfer as transfer
from gan_core.hub import credentials, names
from gan_core.hub._errors import HubError
from gan_core.hub._listing import Listing
from gan_core.hub._transfer import Progress
from gan_core.hub.credentials import Token
from gan_core.models import store
from gan_core.system import places, settings
from gan_core.system.errors import WorkshopError

KEEP_DAYS = 7
"""How long the beginning of a file is kept for a pull that may go on with it."""
MOST_LETTERS = 40
"""Of the file in an id."""
ELSEWHERE = ("network", "server", "busy", "offline")
"""Kinds of errors that say nothing of the repository itself."""


def pull(
    repo: str,
    revision: str | None = None,
    *,
    file: str | None = None,
    token: Token = None,
    on_progress: Progress = lambda done, total: None,
) -> store.Kept:
    """Fetch a model into the store, from `revision` or the newest commit; raises WorkshopError with one sentence.

    `repo` is `OWNER/NAME`, with `@REVISION` if wanted, or the address of its page. `file` names the file of weights
    where there are several. What is here already is given back at once: by its commit without asking the Hub, and
    the newest one that was pulled where the Hub cannot be asked.
    """
    repo, revision = names.parse(repo, revision)
    here = _here(repo, file)
    for kept in here:
        if revision and len(revision) >= 7 and kept.origin.commit.startswith(revision.lower()):
            return kept
    try:
        found = listing.info(repo, revision, token, file)
    except HubError as error:
        if error.kind in ELSEWHERE and revision is None and here:
            return here[0]
        raise
    return _of(here, found) or _fetched(found, token, on_progress)


def name_of(found: Listing) -> str:
    """The id in the store, which carries a file that had to be named; raises WorkshopError where it cannot be one.

    No other file may be here by that id: as an earlier version called them all alike, or with a name that comes close.
    """
    file = re.sub(r"[^A-Za-z0-9]+", "-", found.file)[-MOST_LETTERS:].strip("-")
    name = f"{found.repo}@{found.commit[:7]}" + (f"-{file}" if found.named else "")
    store.check_id(name)
    other = next((kept.origin.file for kept in store.everything()[0] if kept.id == name), found.file)
    if other != found.file:
        raise WorkshopError(
            f"{name} is here already, made of the file {errors.said(other)}: delete it first to pull "
            f"{errors.said(found.file)} in its place."
        )
    return name


def check(found: Listing) -> int:
    """The bytes of what would be pulled; raises HubError where it will not do, before anything is pulled."""
    if found.problem:
        raise HubError("format", found.problem)
    if not found.bytes or not (found.sha256 or found.blob):
        file = errors.said(found.file)
        raise HubError("server", f"{found.repo}: the Hub does not say how large {file} is, or what its hash is.")
    limit = settings.current().max_bytes
    if found.bytes > limit:
        raise HubError(
            "too_large",
            f"{found.repo}: {errors.said(found.file)} has {_mb(found.bytes)}; at most {_mb(limit)} are pulled, "
            "set GAN_PULL_MB to raise that.",
        )
    return found.bytes


def _here(repo: str, file: str | None) -> list[store.Kept]:
    """What has been pulled of a repository from this Hub, the newest first."""
    place = _elsewhere(settings.current().endpoint)
    pulled = [kept for kept in store.everything()[0] if kept.origin.kind == "pulled" and kept.origin.endpoint == place]
    wanted = [kept for kept in pulled if kept.origin.repo.lower() == repo.lower()]  # the Hub does not mind capitals
    return [kept for kept in wanted if (_usual(kept) if file is None else kept.origin.file == file)]


def _usual(kept: store.Kept) -> bool:
    """Whether no file had to be named for it: then its id ends with its commit."""
    return kept.id.endswith(f"@{kept.origin.commit[:7]}")


def _of(here: list[store.Kept], found: Listing) -> store.Kept | None:
    """The one among those that are here."""
    return next((kept for kept in here if (kept.origin.commit, kept.origin.file) == (found.commit, found.file)), None)


def _fetched(found: Listing, token: Token, on_progress: Progress) -> store.Kept:
    name, size = name_of(found), check(found)
    origin = store.Origin(
        kind="pulled",
        repo=found.repo,
        commit=found.commit,
        file=found.file,
        endpoint=_elsewhere(settings.current().endpoint),
        licence=found.licence,
    )
    try:
        staging = _staging(found)
        with FileLock(staging.with_suffix(".lock")):  # who pulls the same at once waits, and finds it done
            if done := _of(_here(found.repo, found.file), found):
                return done
            staging.mkdir(exist_ok=True)
            path = staging / f"model{PurePosixPath(found.file).suffix.lower()}"
            _check_room(staging, path, size)
            transfer.fetch(found, path, credentials.token(token), on_progress)
            transfer.check(found, path)
            try:
                kept = store.take(path, name, origin)
            except WorkshopError as error:
                shutil.rmtree(staging)  # it is whole, and of no use
                folders = re.escape(str(store.folder())) + r"\S*?(?=[.:,]?(\s|$))"  # paths of this machine
                ours = rf"{folders}|(?<![\w./-]){re.escape(path.name)}"
                told = re.sub(ours, lambda _: f"{found.repo}/{errors.said(found.file)}", str(error))
                raise HubError("format", told) from None
            shutil.rmtree(staging)
            return kept
    except OSError as error:
        raise errors.on_disk(error) from None


def _staging(found: Listing) -> Path:
    """The folder for the beginnings of this very file; those of others that nobody came back for are removed."""
    place = store.folder() / ".pulling"
    place.mkdir(parents=True, exist_ok=True)
    for other in place.iterdir():
        if time.time() - _last_used(other) > KEEP_DAYS * 86_400:
            shutil.rmtree(other, ignore_errors=True)  # another pull may be removing it as well
    content = f"{settings.current().endpoint} {found.repo} {found.commit} {found.file}"
    return place / hashlib.sha256(content.encode()).hexdigest()[:32]


def _last_used(folder: Path) -> float:
    """When something in a folder was last written; of anything else, now."""
    try:
        return max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
    except (FileNotFoundError, NotADirectoryError):  # just removed by another pull, or a lock
        return time.time()


def _check_room(staging: Path, path: Path, size: int) -> None:
    """Twice the file must fit: the store takes a copy, which may be converted."""
    there = path.stat().st_size if path.exists() else 0
    needed, free = 2 * size - there, shutil.disk_usage(staging).free
    if needed > free:
        raise HubError("disk_full", f"The disk has {_mb(free)} left, and this needs {_mb(needed)}: make room first.")


def _elsewhere(endpoint: str) -> str:
    return "" if endpoint == places.HUB else endpoint


def _mb(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"
