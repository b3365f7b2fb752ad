"""The core of GAN Workshop: training, data, runs and models. No user interface lives here.

Scripts import from here: `from gan_core import Generator` gives a trained generator, see `gan_core.hub.pretrained`;
`checkpoint`, `latent`, `models` and `sampling` are what the Latent space page's snippets import.
"""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from gan_core.hub.pretrained import Generator as Generator
    from gan_core.models import checkpoint as checkpoint
    from gan_core.nets import latent as latent
    from gan_core.nets import sampling as sampling
else:
    _ROOMS = {"checkpoint": "models", "latent": "nets", "sampling": "nets"}

    def __getattr__(name: str) -> Any:  # so that `import gan_core` alone needs no torch
        if name == "Generator":
            return importlib.import_module("gan_core.hub.pretrained").Generator
        if name in _ROOMS:
            return importlib.import_module(f"gan_core.{_ROOMS[name]}.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
