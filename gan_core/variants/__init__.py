"""One file, one GAN: the file name is its id, `VARIANT` its definition. Nothing is registered."""

import sys
from functools import cache

from gan_core import registry
from gan_core.variant import Variant


@cache
def all_variants() -> dict[str, Variant]:
    """Every variant by id, in the order of `order`."""
    found: dict[str, Variant] = registry.discover(sys.modules[__name__], "VARIANT")
    return found


def get(name: str) -> Variant:
    """The variant called `name`; raises WorkshopError with the valid names."""
    return registry.look_up(all_variants(), name, "variant")
