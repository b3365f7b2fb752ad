"""What this process does with the memory it frees."""

import ctypes
import sys

TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD = -1, -2, -3
"""The numbers of these options in glibc's malloc.h."""

OPTIONS = {MMAP_THRESHOLD: 1 << 30, TRIM_THRESHOLD: 2**31 - 1, TOP_PAD: 1 << 26}
"""In bytes: blocks up to the first are kept, up to the second of them; the heap grows by the third."""


def keep_freed() -> bool:
    """Keep what is freed for what comes next, in place of giving it back to the system; for the whole process.

    A training step allocates and frees the same megabytes again and again. glibc gives many of them back each time and
    then gets them anew, emptied page by page: hundreds of page faults in each step. Returns whether malloc is
    glibc's and took it; others go on as they were.
    """
    if sys.platform != "linux":
        return False
    options = getattr(ctypes.CDLL(None), "mallopt", None)
    return options is not None and all([options(name, value) for name, value in OPTIONS.items()])
