"""Pull a model into the store: one verified file of one commit.

A partial download stays in a folder of its own, so that a pull that was interrupted or cancelled resumes.
"""

import hashlib
import re
import shutil
import time
from pathlib import Path, PurePosixPath

from filelock import FileLock

from gan_core.hub import _download, _errors, _listing, credentials, names
from gan_core.hub._download import Progress
from gan_core.hub._errors import HubError, redacted
from gan_core.hub._listing import Listing
from gan_core.hub.credentials import Token
from gan_core.models import store
from gan_core.models.store import StoredModel
from gan_core.system import places, settings
from gan_core.system.errors import WorkshopError

KEEP_DAYS = 7
"""How long a partial download is kept."""
MAX_FILE_LENGTH = 40
"""Characters of a file's name in an id."""
UNRELATED_ERRORS = ("network", "server", "busy", "offline")
"""Kinds of errors that say nothing about the repository itself."""


def pull(
    repo: str,
    revision: str | None = None,
    *,
    file: str | None = None,
    token: Token = None,
    on_progress: Progress = lambda done, total: None,
) -> StoredModel:
    """Download a model into the store, from `revision` or the newest commit; raises WorkshopError.

    `repo` is `OWNER/NAME`, optionally with `@REVISION`, or the address of its page. `file` names the weights file if
    there are several. A stored model is returned at once: by its commit without contacting the Hub, and the newest
    that was pulled if the Hub cannot be reached.
    """
    repo, revision = names.parse(repo, revision)
    local = _stored(repo, file)
    for model in local:
        if revision and len(revision) >= 7 and model.origin.commit.startswith(revision.lower()):
            return model
    try:
        listing = _listing.info(repo, revision, token, file)
    except HubError as error:
        if error.kind in UNRELATED_ERRORS and revision is None and local:
            return local[0]
        raise
    return _same(local, listing) or _download_and_add(listing, token, on_progress)


def model_id(listing: Listing) -> str:
    """The id in the store, with the file's name if that is not the obvious one; raises WorkshopError if invalid.

    Also raises if another file is stored by that id, through a similar name or by an earlier version.
    """
    file = re.sub(r"[^A-Za-z0-9]+", "-", listing.file)[-MAX_FILE_LENGTH:].strip("-")
    name = f"{listing.repo}@{listing.commit[:7]}" + (f"-{file}" if listing.explicit_file else "")
    store.check_id(name)
    other = next((model.origin.file for model in store.list_all()[0] if model.id == name), listing.file)
    if other != listing.file:
        raise WorkshopError(
            f"{name} is here already, made of the file {redacted(other)}: delete it first to pull "
            f"{redacted(listing.file)} in its place."
        )
    return name


def checked_size(listing: Listing) -> int:
    """The bytes to download; raises HubError if the file is not acceptable."""
    if listing.problem:
        raise HubError("format", listing.problem)
    if not listing.bytes or not (listing.sha256 or listing.git_sha1):
        file = redacted(listing.file)
        raise HubError("server", f"{listing.repo}: the Hub does not say how large {file} is, or what its hash is.")
    limit = settings.current().max_bytes
    if listing.bytes > limit:
        raise HubError(
            "too_large",
            f"{listing.repo}: {redacted(listing.file)} has {_mb(listing.bytes)}; at most {_mb(limit)} are pulled, "
            "set GAN_PULL_MB to raise that.",
        )
    return listing.bytes


def _stored(repo: str, file: str | None) -> list[StoredModel]:
    """What has been pulled of a repository from this Hub, the newest first; of any obvious file without `file`."""
    return [
        model
        for model in store.list_all()[0]
        if model.origin.kind == "pulled"
        and model.origin.endpoint == _custom_endpoint()
        and model.origin.repo.lower() == repo.lower()  # the Hub ignores case
        and (model.id.endswith(f"@{model.origin.commit[:7]}") if file is None else model.origin.file == file)
    ]


def _same(models: list[StoredModel], listing: Listing) -> StoredModel | None:
    """The stored model of the same commit and file."""
    wanted = listing.commit, listing.file
    return next((model for model in models if (model.origin.commit, model.origin.file) == wanted), None)


def _download_and_add(listing: Listing, token: Token, on_progress: Progress) -> StoredModel:
    name, size = model_id(listing), checked_size(listing)
    origin = store.Origin(
        kind="pulled",
        repo=listing.repo,
        commit=listing.commit,
        file=listing.file,
        endpoint=_custom_endpoint(),
        licence=listing.licence,
    )
    try:
        staging = _staging(listing)
        with FileLock(staging.with_suffix(".lock")):  # a simultaneous pull of the same waits, and finds it stored
            if model := _same(_stored(listing.repo, listing.file), listing):
                return model
            staging.mkdir(exist_ok=True)
            path = staging / f"model{PurePosixPath(listing.file).suffix.lower()}"
            _check_disk(staging, path, size)
            _download.download(listing, path, credentials.token(token), on_progress)
            _download.verify(listing, path)
            try:
                model = store.add(path, name, origin)
            except WorkshopError as error:
                shutil.rmtree(staging)  # complete, but unusable
                folders = re.escape(str(store.folder())) + r"\S*?(?=[.:,]?(\s|$))"  # paths of this machine
                local_paths = rf"{folders}|(?<![\w./-]){re.escape(path.name)}"
                message = re.sub(local_paths, lambda _: f"{listing.repo}/{redacted(listing.file)}", str(error))
                raise HubError("format", message) from None
            shutil.rmtree(staging)
            return model
    except OSError as error:
        raise _errors.from_disk(error) from None


def _staging(listing: Listing) -> Path:
    """The folder for a partial download of this very file; abandoned ones of others are removed."""
    parent = store.folder() / ".pulling"
    parent.mkdir(parents=True, exist_ok=True)
    for other in parent.iterdir():
        if time.time() - _last_used(other) > KEEP_DAYS * 86_400:
            shutil.rmtree(other, ignore_errors=True)  # another pull may be removing it as well
    key = f"{settings.current().endpoint} {listing.repo} {listing.commit} {listing.file}"
    return parent / hashlib.sha256(key.encode()).hexdigest()[:32]


def _last_used(folder: Path) -> float:
    """When something in a folder was last written; of anything else, now."""
    try:
        return max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
    except (FileNotFoundError, NotADirectoryError):  # just removed by another pull, or a lock
        return time.time()


def _check_disk(staging: Path, path: Path, size: int) -> None:
    """Raises HubError unless the file fits twice: the store makes a copy, which may be converted."""
    done = path.stat().st_size if path.exists() else 0
    needed, free = 2 * size - done, shutil.disk_usage(staging).free
    if needed > free:
        raise HubError("disk_full", f"The disk has {_mb(free)} left, and this needs {_mb(needed)}: make room first.")


def _custom_endpoint() -> str:
    endpoint = settings.current().endpoint
    return "" if endpoint == places.HUB else endpoint


def _mb(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"
