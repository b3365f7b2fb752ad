"""What is on the Hub, seen before anything is pulled: search, one repository, its picture."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gan_core.hub import _client as client
from gan_core.hub import credentials, names
from gan_core.hub._errors import HubError, said
from gan_core.hub.credentials import Token
from gan_core.system import settings
from gan_core.system.errors import WorkshopError

if TYPE_CHECKING:
    from huggingface_hub import ModelInfo

TAG = "gan-workshop"
"""Every repository of ours has it."""
SUGGESTIONS = ("huggan/dcgan-mnist",)
"""Models of others that are known to work."""
MOST_FOUND = 100
SHEET_BYTES = 2_000_000
SHEET_PIXELS = 4096


@dataclass(frozen=True)
class Listing:
    """A repository as the Hub describes it. All text is a stranger's: one line each, but not to be taken as HTML."""

    repo: str
    commit: str
    """40 hexadecimal digits."""
    author: str
    likes: int
    downloads: int
    """In the last month."""
    changed: datetime | None
    licence: str
    """The Hub's word for it, as `mit`; "" where it says none."""
    tags: tuple[str, ...]
    gated: bool
    private: bool
    variant: str
    """Id of a variant of ours that it is tagged with; "" where there is none."""
    dataset: str
    file: str
    """What would be pulled; "" where that cannot be said: then `problem` says why."""
    bytes: int | None
    """Of that file; None where it is not known, as after a search."""
    sheet: str
    """The name of its picture of samples; "" where it has none."""
    sha256: str = ""
    """Of the file, where the Hub keeps it as a large one; else `blob` is the hash that git gives it."""
    blob: str = ""
    problem: str = ""
    named: bool = False
    """Whether `file` is another than is taken without naming one."""


def search(text: str = "", author: str = "", tag: str = TAG, limit: int = 30, token: Token = None) -> list[Listing]:
    """Repositories with `text` in their name, by `author` and with `tag`; "" stands for any. Raises WorkshopError."""
    from huggingface_hub import ModelInfo, get_session, hf_raise_for_status

    if not 1 <= limit <= MOST_FOUND:
        raise WorkshopError(f"limit: {limit} was given; allowed: 1 to {MOST_FOUND}.")
    client.ready()
    wanted = {"search": text.strip(), "author": author.strip(), "filter": tag.strip()}
    params = {name: value[:200] for name, value in wanted.items() if value} | {"limit": limit, "full": True}
    headers = client.headers(credentials.token(token))

    def ask() -> list[Listing]:
        # not `list_models`: without a network that tries for 23 seconds before it says so
        answer = get_session().get(f"{settings.current().endpoint}/api/models", params=params, headers=headers)
        hf_raise_for_status(answer)
        return [_listing(ModelInfo(**item)) for item in answer.json()[:limit] if names.sound(item["id"])]

    return client.patiently(ask)


def info(repo: str, revision: str | None = None, token: Token = None, file: str | None = None) -> Listing:
    """All that is known of one repository, with the size of the file that would be pulled, `file` if given.

    `repo` may hold the revision after an @, or be the address of its page. Raises WorkshopError.
    """
    repo, revision = names.parse(repo, revision)
    api = client.api(credentials.token(token))
    found = client.patiently(lambda: api.model_info(repo, revision=revision, files_metadata=True), repo)
    listing = client.patiently(lambda: _listing(found, file), repo)
    if not names.COMMIT.fullmatch(listing.commit) or not names.sound(listing.repo):
        raise HubError("server", f"{repo}: the Hub did not say which commit this is, so it cannot be pulled.")
    return listing


def preview(listing: Listing, token: Token = None) -> bytes | None:
    """Its picture of samples as PNG, None where it has none that can be shown; raises HubError.

    A stranger's file: at most 2 MB and 4096 pixels a side are read, and what comes back has been drawn anew.
    """
    from huggingface_hub import hf_hub_url

    if not listing.sheet:
        return None
    client.ready()
    url = hf_hub_url(listing.repo, listing.sheet, revision=listing.commit, endpoint=settings.current().endpoint)
    headers = client.headers(credentials.token(token))

    def read() -> bytes:
        content = bytearray()
        with client.reading(url, headers) as response:
            for chunk in response.iter_bytes(65_536):
                content += chunk
                if len(content) > SHEET_BYTES:
                    break
        return bytes(content)

    content = client.patiently(read, listing.repo, listing.sheet)
    return _drawn_anew(content) if len(content) <= SHEET_BYTES else None


def _drawn_anew(content: bytes) -> bytes | None:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=("PNG",)) as picture:
            if max(picture.size) > SHEET_PIXELS:
                return None
            plain = picture.convert("L" if picture.mode in ("1", "L") else "RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):  # what Pillow raises for what is no PNG
        return None
    buffer = io.BytesIO()
    plain.save(buffer, "PNG")
    return buffer.getvalue()


def _listing(found: "ModelInfo", file: str | None = None) -> Listing:
    siblings = {sibling.rfilename: sibling for sibling in found.siblings or ()}
    files = tuple(siblings)
    tags = tuple(said(tag) for tag in found.tags or ())
    chosen, problem = _chosen(files, found.id, file)
    kept = siblings.get(chosen)
    lfs = kept.lfs if kept else None
    return Listing(
        repo=found.id,
        commit=found.sha or "",
        author=said(found.author or found.id.partition("/")[0]),
        likes=int(found.likes or 0),
        downloads=int(found.downloads or 0),
        changed=found.last_modified,
        licence=_licence(found, tags),
        tags=tags,
        gated=bool(found.gated),
        private=bool(found.private),
        variant=_first(tags, "variant:", _variants()),
        dataset=_first(tags, "dataset:", _datasets()),
        file=chosen,
        bytes=(lfs.size if lfs else kept.size) if kept else None,
        sheet=names.SHEET if names.SHEET in files else "",
        sha256=lfs.sha256 if lfs else "",
        blob=(kept.blob_id or "") if kept and not lfs else "",
        problem=problem,
        named=file is not None and chosen not in ("", _chosen(files, found.id)[0]),
    )


def _chosen(files: Sequence[str], repo: str, file: str | None = None) -> tuple[str, str]:
    """The file that would be pulled, "" where there is none, and then why."""
    try:
        return names.choose(files, repo, file), ""
    except HubError as error:
        return "", str(error)


def _licence(found: "ModelInfo", tags: Sequence[str]) -> str:
    card: Any = found.card_data
    named = getattr(card, "license", None)
    named = named if isinstance(named, str) else _tagged(tags, "license:")
    if named == "other" and isinstance(getattr(card, "license_name", None), str):
        named = card.license_name
    return said(named or "")


def _tagged(tags: Sequence[str], start: str) -> str:
    return next((tag.removeprefix(start) for tag in tags if tag.startswith(start)), "")


def _first(tags: Sequence[str], start: str, known: set[str]) -> str:
    """The first tag that is a known id, plain or after `start`."""
    return next((plain for tag in tags if (plain := tag.removeprefix(start)) in known), "")


def _variants() -> set[str]:
    from gan_core import variants

    return set(variants.all_variants())


def _datasets() -> set[str]:
    from gan_core import data

    return set(data.sources())
