"""Names that come from others: of repositories, their revisions and their files."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from gan_core.hub._errors import HubError, said
from gan_core.system import places, settings
from gan_core.system.errors import WorkshopError

COMMIT = re.compile(r"[0-9a-f]{40}")
REVISION = re.compile(r"[\w][\w./-]{0,199}", re.ASCII)
OURS = "model.safetensors"
SHEET = "samples.png"
KNOWN = (OURS, "pytorch_model.bin", *(f"generator.{kind}" for kind in ("safetensors", "pth", "pt", "bin")))
"""Files of weights by what they are usually called, the first one that is there counts."""
WEIGHTS = (".safetensors", ".pth", ".pt", ".bin")
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""On Windows these are no files, whatever follows the dot."""
MOST_SHOWN = 8


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
    repo, at, named = given.partition("@")
    if at and revision and named != revision:
        raise WorkshopError(f"revision: {said(revision)!r} was given beside {said(named)!r}; give one of them.")
    revision = named if at else revision
    if revision is not None and (not REVISION.fullmatch(revision) or ".." in revision):
        raise WorkshopError(f"revision: {said(revision)!r} was given; allowed: a branch, a tag or a commit.")
    return check_repo(repo), revision


def check_repo(name: str) -> str:
    """`name` if it may be that of a repository, `OWNER/NAME` as the Hub has them; raises WorkshopError."""
    if not sound(name):
        raise WorkshopError(
            f"repository: {said(name)!r} was given; allowed: OWNER/NAME, each of at most 96 letters, digits, "
            "'-', '_' and '.', without '--' or '..', and not with '-', '.' or '.git' at an end."
        )
    return name


def sound(name: object) -> bool:
    """Whether it may be the name of a repository."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(name)  # pyright: ignore[reportArgumentType]  # it says so itself where it is no text
    except HFValidationError:
        return False
    return str(name).count("/") == 1


def check_files(files: Sequence[str], repo: str) -> None:
    """Raises HubError if a file of the repository has a name that would leave its folder, as no honest one has."""
    for name in files:
        parts = name.split("/")
        if {"", ".", ".."} & set(parts) or "\\" in name or ":" in parts[0] or not name.isprintable():
            raise HubError("format", f"{repo} holds a file called {said(name)!r}, which is not safe: it is not pulled.")


def choose(files: Sequence[str], repo: str, file: str | None = None) -> str:
    """The file of weights to pull: `file`, or what there is; raises HubError with what there is."""
    check_files(files, repo)
    weights = [name for name in files if name.lower().endswith(WEIGHTS)]
    if file is None:
        known = [name for name in KNOWN if name in files]
        candidates = known[:1] or weights
    else:
        candidates = [file] if file in weights else []
    if len(candidates) == 1:
        if any(DEVICES.fullmatch(part) for part in PurePosixPath(candidates[0]).parts):
            raise HubError("format", f"{repo}: {said(candidates[0])!r} is not a name for a file on every system.")
        return candidates[0]
    if file is not None:
        raise HubError("format", f"file: {said(file)!r} was given; {repo} has {_listed(weights) or 'no weights'}.")
    if weights:
        raise HubError("format", f"{repo} has several files of weights, name one of them: {_listed(weights)}.")
    there = _listed(files) or "no files"
    raise HubError("format", f"{repo} has no file of weights ({', '.join(WEIGHTS)}); it has {there}.")


def _listed(files: Sequence[str]) -> str:
    more = len(files) - MOST_SHOWN
    return ", ".join(said(name) for name in files[:MOST_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
