"""Whether several processes were started to train one run together. Light: no torch here."""

import itertools
import os
import sys

import psutil

from gan_core.system.errors import WorkshopError


def processes() -> int:
    """How many there are, this one included: what `torchrun` or `accelerate launch` has put into the environment."""
    known = all(name in os.environ for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR"))
    return int(os.environ["WORLD_SIZE"]) if known else 1


def spread() -> None:
    """Give way to as many processes as `accelerate launch` was asked for, where it has started only this one.

    Without a GPU `accelerate launch --num_processes 2` starts a single process and says nothing, unless it is also
    given `--multi_gpu`. Raises WorkshopError where more than this machine is meant.
    """
    if processes() > 1 or "ACCELERATE_MIXED_PRECISION" not in os.environ:
        return
    launcher = psutil.Process().parent()
    words = " ".join(launcher.cmdline() if launcher else ()).replace("_", "-").replace("=", " ").split()
    options = dict(itertools.pairwise(words))
    asked = options.get("--num-processes", "1")
    if asked == "1":
        return
    if options.get("--num-machines", "1") != "1":
        raise WorkshopError("accelerate has started one process on this machine only; give it --multi_gpu as well.")
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", asked]
    sys.stdout.flush()
    os.execv(sys.executable, [*torchrun, "-m", "gan_core", *sys.argv[1:]])
