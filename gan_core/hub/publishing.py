"""Publishing a folder as a repository of one's own: who the token is of, the repository, one commit with all files."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_core.hub import _client as client
from gan_core.hub import _errors as errors
from gan_core.hub import _listing as listing
from gan_core.hub import credentials, names
from gan_core.hub._errors import HubError
from gan_core.hub.credentials import Token
from gan_core.system import settings
from gan_core.system.errors import WorkshopError

if TYPE_CHECKING:
    import httpx2
    from huggingface_hub import HfApi

Progress = Callable[[int, int], object]
PIECE = 65_536
NEEDED = (names.OURS, "README.md")
EMPTY = (".gitattributes", "README.md")
"""What a repository may hold that somebody has just made on the Hub's page."""


@dataclass(frozen=True)
class Pushed:
    """What has been published."""

    url: str
    """Of the repository's page."""
    commit: str
    """40 hexadecimal digits."""


def whoami(token: Token = None) -> str | None:
    """The name of whom the token is of; None without a token. Raises HubError for one that is not accepted."""
    found = credentials.token(token)
    return None if found is None else str(account(found)["name"])


def needed(token: Token = None) -> str:
    """The token to publish with; raises HubError where there is none."""
    secret = credentials.token(token)
    if secret is None:
        raise HubError("login", f"Publishing needs a token that may write: {errors.LOG_IN}, or type it for this once.")
    return secret


def push(
    folder: Path,
    repo: str,
    *,
    private: bool,
    token: Token = None,
    on_progress: Progress = lambda done, total: None,
) -> Pushed:
    """Publish the files of `folder` as `repo`, which is made if it is not there; raises WorkshopError.

    A repository that is there must be one of ours, and as private or public as it is wanted: no other is changed.
    All files come in one commit, or none does.
    """
    names.check_repo(repo)
    files = _files(folder)
    client.ready()
    secret = needed(token)
    check_owner(account(secret), repo)
    api = client.api(secret)
    _make(api, repo, private, secret)
    commit = _commit(api, repo, files, on_progress)
    return Pushed(f"{settings.current().endpoint}/{repo}", commit)


def _files(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise WorkshopError(f"folder: {folder} was given, but is none.")
    files = {path.name: path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.startswith(".")}
    missing = [name for name in NEEDED if name not in files]
    if missing:
        raise WorkshopError(f"folder: {folder} has no {missing[0]}; a model to publish has {' and '.join(NEEDED)}.")
    return files


def account(token: str) -> dict[str, Any]:
    """What the Hub says of whom the token is of; raises HubError for one that is not accepted."""
    api = client.api(token)
    return client.patiently(lambda: {"name": None} | api.whoami(), "this account")


def check_owner(account: dict[str, Any], repo: str) -> None:
    """Raises HubError where this account may not write `repo`; said here, since the Hub answers with 403 whatever the
    reason."""
    names_of = [account["name"], *(entry.get("name") for entry in account.get("orgs") or ())]
    owner = repo.partition("/")[0]
    if owner.lower() not in [str(name).lower() for name in names_of]:
        allowed = ", ".join(f"{errors.said(name)}/…" for name in names_of)
        raise HubError("login", f"repository: {repo} was given, but the token may only publish under {allowed}.")
    role = ((account.get("auth") or {}).get("accessToken") or {}).get("role")
    if role == "read":
        raise HubError("login", "The token may only read: make one that may write in the settings of your account.")


def _make(api: "HfApi", repo: str, private: bool, token: str) -> None:
    from huggingface_hub.errors import HfHubHTTPError

    def make() -> bool:
        try:
            api.create_repo(repo, private=private)
        except HfHubHTTPError as error:
            if error.response.status_code != 409:
                raise
            return False
        return True

    if client.patiently(make, repo):
        return
    there = listing.info(repo, token=token)
    if there.private != private:
        is_now = "private" if there.private else "public"
        raise HubError("format", f"{repo} is there already and {is_now}: change that on its page or name another.")
    files = client.patiently(lambda: api.list_repo_files(repo), repo)
    if listing.TAG not in there.tags and not {*files} <= {*EMPTY}:
        raise HubError("format", f"{repo} is there already and no model of ours, so it is left alone: name another.")


def _commit(api: "HfApi", repo: str, files: dict[str, Path], on_progress: Progress) -> str:
    from huggingface_hub import CommitOperationAdd

    total = sum(path.stat().st_size for path in files.values())

    def commit() -> str:
        on_progress(0, total)
        with ExitStack() as opened, counting(total, on_progress):
            # open files instead of paths: these are sent by HTTP, whose bytes can be counted, and not by hf_xet
            added = [CommitOperationAdd(name, opened.enter_context(path.open("rb"))) for name, path in files.items()]
            title = f"Upload a model of GAN Workshop: {len(added)} files"
            try:
                return api.create_commit(repo, added, commit_message=title, repo_type="model").oid
            except RuntimeError as error:  # how it wraps what went wrong with a large file
                raise error.__cause__ or error from None

    # tried again as a whole: files that have not changed make no second commit
    found = client.patiently(commit, repo)
    on_progress(total, total)
    return found


@contextmanager
def counting(total: int, on_progress: Progress) -> Iterator[None]:
    """Tell how many bytes of files have been handed to the network meanwhile, of this process's uploads."""
    from huggingface_hub import get_session

    sent: dict[str, int] = {}

    def watch(request: "httpx2.Request") -> None:
        commit = request.method == "POST" and "/commit/" in request.url.path
        if commit or request.method == "PUT":
            sent[str(request.url)] = 0  # again from the beginning, if this is a second try

            def tell(count: int) -> None:
                sent[str(request.url)] += count * 3 // 4 if commit else count  # a commit holds files as base64
                on_progress(min(sum(sent.values()), total), total)

            request.stream = _in_pieces(request.stream, tell)

    hooks = get_session().event_hooks["request"]
    hooks.append(watch)
    try:
        yield
    finally:
        hooks.remove(watch)


def _in_pieces(stream: Any, tell: Callable[[int], None]) -> "httpx2.SyncByteStream":
    import httpx2

    class Pieces(httpx2.SyncByteStream):
        """The same bytes, a little at a time."""

        def __iter__(self) -> Iterator[bytes]:
            for chunk in stream:
                for start in range(0, len(chunk), PIECE):
                    piece = chunk[start : start + PIECE]
                    yield piece
                    tell(len(piece))

        def close(self) -> None:
            stream.close()

    return Pieces()
