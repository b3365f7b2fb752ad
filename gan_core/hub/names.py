"""Names from elsewhere: of repositories, their revisions and their files."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from gan_core.hub._errors import HubError, redacted
from gan_core.models.metadata import SUFFIXES
from gan_core.system import places, settings
from gan_core.system.errors import WorkshopError

COMMIT = re.compile(r"[0-9a-f]{40}")
REVISION = re.compile(r"[\w][\w./-]{0,199}", re.ASCII)
WEIGHTS, CARD, SAMPLES, CONFIG = "model.safetensors", "README.md", "samples.png", "config.json"
"""The files of a repository of ours."""
WEIGHTS_NAMES = (WEIGHTS, "pytorch_model.bin", *(f"generator{suffix}" for suffix in SUFFIXES))
"""Usual names of weights files, in order of preference."""
WINDOWS_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""On Windows these are no files, whatever follows the dot."""
MAX_LISTED = 8


def parse(text: str, revision: str | None = None) -> tuple[str, str | None]:
    """Repository and revision of `OWNER/NAME`, `OWNER/NAME@REVISION` or a page's address; raises WorkshopError."""
    given = text.strip()
    for start in (settings.current().endpoint, places.HUB, "https://hf.co"):
        if given.startswith(f"{start}/"):
            parts = given.removeprefix(f"{start}/").rstrip("/").split("/")
            given = "/".join(parts[:2])
            if len(parts) >= 4 and parts[2] in ("tree", "blob", "resolve"):
                given += f"@{parts[3]}"
            break
    repo, at, suffix = given.partition("@")
    if at and revision and suffix != revision:
        raise WorkshopError(f"revision: {redacted(revision)!r} was given beside {redacted(suffix)!r}; give only one.")
    revision = suffix if at else revision
    if revision is not None and (not REVISION.fullmatch(revision) or ".." in revision):
        raise WorkshopError(f"revision: {redacted(revision)!r} was given; allowed: a branch, a tag or a commit.")
    return check_repo(repo), revision


def check_repo(name: str) -> str:
    """`name` if it is valid for a repository, `OWNER/NAME` by the Hub's rules; raises WorkshopError."""
    if not is_valid_repo(name):
        raise WorkshopError(
            f"repository: {redacted(name)!r} was given; allowed: OWNER/NAME, each of at most 96 letters, digits, "
            "'-', '_' and '.', without '--' or '..', and not with '-', '.' or '.git' at an end."
        )
    return name


def is_valid_repo(name: object) -> bool:
    """Whether a repository may have this name."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(name)  # pyright: ignore[reportArgumentType]  # it also raises for what is no text
    except HFValidationError:
        return False
    return str(name).count("/") == 1


def choose(files: Sequence[str], repo: str, file: str | None = None) -> str:
    """The weights file to pull: `file`, or the obvious one of `files`; raises HubError with what there is.

    Also raises for a repository with a file name that would leave its folder, as no honest one has.
    """
    for name in files:
        parts = name.split("/")
        if {"", ".", ".."} & set(parts) or "\\" in name or ":" in parts[0] or not name.isprintable():
            raise HubError("format", f"{repo} holds an unsafe file name, {redacted(name)!r}: it is not pulled.")
    weights = [name for name in files if name.lower().endswith(SUFFIXES)]
    if file is None:
        candidates = [name for name in WEIGHTS_NAMES if name in files][:1] or weights
    else:
        candidates = [file] if file in weights else []
    if len(candidates) == 1:
        if any(WINDOWS_DEVICES.fullmatch(part) for part in PurePosixPath(candidates[0]).parts):
            raise HubError("format", f"{repo}: {redacted(candidates[0])!r} is not a valid file name on every system.")
        return candidates[0]
    if file is not None:
        raise HubError("format", f"file: {redacted(file)!r} was given; {repo} has {_listed(weights) or 'no weights'}.")
    if weights:
        raise HubError("format", f"{repo} has several files of weights, name one of them: {_listed(weights)}.")
    there = _listed(files) or "no files"
    raise HubError("format", f"{repo} has no file of weights ({', '.join(SUFFIXES)}); it has {there}.")


def _listed(files: Sequence[str]) -> str:
    more = len(files) - MAX_LISTED
    return ", ".join(redacted(name) for name in files[:MAX_LISTED]) + (f" and {more:,} more" if more > 0 else "")
