"""Upload files as one commit, with progress in bytes."""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from gan_core.hub import _client
from gan_core.hub._download import Progress

if TYPE_CHECKING:
    import httpx2
    from huggingface_hub import HfApi

CHUNK = 65_536
SMALL_FILE = 1_000_000
"""Bytes: smaller files are read at once, since a process may keep only some hundred open."""


def commit(
    api: "HfApi",
    repo: str,
    files: Mapping[str, Path],
    on_progress: Progress,
    *,
    title: str,
    repo_type: str = "model",
    delete: Iterable[str] = (),
) -> str:
    """Commit `files`, by their names in the repository, and the removal of others; returns the commit's id.

    Raises HubError. A failed commit is retried as a whole: unchanged files make no second one.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    total = sum(path.stat().st_size for path in files.values())

    def attempt() -> str:
        on_progress(0, total)
        with ExitStack() as opened, _counting(total, on_progress):
            # file objects instead of paths: they are sent by HTTP, whose bytes can be counted, and not by hf_xet
            added = [CommitOperationAdd(name, opened.enter_context(_open(path))) for name, path in files.items()]
            deleted = [CommitOperationDelete(name) for name in delete]
            try:
                return api.create_commit(repo, [*added, *deleted], commit_message=title, repo_type=repo_type).oid
            except RuntimeError as error:  # wraps the error of a large file
                raise error.__cause__ or error from None

    commit_id = _client.with_retries(attempt, repo)
    on_progress(total, total)
    return commit_id


def _open(path: Path) -> BinaryIO:
    return io.BytesIO(path.read_bytes()) if path.stat().st_size < SMALL_FILE else path.open("rb")


@contextmanager
def _counting(total: int, on_progress: Progress) -> Iterator[None]:
    """Meanwhile report how many bytes of files this process has handed to the network."""
    from huggingface_hub import get_session

    sent: dict[str, int] = {}

    def count_bytes(request: "httpx2.Request") -> None:
        is_commit = request.method == "POST" and "/commit/" in request.url.path
        if is_commit or request.method == "PUT":
            sent[str(request.url)] = 0  # from the beginning again in a second attempt

            def report(count: int) -> None:
                sent[str(request.url)] += count * 3 // 4 if is_commit else count  # a commit holds files as base64
                on_progress(min(sum(sent.values()), total), total)

            request.stream = _counted(request.stream, report)

    hooks = get_session().event_hooks["request"]
    hooks.append(count_bytes)
    try:
        yield
    finally:
        hooks.remove(count_bytes)


def _counted(stream: Any, report: Callable[[int], None]) -> "httpx2.SyncByteStream":
    import httpx2

    class CountedStream(httpx2.SyncByteStream):
        """The same bytes in chunks, each reported once it is sent."""

        def __iter__(self) -> Iterator[bytes]:
            for block in stream:
                for start in range(0, len(block), CHUNK):
                    chunk = block[start : start + CHUNK]
                    yield chunk
                    report(len(chunk))

        def close(self) -> None:
            stream.close()

    return CountedStream()
