"""One file, one GAN: the file name is its id, `VARIANT` its definition. Nothing is registered."""

import sys
from functools import cache

from gan_core.objectives.variant import Variant
from gan_core.system import discovery


@cache
def all_variants() -> dict[str, Variant]:
    """Every variant by id, in the order of `order`."""
    found: dict[str, Variant] = discovery.discover(sys.modules[__name__], "VARIANT")
    return found


def get(name: str) -> Variant:
    """The variant called `name`; raises WorkshopError with the valid names."""
    return discovery.look_up(all_variants(), name, "variant")
