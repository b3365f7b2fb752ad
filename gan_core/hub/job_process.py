"""A job from the inside: what the process of a pull or a push does beside its work."""

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

TELL_EVERY = 0.25
"""Seconds between two words on the progress."""


def work(path: Path, action: Callable[[Token, Callable[[int, int], None]], str]) -> str:
    """Inside the process: what `action` gives with the token from the input, while the status tells how it goes."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    told = _Teller(path)
    try:
        result = action(json.loads(sys.stdin.readline())["token"], told.progress)
    except (SystemExit, KeyboardInterrupt):
        told.end(state="stopped")
        raise
    except WorkshopError as error:
        told.end(state="failed", message=str(error), problem=error.kind if isinstance(error, HubError) else "")
        raise
    except BaseException:
        told.end(state="failed", message="It failed through a mistake in the program; its log says more.")
        raise
    told.end(state="done", result=result)
    return result


class _Teller:
    """Writes the status now and then."""

    def __init__(self, path: Path) -> None:
        self.path, self.at = path, jobs.read(path)
        self.first: tuple[float, int] | None = None
        self.last = 0.0

    def progress(self, done: int, total: int) -> None:
        now = time.monotonic()
        if self.first is None or done < self.first[1]:
            self.first = now, done
        if now - self.last < TELL_EVERY and done < total:
            return
        self.last = now
        speed = (done - self.first[1]) / max(now - self.first[0], 1e-6)
        self.at = self.at.model_copy(
            update={"done": done, "total": total, "eta": (total - done) / speed if speed > 0 else None}
        )
        jobs.write(self.path, self.at)

    def end(self, **changes: str) -> None:
        self.at = self.at.model_copy(update={"eta": None, **changes})
        jobs.write(self.path, self.at)
