"""A Hugging Face Space that runs this program: made, or brought up to date, through the Hub's API.

What goes there is what git tracks, as it lies in the folder; the Hub builds it from the Dockerfile. Limits are
variables of the Space and the owner's secret is one of its secrets: both are changed in its settings at any time.
"""

import io
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gan_core.hub import _client as client
from gan_core.hub import _errors as errors
from gan_core.hub import credentials, names, publishing
from gan_core.hub._errors import HubError
from gan_core.hub.credentials import Token
from gan_core.hub.publishing import Progress
from gan_core.runs import limits
from gan_core.system import places, settings
from gan_core.system.errors import WorkshopError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

NEEDED = ("README.md", "Dockerfile", "app.py", "requirements.txt", "gan_core/__main__.py")
"""What every version of this program has: a Space is built from them, and known as one of ours by them."""
THEIRS = (".gitattributes",)
"""Files that the Hub itself puts into a new Space, and which stay."""


@dataclass(frozen=True)
class Plan:
    """What would be done. `variables` are all that the Space should have, `given` the names of those set on purpose."""

    repo: str
    folder: Path
    files: tuple[str, ...]
    bytes: int
    variables: dict[str, str]
    given: frozenset[str]

    @property
    def url(self) -> str:
        return f"{settings.current().endpoint}/spaces/{self.repo}"


@dataclass(frozen=True)
class Published:
    """Where it is, the commit that was made, 40 hexadecimal digits, and whether the Space is new."""

    url: str
    commit: str
    created: bool


def plan(repo: str, folder: Path | None = None) -> Plan:
    """Look at the program's folder and the environment; asks nobody.

    Raises WorkshopError for a name that the Hub cannot have, bad limits, and a folder that could not be built.
    """
    names.check_repo(repo)
    folder = folder or places.ROOT
    found = tracked(folder)
    missing = [name for name in NEEDED if name not in found]
    if missing:
        raise WorkshopError(f"{folder} lacks {', '.join(missing)}, which git must track: a Space is built from them.")
    if not re.match(r"---\n(?:.*\n)*?sdk: docker\n", (folder / "README.md").read_text(encoding="utf-8")):
        raise WorkshopError("README.md must begin with the Space's settings between --- lines, `sdk: docker` in them.")
    variables = limits.from_environment().variables()
    given = frozenset(f"GAN_{name.upper()}" for name in settings.current().model_fields_set) & variables.keys()
    total = sum((folder / name).stat().st_size for name in found)
    return Plan(repo, folder, tuple(found), total, variables, given)


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


def publish(
    wanted: Plan,
    *,
    private: bool = False,
    hardware: str | None = None,
    secret: str | None = None,
    token: Token = None,
    on_progress: Progress = lambda done, total: None,
) -> Published:
    """Create the Space or bring it up to date; the settings of one that is there stay, but for those given.

    All files come in one commit. Raises WorkshopError with one sentence; what is set by then stays, and the same call
    goes on from there.
    """
    client.ready()
    found = credentials.token(token)
    if found is None:
        raise HubError("login", f"A Space needs a token that may write: {errors.LOG_IN}.")
    publishing.check_owner(publishing.account(found), wanted.repo)
    api = client.api(found)
    created = _make(api, wanted, private, hardware)
    known = {} if created else client.patiently(lambda: api.get_space_variables(wanted.repo), wanted.repo)
    for name, value in wanted.variables.items():
        if name not in known or name in wanted.given:
            client.patiently(lambda name=name, value=value: api.add_space_variable(wanted.repo, name, value))
    if secret:
        secret = settings.current(owner_secret=secret).owner_secret or ""  # raises for a short one
        client.patiently(lambda: api.add_space_secret(wanted.repo, "GAN_OWNER_SECRET", secret), wanted.repo)
    if hardware and not created:
        client.patiently(lambda: api.request_space_hardware(wanted.repo, hardware), wanted.repo)  # pyright: ignore[reportArgumentType] - the Hub knows which there are
    return Published(wanted.url, _upload(api, wanted, on_progress), created)


def _make(api: "HfApi", wanted: Plan, private: bool, hardware: str | None) -> bool:
    """Whether it had to be created; raises HubError where what is there is of another kind."""
    from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

    def ask():
        try:
            return api.space_info(wanted.repo)
        except RepositoryNotFoundError:
            return None

    def make() -> None:
        try:
            api.create_repo(
                wanted.repo,
                repo_type="space",
                space_sdk="docker",
                private=private or None,
                space_hardware=hardware,  # pyright: ignore[reportArgumentType] - the Hub knows which there are
            )
        except HfHubHTTPError as error:
            if error.response.status_code != 402:
                raise
            who = wanted.repo.partition("/")[0]
            sentence = f"The Hub asks {who} for a subscription, or for paid hardware (--hardware), for such a Space."
            raise HubError("login", sentence) from None

    there = client.patiently(ask, wanted.repo)
    if there is None:
        client.patiently(make, wanted.repo)
        return True
    if there.sdk not in (None, "docker"):
        sdk = errors.said(there.sdk)
        raise HubError("format", f"{wanted.repo} is there already, with the SDK {sdk!r}: name another.")
    if private and not there.private:
        raise HubError("format", f"{wanted.repo} is there already and public: make it private in its settings first.")
    _check_ours(api, wanted.repo)
    return False


def _check_ours(api: "HfApi", repo: str) -> None:
    """Raise HubError for a Space of something else, for all that is not ours would be deleted there."""
    files = {*client.patiently(lambda: api.list_repo_files(repo, repo_type="space"), repo)}
    if not files >= {*NEEDED} and not files <= {*publishing.EMPTY}:
        raise HubError("format", f"{repo} is there already and no Space of this program: name another.")


def _upload(api: "HfApi", wanted: Plan, on_progress: Progress) -> str:
    """One commit that makes the Space hold just our files; returns its id."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    there = client.patiently(lambda: api.list_repo_files(wanted.repo, repo_type="space"), wanted.repo)
    gone = [CommitOperationDelete(name) for name in sorted({*there} - {*wanted.files, *THEIRS})]

    def commit() -> str:
        on_progress(0, wanted.bytes)
        # content instead of paths: it is sent by HTTP, whose bytes can be counted, and not by hf_xet
        added = [CommitOperationAdd(name, io.BytesIO((wanted.folder / name).read_bytes())) for name in wanted.files]
        title = "GAN Workshop, brought up to date"
        with publishing.counting(wanted.bytes, on_progress):
            try:
                return api.create_commit(wanted.repo, [*added, *gone], commit_message=title, repo_type="space").oid
            except RuntimeError as error:  # how it wraps what went wrong with a large file
                raise error.__cause__ or error from None

    found = client.patiently(commit, wanted.repo)
    on_progress(wanted.bytes, wanted.bytes)
    return found
