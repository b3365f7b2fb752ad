"""The core of GAN Workshop: training, data, runs and checkpoints. No user interface lives here.

`from gan_core import Generator` gives a trained generator for use from Python, see `gan_core.hub.pretrained`.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from gan_core.hub.pretrained import Generator as Generator
else:

    def __getattr__(name: str) -> Any:  # so that `import gan_core` alone needs no torch
        if name == "Generator":
            from gan_core.hub.pretrained import Generator

            return Generator
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
