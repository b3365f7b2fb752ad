"""Inside the process of a job: take the token, keep the status up to date."""

import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from gan_core.hub import jobs
from gan_core.hub._errors import HubError
from gan_core.hub.credentials import Token
from gan_core.system.errors import WorkshopError

WRITE_EVERY = 0.25
"""Seconds between updates of the progress."""


def run(path: Path, action: Callable[[Token, Callable[[int, int], None]], str]) -> str:
    """The result of `action`, called with the token from standard input and a progress callback."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    status = _StatusWriter(path)
    try:
        result = action(json.loads(sys.stdin.readline())["token"], status.progress)
    except (SystemExit, KeyboardInterrupt):
        status.end(state="stopped")
        raise
    except WorkshopError as error:
        status.end(state="failed", message=str(error), problem=error.kind if isinstance(error, HubError) else "")
        raise
    except BaseException:
        status.end(state="failed", message="It failed because of a bug in the program; its log says more.")
        raise
    status.end(state="done", result=result)
    return result


class _StatusWriter:
    """Writes the status now and then."""

    def __init__(self, path: Path) -> None:
        self.path, self.status = path, jobs.read(path)
        self.start: tuple[float, int] | None = None
        self.last_write = 0.0

    def progress(self, done: int, total: int) -> None:
        now = time.monotonic()
        if self.start is None or done < self.start[1]:
            self.start = now, done
        if now - self.last_write < WRITE_EVERY and done < total:
            return
        self.last_write = now
        speed = (done - self.start[1]) / max(now - self.start[0], 1e-6)
        self._write(done=done, total=total, eta=(total - done) / speed if speed > 0 else None)

    def end(self, **changes: str) -> None:
        self._write(eta=None, **changes)

    def _write(self, **changes: object) -> None:
        self.status = self.status.model_copy(update=changes)
        jobs.write(self.path, self.status)
