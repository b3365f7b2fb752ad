"""Publish a folder as a model repository: check the account, create the repository, commit all files at once."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_core.hub import _client, _listing, _upload, credentials, names
from gan_core.hub._download import Progress
from gan_core.hub._errors import HubError, redacted
from gan_core.hub.credentials import Token
from gan_core.system import settings
from gan_core.system.errors import WorkshopError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

REQUIRED_FILES = (names.WEIGHTS, names.CARD)
NEW_REPO_FILES = (".gitattributes", names.CARD)
"""What a repository may hold that somebody has just created on the Hub's page."""


@dataclass(frozen=True)
class PushResult:
    """The address of the repository's page, and the commit, 40 hexadecimal digits."""

    url: str
    commit: str


def whoami(token: Token = None) -> str | None:
    """The account of the token; None without a token. Raises HubError for one that is not accepted."""
    found = credentials.token(token)
    return None if found is None else str(account(found)["name"])


def push(
    folder: Path,
    repo: str,
    *,
    private: bool,
    token: Token = None,
    on_progress: Progress = lambda done, total: None,
) -> PushResult:
    """Publish the files of `folder` as `repo`, which is created if necessary; raises WorkshopError.

    An existing repository must be one of ours and have the requested visibility: no other is changed. All files come
    in one commit, or none does.
    """
    names.check_repo(repo)
    files = _files(folder)
    _client.check_online()
    secret = credentials.required_token(token)
    check_owner(account(secret), repo)
    api = _client.api(secret)
    _create_or_check(api, repo, private, secret)
    title = f"Upload a model of GAN Workshop: {len(files)} files"
    commit = _upload.commit(api, repo, files, on_progress, title=title)
    return PushResult(f"{settings.current().endpoint}/{repo}", commit)


def _files(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise WorkshopError(f"folder: {folder} was given, but is no folder.")
    files = {path.name: path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.startswith(".")}
    missing = [name for name in REQUIRED_FILES if name not in files]
    if missing:
        raise WorkshopError(f"folder: {folder} has no {missing[0]}; a model needs {' and '.join(REQUIRED_FILES)}.")
    return files


def account(token: str) -> dict[str, Any]:
    """What the Hub says of the token's account; raises HubError for a token that is not accepted."""
    api = _client.api(token)
    return _client.with_retries(lambda: {"name": None} | api.whoami(), "this account")


def check_owner(account: dict[str, Any], repo: str) -> None:
    """Raises HubError if this account may not write `repo`: the Hub itself answers 403 whatever the reason."""
    owners = [account["name"], *(org.get("name") for org in account.get("orgs") or ())]
    if repo.partition("/")[0].lower() not in [str(name).lower() for name in owners]:
        allowed = ", ".join(f"{redacted(name)}/…" for name in owners)
        raise HubError("login", f"repository: {repo} was given, but the token may only publish under {allowed}.")
    role = ((account.get("auth") or {}).get("accessToken") or {}).get("role")
    if role == "read":
        raise HubError("login", "The token may only read: create one that may write in the settings of your account.")


def _create_or_check(api: "HfApi", repo: str, private: bool, token: str) -> None:
    from huggingface_hub.errors import HfHubHTTPError

    def create() -> bool:
        try:
            api.create_repo(repo, private=private)
        except HfHubHTTPError as error:
            if error.response.status_code != 409:
                raise
            return False
        return True

    if _client.with_retries(create, repo):
        return
    existing = _listing.info(repo, token=token)
    if existing.private != private:
        visibility = "private" if existing.private else "public"
        raise HubError("format", f"{repo} exists already and is {visibility}: change that on its page or name another.")
    files = _client.with_retries(lambda: api.list_repo_files(repo), repo)
    if _listing.TAG not in existing.tags and not {*files} <= {*NEW_REPO_FILES}:
        raise HubError("format", f"{repo} exists already and is no model of ours, so it is left alone: name another.")
