"""Repositories on the Hub before anything is pulled: search, details of one, its samples."""

import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gan_core import data, variants
from gan_core.hub import _client, credentials, names
from gan_core.hub._errors import HubError, redacted
from gan_core.hub.credentials import Token
from gan_core.system import settings
from gan_core.system.errors import check_range

if TYPE_CHECKING:
    from huggingface_hub import ModelInfo

TAG = "gan-workshop"
"""Every repository of ours has it."""
SUGGESTIONS = ("huggan/dcgan-mnist",)
"""Repositories of others that are known to work."""
MAX_RESULTS = 100
MAX_SAMPLES_BYTES = 2_000_000
MAX_SAMPLES_SIDE = 4096


@dataclass(frozen=True)
class Listing:
    """A repository as the Hub describes it. All text is a stranger's: single lines, but not safe as HTML."""

    repo: str
    commit: str
    """40 hexadecimal digits."""
    author: str
    likes: int
    last_modified: datetime | None
    licence: str
    """By the Hub's id, such as `mit`; "" if it states none."""
    tags: tuple[str, ...]
    gated: bool
    private: bool
    variant: str
    """The variant of ours that it is tagged with, or ""."""
    dataset: str
    """The data set of ours that it is tagged with, or ""."""
    file: str
    """The weights file to pull; "" if there is no obvious one: then `problem` says why."""
    bytes: int | None
    """Of that file; None if unknown, as after a search."""
    samples: str
    """The name of its sample picture, or ""."""
    sha256: str = ""
    """Of the file if it is in large file storage (LFS); otherwise `git_sha1` is its hash."""
    git_sha1: str = ""
    problem: str = ""
    explicit_file: bool = False
    """Whether `file` is another than would be chosen without naming one."""


def search(text: str = "", author: str = "", tag: str = TAG, limit: int = 30, token: Token = None) -> list[Listing]:
    """Repositories with `text` in their name, by `author` and with `tag`; "" stands for any. Raises WorkshopError."""
    from huggingface_hub import ModelInfo, get_session, hf_raise_for_status

    check_range("limit", limit, 1, MAX_RESULTS)
    _client.check_online()
    query = {"search": text.strip(), "author": author.strip(), "filter": tag.strip()}
    params = {name: value[:200] for name, value in query.items() if value} | {"limit": limit, "full": True}
    headers = _client.headers(credentials.token(token))

    def request() -> list[Listing]:
        # not `list_models`, which retries for 23 seconds without a network
        response = get_session().get(f"{settings.current().endpoint}/api/models", params=params, headers=headers)
        hf_raise_for_status(response)
        return [_listing(ModelInfo(**item)) for item in response.json()[:limit] if names.is_valid_repo(item["id"])]

    return _client.with_retries(request)


def info(repo: str, revision: str | None = None, token: Token = None, file: str | None = None) -> Listing:
    """Details of one repository, with the size of the file to pull, `file` if given.

    `repo` may hold the revision after an @, or be the address of its page. Raises WorkshopError.
    """
    repo, revision = names.parse(repo, revision)
    api = _client.api(credentials.token(token))
    model = _client.with_retries(lambda: api.model_info(repo, revision=revision, files_metadata=True), repo)
    listing = _client.with_retries(lambda: _listing(model, file), repo)
    if not names.COMMIT.fullmatch(listing.commit) or not names.is_valid_repo(listing.repo):
        raise HubError("server", f"{repo}: the Hub did not say which commit this is, so it cannot be pulled.")
    return listing


def preview(listing: Listing, token: Token = None) -> bytes | None:
    """Its sample picture as PNG, None if it has none that can be shown; raises HubError.

    A stranger's file: at most 2 MB and 4096 pixels a side are read, and the picture is encoded anew.
    """
    from huggingface_hub import hf_hub_url

    if not listing.samples:
        return None
    _client.check_online()
    url = hf_hub_url(listing.repo, listing.samples, revision=listing.commit, endpoint=settings.current().endpoint)
    headers = _client.headers(credentials.token(token))

    def read() -> bytes:
        content = bytearray()
        with _client.stream(url, headers) as response:
            for chunk in response.iter_bytes(65_536):
                content += chunk
                if len(content) > MAX_SAMPLES_BYTES:
                    break
        return bytes(content)

    content = _client.with_retries(read, listing.repo, listing.samples)
    return _reencoded(content) if len(content) <= MAX_SAMPLES_BYTES else None


def _reencoded(content: bytes) -> bytes | None:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=("PNG",)) as picture:
            if max(picture.size) > MAX_SAMPLES_SIDE:
                return None
            plain = picture.convert("L" if picture.mode in ("1", "L") else "RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):  # Pillow's errors for an invalid PNG
        return None
    buffer = io.BytesIO()
    plain.save(buffer, "PNG")
    return buffer.getvalue()


def _listing(model: "ModelInfo", file: str | None = None) -> Listing:
    siblings = {sibling.rfilename: sibling for sibling in model.siblings or ()}
    files = tuple(siblings)
    tags = tuple(redacted(tag) for tag in model.tags or ())
    chosen, problem = _chosen(files, model.id, file)
    sibling = siblings.get(chosen)
    lfs = sibling.lfs if sibling else None
    return Listing(
        repo=model.id,
        commit=model.sha or "",
        author=redacted(model.author or model.id.partition("/")[0]),
        likes=int(model.likes or 0),
        last_modified=model.last_modified,
        licence=_licence(model, tags),
        tags=tags,
        gated=bool(model.gated),
        private=bool(model.private),
        variant=_tagged(tags, "variant:", variants.all_variants()),
        dataset=_tagged(tags, "dataset:", data.sources()),
        file=chosen,
        bytes=(lfs.size if lfs else sibling.size) if sibling else None,
        samples=names.SAMPLES if names.SAMPLES in files else "",
        sha256=lfs.sha256 if lfs else "",
        git_sha1=(sibling.blob_id or "") if sibling and not lfs else "",
        problem=problem,
        explicit_file=file is not None and chosen not in ("", _chosen(files, model.id)[0]),
    )


def _chosen(files: Sequence[str], repo: str, file: str | None = None) -> tuple[str, str]:
    """The file to pull and "", or "" and why there is none."""
    try:
        return names.choose(files, repo, file), ""
    except HubError as error:
        return "", str(error)


def _licence(model: "ModelInfo", tags: Sequence[str]) -> str:
    card: Any = model.card_data
    licence = getattr(card, "license", None)
    if not isinstance(licence, str):
        licence = next((tag.removeprefix("license:") for tag in tags if tag.startswith("license:")), "")
    if licence == "other" and isinstance(getattr(card, "license_name", None), str):
        licence = card.license_name
    return redacted(licence)


def _tagged(tags: Sequence[str], prefix: str, ids: Collection[str]) -> str:
    """The first of `ids` among the tags, with or without the prefix."""
    return next((plain for tag in tags if (plain := tag.removeprefix(prefix)) in ids), "")
