"""Our own command line as child processes, those that outlive the one which starts them, and who is still alive."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import psutil

from gan_core.system.errors import WorkshopError
from gan_core.system.places import ROOT

COMMAND = (sys.executable, "-m", "gan_core")

BOOT = Path("/proc/sys/kernel/random/boot_id")
"""Linux: a new one after each boot."""

_started: list[subprocess.Popen] = []
"""Detached ones that this process has started, so that ended ones can be reaped."""


def world_size() -> int:
    """How many processes a launcher such as `torchrun` has started to train together; 1 without one."""
    launched = all(name in os.environ for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR"))
    return int(os.environ["WORLD_SIZE"]) if launched else 1


def start(*arguments: str, log: IO[bytes], stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """Start `python -m gan_core ARGUMENTS` in a session of its own, so that it outlives this process."""
    child = subprocess.Popen(
        [*COMMAND, *arguments], cwd=ROOT, stdin=stdin, stdout=log, stderr=log, start_new_session=True
    )
    _started.append(child)
    return child


@contextlib.contextmanager
def running(
    *arguments: str, stdout: int | IO[bytes] = subprocess.PIPE, otherwise: str = ""
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python -m gan_core ARGUMENTS`: the block works with it and waits for its end; an error within ends it.

    Raises WorkshopError with the command's own sentence when it fails, and with `otherwise` when it died without one.
    """
    with tempfile.TemporaryFile() as errors:  # a pipe that nobody reads meanwhile could fill up and stop it
        child = subprocess.Popen(
            [*COMMAND, *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=stdout, stderr=errors
        )
        try:
            yield child
            status = child.wait()
        finally:
            child.terminate()
            child.wait()
            if child.stdout:
                child.stdout.close()
        errors.seek(0)
        last = errors.read().decode(errors="replace").strip().rpartition("\n")[2]
    if status:
        known = last.startswith("error: ")
        reason = last.removeprefix("error: ") if known else otherwise or f"`{arguments[0]}` ended with {status}: {last}"
        raise WorkshopError(reason)


def run(*arguments: str) -> str:
    """What `python -m gan_core ARGUMENTS` prints; raises WorkshopError with the command's own sentence."""
    with running(*arguments) as child:
        assert child.stdout
        return child.stdout.read().decode()


@contextlib.contextmanager
def on_stop_signal(handle: Callable[[], object]) -> Iterator[None]:
    """Within the block SIGTERM and SIGINT call `handle`; outside the main thread this changes nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: handle()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def birth(pid: int) -> str:
    """The boot of Linux in which a living process began, and how many clock ticks after it; "" on other systems.

    Raises psutil.NoSuchProcess. A start time in seconds since 1970 is derived from these, and moves whenever someone
    sets the system's clock.
    """
    if not BOOT.exists():
        return ""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        raise psutil.NoSuchProcess(pid) from None
    start = stat.rpartition(b")")[2].split()[19]  # field 22 (man 5 proc); the name before it may hold anything
    return f"{BOOT.read_text().strip()}/{start.decode()}"


def find(pid: int, created: float, born: str = "") -> psutil.Process | None:
    """The process `pid` whose `birth` is `born`; None when it has ended.

    The number alone would not do: the system gives it to another later. Where `born` is "", it must have begun
    at `created`, in seconds since 1970, give or take two.
    """
    for child in _started[:]:
        if child.poll() is not None:
            with contextlib.suppress(ValueError):  # another thread has removed it
                _started.remove(child)
    try:
        process = psutil.Process(pid)
        same = birth(pid) == born if born else abs(process.create_time() - created) < 2
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None
