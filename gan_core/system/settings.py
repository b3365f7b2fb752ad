"""What the environment sets: every `GAN_*` variable, and where the Hub is. Nothing else in the program reads them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_core.system.places import ROOT

if TYPE_CHECKING:
    from gan_core.system._environment import Settings


def current(**given: Any) -> "Settings":
    """The settings as the environment has them now; what is `given` stands in place of a variable, by field name.

    Reading a field whose variable has a bad value raises WorkshopError, with one sentence that names the variable,
    what was given and what is allowed.
    """
    from gan_core.system import _environment as environment

    return environment.Settings(**given) if given else environment.read()


def table() -> list[tuple[str, str, str, str]]:
    """For the documentation: each variable's name, default, meaning and what is allowed."""
    from gan_core.system import _environment as environment

    fields = environment.Settings.model_fields
    return [
        (f"`{environment.variable(name)}`", _default(info.default), info.description or "", environment.allowed(info))
        for name, info in fields.items()
    ]


def _default(value: Any) -> str:
    if isinstance(value, Path):
        return f"`{value.relative_to(ROOT)}/` of the program"
    return "none" if value is None else f"{value:g}" if isinstance(value, int | float) else str(value)
