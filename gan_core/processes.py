"""Processes that outlive the one which starts them: told apart by number and start, and reaped when they have ended."""

import contextlib
import subprocess

import psutil

_started: list[subprocess.Popen] = []
"""Those that this process has started, so that ended ones can be reaped."""


def keep(child: subprocess.Popen) -> None:
    """Remember a child until it has ended."""
    _started.append(child)


def find(pid: int, created: float) -> psutil.Process | None:
    """The process with that number that began at `created`, in seconds since 1970; None when it has ended.

    The number alone would not do: the system gives it to another later.
    """
    for child in _started[:]:
        if child.poll() is not None:
            with contextlib.suppress(ValueError):  # another thread was quicker
                _started.remove(child)
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - created) < 2
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None
