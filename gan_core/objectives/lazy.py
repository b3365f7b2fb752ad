"""Modules that need torch, imported when something of them is first used.

Listing the variants, checking a config or drawing a form does not need torch, whose import takes two seconds. So a file
that only describes something, as a variant does, imports these names from here and uses them inside its functions.
Outside of functions a lambda defers it: `generator=lambda spec: conv.Generator(spec)`.
"""

import importlib
from typing import TYPE_CHECKING, Any

__all__ = ["LazyModule", "conv", "discriminate", "losses", "mlp", "sharding", "torch"]


class LazyModule:
    """Stands for the module `name`, which is imported at the first access to one of its attributes."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)


if TYPE_CHECKING:
    import torch

    from gan_core.nets import conv, discriminate, mlp
    from gan_core.objectives import losses
    from gan_core.system import sharding
else:
    torch = LazyModule("torch")
    losses, sharding = LazyModule("gan_core.objectives.losses"), LazyModule("gan_core.system.sharding")
    conv, mlp = LazyModule("gan_core.nets.conv"), LazyModule("gan_core.nets.mlp")
    discriminate = LazyModule("gan_core.nets.discriminate")
