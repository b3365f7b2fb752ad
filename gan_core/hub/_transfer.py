"""Fetching one file of the Hub, from where it was broken off, and whether it is the file that the Hub has stated.

`hf_hub_download` of huggingface_hub throws away what it has as soon as it fails, and tells how far it is every ten
million bytes, more than most of our models have: so the loop is ours, on its session.
"""

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

from gan_core.hub import _client as client
from gan_core.hub import _errors as errors
from gan_core.hub._errors import HubError
from gan_core.hub._listing import Listing
from gan_core.system import settings

Progress = Callable[[int, int], object]
"""Is told the bytes done and all of them, several times a second."""

CHUNK = 65_536
TRIES = 5
"""In a row without a single byte."""


def fetch(found: Listing, path: Path, token: str | None, on_progress: Progress) -> None:
    """Fetch what is missing at `path` of the file, trying again after a break as long as anything comes.

    Raises HubError; what has come stays for the next time.
    """
    from huggingface_hub import constants, hf_hub_url

    url = hf_hub_url(found.repo, found.file, revision=found.commit, endpoint=settings.current().endpoint)
    # as it is, so that a part of it makes sense; and counted as a download, as huggingface_hub's own are
    headers = client.headers(token) | {"Accept-Encoding": "identity"}
    headers[constants.X_HF_DOWNLOAD_COUNTER] = "1"
    size, tried, before = found.bytes or 0, 0, -1
    while True:
        done = path.stat().st_size if path.exists() else 0
        on_progress(min(done, size), size)
        if done >= size:  # the hash tells whether it is that file
            return
        tried = tried + 1 if done <= before else 1
        before = done
        try:
            client.ready()
            _continue(url, headers, path, done, size, on_progress)
            continue_in = 0.0 if path.stat().st_size > done else settings.current().hub_wait
            if tried >= TRIES and path.stat().st_size <= done:
                raise HubError("server", f"{found.repo}: {errors.said(found.file)} ends before it is whole.")
        except errors.on_the_way() as error:
            wait = _wait(error, tried)
            if wait is None or tried >= TRIES:
                raise errors.explain(error, found.repo, found.file) from None
            continue_in = wait
        time.sleep(continue_in)


def _continue(url: str, headers: dict[str, str], path: Path, done: int, size: int, on_progress: Progress) -> None:
    """Append to `path` what comes after its first `done` bytes; a file that is longer than stated is refused."""
    wanted = {"Range": f"bytes={done}-"} if done else {}
    with client.reading(url, headers | wanted) as response:
        starts = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
        goes_on = done > 0 and response.status_code == 206 and starts == str(done)
        done = done if goes_on else 0
        with path.open("ab" if goes_on else "wb") as file:
            for chunk in response.iter_bytes(CHUNK):
                done += len(chunk)
                if done > size:
                    break
                file.write(chunk)
                on_progress(done, size)
    if done > size:
        path.unlink()
        raise HubError("damaged", f"More came than the {size:,} bytes that the Hub has stated: nothing is kept of it.")


def _wait(error: BaseException, tried: int) -> float | None:
    """Like `client.pause`, but a network that is gone for a moment is waited for as well."""
    import httpx2

    if isinstance(error, httpx2.TransportError) and not isinstance(error, httpx2.UnsupportedProtocol):
        return settings.current().hub_wait * min(client.GROWTH ** (tried - 1), client.SLOWEST)
    return client.pause(error, tried)


def check(found: Listing, path: Path) -> None:
    """Raises HubError unless the content is what the Hub has stated; it is removed then, and so pulled anew."""
    if found.sha256:
        state, stated = hashlib.sha256(), found.sha256
    else:  # as git does it
        state, stated = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False), found.blob
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            state.update(chunk)
    if state.hexdigest() != stated:
        os.unlink(path)
        raise HubError(
            "damaged",
            f"{found.repo}: what came of {errors.said(found.file)} is not what the Hub has stated (its hash differs); "
            "it was removed: try again.",
        )
