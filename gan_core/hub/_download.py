"""Download one file of the Hub, resuming where it broke off, and verify it.

`hf_hub_download` of huggingface_hub discards a partial file as soon as it fails, and reports progress every ten million
bytes, more than most of our models have: so the loop is ours, with its HTTP session.
"""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

from gan_core.hub import _client, _errors
from gan_core.hub._errors import HubError, redacted
from gan_core.hub._listing import Listing
from gan_core.system import settings

Progress = Callable[[int, int], object]
"""Called with the bytes done and in all, several times a second."""

CHUNK = 65_536
MAX_TRIES = 5
"""In a row without a single byte."""


def download(listing: Listing, path: Path, token: str | None, on_progress: Progress) -> None:
    """Download what is missing of the file at `path`, retrying as long as anything arrives.

    Raises HubError; the partial file stays for the next call.
    """
    from huggingface_hub import constants, hf_hub_url

    url = hf_hub_url(listing.repo, listing.file, revision=listing.commit, endpoint=settings.current().endpoint)
    # uncompressed, so that a byte range makes sense; counted as a download, as huggingface_hub's own are
    headers = _client.headers(token) | {"Accept-Encoding": "identity", constants.X_HF_DOWNLOAD_COUNTER: "1"}
    size, attempt, before = listing.bytes or 0, 0, -1
    while True:
        done = path.stat().st_size if path.exists() else 0
        on_progress(min(done, size), size)
        if done >= size:  # `verify` tells if it is the right file
            return
        attempt = attempt + 1 if done <= before else 1
        before = done
        try:
            _client.check_online()
            _resume(url, headers, path, done, size, on_progress)
            delay = 0.0 if path.stat().st_size > done else settings.current().hub_wait
            if attempt >= MAX_TRIES and path.stat().st_size <= done:
                raise HubError("server", f"{listing.repo}: {redacted(listing.file)} ends before it is whole.")
        except _errors.request_errors() as error:
            delay = _client.retry_delay(error, attempt, without_network=True)
            if delay is None or attempt >= MAX_TRIES:
                raise _errors.explain(error, listing.repo, listing.file) from None
        time.sleep(delay)


def _resume(url: str, headers: dict[str, str], path: Path, done: int, size: int, on_progress: Progress) -> None:
    """Append to `path` what follows its first `done` bytes; raises HubError if more than `size` arrive."""
    if done:
        headers = headers | {"Range": f"bytes={done}-"}
    with _client.stream(url, headers) as response:
        start = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
        resumes = done > 0 and response.status_code == 206 and start == str(done)
        done = done if resumes else 0
        with path.open("ab" if resumes else "wb") as file:
            for chunk in response.iter_bytes(CHUNK):
                done += len(chunk)
                if done > size:
                    break
                file.write(chunk)
                on_progress(done, size)
    if done > size:
        path.unlink()
        raise HubError("damaged", f"More than the {size:,} bytes arrived that the Hub has stated: nothing is kept.")


def verify(listing: Listing, path: Path) -> None:
    """Raises HubError unless the file has the hash that the Hub states; then it is removed, and can be pulled again."""
    if listing.sha256:
        digest, expected = hashlib.sha256(), listing.sha256
    else:  # git's hash of a file
        digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
        expected = listing.git_sha1
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    if digest.hexdigest() != expected:
        path.unlink()
        raise HubError(
            "damaged",
            f"{listing.repo}: what arrived of {redacted(listing.file)} is not what the Hub has stated (its hash "
            "differs); it was removed: try again.",
        )
