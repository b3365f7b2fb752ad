"""A Hugging Face Space that runs this program: made, or brought up to date, through the Hub's API.

What goes there is what git tracks, as it lies in the folder; the Hub builds it from the Dockerfile. Limits are
variables of the Space and the owner's secret is one of its secrets: both are changed in its settings at any time.
"""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gan_core import limits, runs
from gan_core.errors import WorkshopError

NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
HUB = "https://huggingface.co"
NEEDED = ("README.md", "Dockerfile", "app.py", "requirements.txt")
THEIRS = (".gitattributes",)
"""Files that the Hub itself puts into a new Space, and which stay."""

BATCH = 32
"""Files whose content is sent at once, where it goes ahead of the commit."""

Progress = Callable[[int, int], None]
"""Called with how many bytes are there and how many there will be."""


@dataclass(frozen=True)
class Plan:
    """What would be done. `variables` are all that the Space should have, `given` the names of those set on purpose."""

    repo: str
    folder: Path
    files: tuple[str, ...]
    bytes: int
    variables: dict[str, str]
    given: frozenset[str]
    endpoint: str

    @property
    def url(self) -> str:
        return f"{self.endpoint}/spaces/{self.repo}"


@dataclass(frozen=True)
class Published:
    """Where it is, the commit that was made, and whether the Space is new."""

    url: str
    commit: str
    created: bool


def plan(repo: str, folder: Path | None = None) -> Plan:
    """Look at the program's folder and the environment; touches no network.

    Raises WorkshopError for a name that the Hub cannot have, bad limits, and a folder that could not be built.
    """
    if not NAME.fullmatch(repo):
        raise WorkshopError(f"SPACE: {repo!r} was given; allowed: OWNER/NAME with letters, digits, '-', '_' and '.'.")
    folder = folder or runs.ROOT
    names = tracked(folder)
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise WorkshopError(f"{folder} lacks {', '.join(missing)}, which git must track: a Space is built from them.")
    if not re.match(r"---\n(?:.*\n)*?sdk: docker\n", (folder / "README.md").read_text(encoding="utf-8")):
        raise WorkshopError("README.md must begin with the Space's settings between --- lines, `sdk: docker` in them.")
    variables = limits.of_environment().variables()
    given = frozenset(name for name in variables if os.environ.get(name))
    endpoint = (os.environ.get("HF_ENDPOINT") or HUB).rstrip("/")
    total = sum((folder / name).stat().st_size for name in names)
    return Plan(repo, folder, tuple(names), total, variables | {"GAN_PUBLIC": "1"}, given, endpoint)


def tracked(folder: Path) -> list[str]:
    """The files there that git tracks, without those deleted since; raises WorkshopError where there is no git."""
    try:
        found = subprocess.run(["git", "ls-files", "-z"], cwd=folder, capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:
        raise WorkshopError("git is not installed; it knows which files belong to the program.") from None
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or ["git failed"])[-1]
        raise WorkshopError(f"{folder} is no checkout of the program ({reason}); clone its repository.") from None
    return [name for name in found.split("\0") if name and (folder / name).is_file()]


def token() -> str:
    """That of the environment or of the login, never to be shown; raises WorkshopError where there is none."""
    from huggingface_hub import get_token

    found = get_token()
    if not found:
        raise WorkshopError("You are not logged in to the Hub: run `hf auth login`, or set HF_TOKEN.")
    return found


def publish(
    wanted: Plan,
    token: str,
    *,
    private: bool = False,
    hardware: str | None = None,
    secret: str | None = None,
    on_progress: Progress = lambda done, total: None,
) -> Published:
    """Create the Space or bring it up to date; the settings of one that is there stay, but for those given.

    Raises WorkshopError with one sentence; what is done by then stays, and the same call goes on from there.
    """
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        raise WorkshopError("HF_HUB_OFFLINE is set, so nothing is sent to the Hub; unset it and try again.")
    from huggingface_hub import HfApi
    from huggingface_hub.utils import disable_progress_bars

    disable_progress_bars()  # ours says it
    api = HfApi(endpoint=wanted.endpoint, token=token, library_name="gan-workshop")
    with explained(wanted):
        created = _make(api, wanted, private, hardware)
        kept = set() if created else set(api.get_space_variables(wanted.repo)) - wanted.given
        for name, value in wanted.variables.items():
            if name not in kept:
                api.add_space_variable(wanted.repo, name, value)
        if secret:
            api.add_space_secret(wanted.repo, "GAN_OWNER_SECRET", limits.check_secret(secret))
        if hardware and not created:
            api.request_space_hardware(wanted.repo, hardware)  # pyright: ignore[reportArgumentType] - the Hub checks
        commit = _upload(api, wanted, on_progress)
    return Published(wanted.url, commit, created)


def _make(api: Any, wanted: Plan, private: bool, hardware: str | None) -> bool:
    """Whether it had to be created; raises WorkshopError where what is there is of another kind."""
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        there = api.space_info(wanted.repo)
    except RepositoryNotFoundError:
        api.create_repo(
            wanted.repo,
            repo_type="space",
            space_sdk="docker",
            private=private or None,
            space_hardware=hardware,
            exist_ok=True,
        )
        return True
    if there.sdk not in (None, "docker"):
        raise WorkshopError(f"{wanted.repo} is there already, with the SDK {there.sdk!r}; choose another name.")
    if private and not there.private:
        raise WorkshopError(f"{wanted.repo} is there already and public: make it private in its settings first.")
    return False


def _upload(api: Any, wanted: Plan, on_progress: Progress) -> str:
    """One commit that makes the Space hold just our files; returns its id."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        on_progress(min(done, wanted.bytes), wanted.bytes)

    class Told(CommitOperationAdd):
        """A small file goes within the commit: then this is where it is read."""

        def b64content(self) -> bytes:
            tell(self.upload_info.size)
            return super().b64content()

    tell(0)
    additions = [Told(path_in_repo=name, path_or_fileobj=wanted.folder / name) for name in wanted.files]
    for start in range(0, len(additions), BATCH):  # large ones go ahead of it
        batch = additions[start : start + BATCH]
        api.preupload_lfs_files(wanted.repo, batch, repo_type="space", free_memory=False, gitignore_content="")
        tell(sum(one.upload_info.size for one in batch if one._upload_mode == "lfs"))
    there = set(api.list_repo_files(wanted.repo, repo_type="space"))
    gone = sorted(there - {*wanted.files, *THEIRS})
    changes = [*additions, *(CommitOperationDelete(path_in_repo=name) for name in gone)]
    made = api.create_commit(wanted.repo, changes, repo_type="space", commit_message="GAN Workshop, brought up to date")
    on_progress(wanted.bytes, wanted.bytes)
    return made.oid


@contextmanager
def explained(wanted: Plan) -> Iterator[None]:
    """What the Hub, the network and the client refuse, each as a WorkshopError with one sentence."""
    import httpx2
    from huggingface_hub import errors

    try:
        yield
    except errors.OfflineModeIsEnabled:
        raise WorkshopError("HF_HUB_OFFLINE is set, so nothing is sent to the Hub; unset it and try again.") from None
    except errors.HfHubHTTPError as error:
        raise WorkshopError(_refused(error.response.status_code, error.server_message, wanted)) from None
    except (httpx2.HTTPError, ConnectionError, TimeoutError) as error:
        raise WorkshopError(f"The Hub at {wanted.endpoint} cannot be reached ({type(error).__name__}).") from None
    except (ValueError, RuntimeError, OSError) as error:  # the client's own checks, and those of hf-xet
        reason = " ".join(str(error).split())
        raise WorkshopError(f"The Space could not be written: {reason.rstrip('.')}.") from None


def _refused(status: int, message: str | None, wanted: Plan) -> str:
    owner = wanted.repo.partition("/")[0]
    sentences = {
        401: "The Hub does not know this token; run `hf auth login` anew, or set another HF_TOKEN.",
        402: f"The Hub asks {owner} for a subscription or paid hardware (--hardware) for a Space with Docker.",
        403: f"This token may not write to {owner}; make one with that right in your settings on the Hub.",
        404: f"There is no {wanted.repo} that this token may see.",
        409: f"Somebody else is changing {wanted.repo} at this moment; try again.",
        429: "The Hub asks to wait, as there were too many requests; try again in some minutes.",
    }
    if status in sentences:
        return sentences[status]
    if status >= 500:
        return f"The Hub has trouble of its own (status {status}); try again later."
    reason = " ".join((message or f"status {status}").split())
    return f"The Hub refuses: {reason.rstrip('.')}."
