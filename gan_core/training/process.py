"""Switches of a whole process that trains; called by whoever owns the process, never by an import or a constructor."""

import ctypes
import sys

import torch

from gan_core.config import ScheduleConfig
from gan_core.system import device as devices

TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD = -1, -2, -3
"""The numbers of these options in glibc's malloc.h."""

OPTIONS = {MMAP_THRESHOLD: 1 << 30, TRIM_THRESHOLD: 2**31 - 1, TOP_PAD: 1 << 26}
"""In bytes: blocks up to the first are kept, up to the second of them; the heap grows by the third."""


def prepare(schedule: ScheduleConfig) -> None:
    """Prepare this process for training on the device and in the precision that `schedule` asks for.

    fp32 is then fp32 on a GPU too, where cuDNN would round what convolutions multiply (TF32); and memory is kept.
    """
    device = devices.choose(schedule.device)
    if device.type == "cuda" and devices.choose_dtype(schedule.precision, device) == torch.float32:
        torch.backends.cudnn.allow_tf32 = False
    keep_freed_memory()


def keep_freed_memory() -> bool:
    """Let malloc keep freed memory for the next allocation instead of returning it to the system.

    A training step allocates and frees the same megabytes again and again. glibc returns many of them each time and
    fetches them anew, zeroed page by page: hundreds of page faults in each step. Returns whether malloc is glibc's and
    accepted the options; other allocators stay as they are.
    """
    if sys.platform != "linux":
        return False
    options = getattr(ctypes.CDLL(None), "mallopt", None)
    return options is not None and all([options(name, value) for name, value in OPTIONS.items()])
