"""Processes that outlive the one which starts them, and how many train together. Torch-free."""

import contextlib
import os
import subprocess
from pathlib import Path

import psutil

BOOT = Path("/proc/sys/kernel/random/boot_id")
"""Linux: another after each boot."""

_started: list[subprocess.Popen] = []
"""Those that this process has started, so that ended ones can be reaped."""


def world_size() -> int:
    """How many processes a launcher such as `torchrun` has started to train together; 1 without one."""
    launched = all(name in os.environ for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR"))
    return int(os.environ["WORLD_SIZE"]) if launched else 1


def keep(child: subprocess.Popen) -> None:
    """Remember a child until it has ended."""
    _started.append(child)


def birth(pid: int) -> str:
    """Which boot of Linux a living process began in, and how many ticks of its clock later; "" on other systems.

    The time since 1970 is worked out from these, and moves whenever someone sets the system's clock.
    """
    if not BOOT.exists():
        return ""
    try:
        told = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        raise psutil.NoSuchProcess(pid) from None
    start = told.rpartition(b")")[2].split()[19]  # field 22 (man 5 proc); the name before it may have any letters
    return f"{BOOT.read_text().strip()}/{start.decode()}"


def find(pid: int, created: float, born: str = "") -> psutil.Process | None:
    """The process with that number and that `birth`; None when it has ended.

    The number alone would not do: the system gives it to another later. Where no birth is known, it must have begun
    at `created`, in seconds since 1970.
    """
    for child in _started[:]:
        if child.poll() is not None:
            with contextlib.suppress(ValueError):  # another thread was quicker
                _started.remove(child)
    try:
        process = psutil.Process(pid)
        same = birth(pid) == born if born else abs(process.create_time() - created) < 2
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None
