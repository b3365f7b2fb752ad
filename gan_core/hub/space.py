"""Create or update a Hugging Face Space that runs this program, through the Hub's API.

It gets the files that git tracks, and the Hub builds it from the Dockerfile. Limits are variables of the Space and the
owner's secret is one of its secrets: both can be changed in its settings at any time.
"""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gan_core.hub import _client, _upload, credentials, names, publishing
from gan_core.hub._download import Progress
from gan_core.hub._errors import HubError, redacted
from gan_core.hub.credentials import Token
from gan_core.runs import limits
from gan_core.system import places, settings
from gan_core.system.errors import WorkshopError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

REQUIRED_FILES = ("README.md", "Dockerfile", "app.py", "requirements.txt", "gan_core/__main__.py")
"""What every version of this program has: a Space is built from them, and recognised as one of ours by them."""
HUB_FILES = (".gitattributes",)
"""Files that the Hub itself puts into a new Space; they stay."""


@dataclass(frozen=True)
class SpacePlan:
    """What would be published. `variables` are all that the Space needs, `given` names those set in the environment."""

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
class PublishedSpace:
    """Its address, the commit, 40 hexadecimal digits, and whether the Space is new."""

    url: str
    commit: str
    created: bool


def plan(repo: str, folder: Path | None = None) -> SpacePlan:
    """What `publish` would do, from the program's folder and the environment; contacts nobody.

    Raises WorkshopError for an invalid name, invalid limits, and a folder that cannot be built.
    """
    names.check_repo(repo)
    folder = folder or places.ROOT
    files = tracked_files(folder)
    missing = [name for name in REQUIRED_FILES if name not in files]
    if missing:
        raise WorkshopError(f"{folder} lacks {', '.join(missing)}, which git must track: a Space is built from them.")
    if not re.match(r"---\n(?:.*\n)*?sdk: docker\n", (folder / "README.md").read_text(encoding="utf-8")):
        raise WorkshopError("README.md must begin with the Space's settings between --- lines, `sdk: docker` in them.")
    variables = limits.from_environment().variables()
    given = frozenset(f"GAN_{name.upper()}" for name in settings.current().model_fields_set) & variables.keys()
    total = sum((folder / name).stat().st_size for name in files)
    return SpacePlan(repo, folder, tuple(files), total, variables, given)


def tracked_files(folder: Path) -> list[str]:
    """The files that git tracks and that exist; raises WorkshopError without git."""
    try:
        done = subprocess.run(["git", "ls-files", "-z"], cwd=folder, capture_output=True, text=True, check=True)
    except FileNotFoundError:
        raise WorkshopError("git is not installed; it knows which files belong to the program.") from None
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or ["git failed"])[-1]
        raise WorkshopError(f"{folder} is no checkout of the program ({reason}); clone its repository.") from None
    return [name for name in done.stdout.split("\0") if name and (folder / name).is_file()]


def publish(
    space: SpacePlan,
    *,
    private: bool = False,
    hardware: str | None = None,
    secret: str | None = None,
    token: Token = None,
    on_progress: Progress = lambda done, total: None,
) -> PublishedSpace:
    """Create or update the Space; the settings of an existing one stay, except for the given ones.

    All files come in one commit. Raises WorkshopError; what is done by then stays, and the same call continues.
    """
    _client.check_online()
    write_token = credentials.required_token(token)
    publishing.check_owner(publishing.account(write_token), space.repo)
    api = _client.api(write_token)
    created = _create_or_check(api, space.repo, private, hardware)
    existing = {} if created else _client.with_retries(lambda: api.get_space_variables(space.repo), space.repo)
    for name, value in space.variables.items():
        if name not in existing or name in space.given:
            _client.with_retries(lambda name=name, value=value: api.add_space_variable(space.repo, name, value))
    if secret:
        secret = settings.current(owner_secret=secret).owner_secret or ""  # raises for a short one
        _client.with_retries(lambda: api.add_space_secret(space.repo, "GAN_OWNER_SECRET", secret), space.repo)
    if hardware and not created:
        _client.with_retries(lambda: api.request_space_hardware(space.repo, hardware), space.repo)  # pyright: ignore[reportArgumentType] - the Hub knows which there are
    there = _client.with_retries(lambda: api.list_repo_files(space.repo, repo_type="space"), space.repo)
    commit = _upload.commit(
        api,
        space.repo,
        {name: space.folder / name for name in space.files},
        on_progress,
        title="GAN Workshop, brought up to date",
        repo_type="space",
        delete=sorted({*there} - {*space.files, *HUB_FILES}),
    )
    return PublishedSpace(space.url, commit, created)


def _create_or_check(api: "HfApi", repo: str, private: bool, hardware: str | None) -> bool:
    """Whether the Space had to be created; raises HubError if the existing one is no Space of this program."""
    from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

    def find():
        try:
            return api.space_info(repo)
        except RepositoryNotFoundError:
            return None

    def create() -> None:
        try:
            api.create_repo(
                repo,
                repo_type="space",
                space_sdk="docker",
                private=private or None,
                space_hardware=hardware,  # pyright: ignore[reportArgumentType] - the Hub knows which there are
            )
        except HfHubHTTPError as error:
            if error.response.status_code != 402:
                raise
            owner = repo.partition("/")[0]
            sentence = f"The Hub asks {owner} for a subscription, or for paid hardware (--hardware), for such a Space."
            raise HubError("login", sentence) from None

    existing = _client.with_retries(find, repo)
    if existing is None:
        _client.with_retries(create, repo)
        return True
    if existing.sdk not in (None, "docker"):
        raise HubError("format", f"{repo} exists already, with the SDK {redacted(existing.sdk)!r}: name another.")
    if private and not existing.private:
        raise HubError("format", f"{repo} exists already and is public: make it private in its settings first.")
    files = {*_client.with_retries(lambda: api.list_repo_files(repo, repo_type="space"), repo)}
    if not files >= {*REQUIRED_FILES} and not files <= {*publishing.NEW_REPO_FILES}:  # all others would be deleted
        raise HubError("format", f"{repo} exists already and is no Space of this program: name another.")
    return False
