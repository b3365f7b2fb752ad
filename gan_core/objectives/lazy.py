"""Modules that need torch, imported when something of them is first used.

To list the variants, to check settings or to draw a page nobody needs torch, and its import takes two seconds. So a
file that describes something, as a variant does, imports these from here and uses them in its functions as ever.
What it says outside of functions has to wait as well: `generator=lambda spec: conv.Generator(spec)`.
"""

import importlib
from typing import TYPE_CHECKING, Any

__all__ = ["Later", "conv", "judging", "losses", "mlp", "shares", "torch"]


class Later:
    """Stands for the module `name`: the first look at an attribute imports it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)

    def __repr__(self) -> str:
        return f"<{self._name}, imported when it is first used>"


if TYPE_CHECKING:
    import torch

    from gan_core.nets import conv, mlp
    from gan_core.nets import discriminate as judging
    from gan_core.objectives import losses
    from gan_core.system import sharding as shares
else:
    torch = Later("torch")
    losses, shares = Later("gan_core.objectives.losses"), Later("gan_core.system.sharding")
    conv, mlp = Later("gan_core.nets.conv"), Later("gan_core.nets.mlp")
    judging = Later("gan_core.nets.discriminate")
