"""What the environment sets: every `GAN_*` variable, and where the Hub is. Nothing else in the program reads them."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gan_core.system._environment import Settings


def current(**given: Any) -> "Settings":
    """The settings as the environment has them now; what is `given` stands in place of a variable, by field name.

    Reading a field whose variable has a bad value raises WorkshopError, with one sentence that names the variable,
    what was given and what is allowed.
    """
    from gan_core.system import _environment as environment

    return environment.Settings(**given) if given else environment.read()
