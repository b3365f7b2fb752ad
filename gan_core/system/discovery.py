"""Modules of a package, found by what they define, and names that are looked up strictly."""

import difflib
import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any, TypeVar

from gan_core.system.errors import WorkshopError

T = TypeVar("T")


def discover(package: ModuleType, attribute: str) -> dict[str, Any]:
    """Import every module of `package` and collect `attribute` of those that define it.

    The key is the module's name; modules without the attribute are helpers.
    """
    found: dict[str, Any] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda item: item.name):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        if hasattr(module, attribute):
            found[info.name] = getattr(module, attribute)
    return found


def unknown(what: str, name: object, valid: Iterable[str]) -> WorkshopError:
    """The error for a name that is not there: it says what was given and lists what is allowed."""
    names = sorted(valid)
    close = difflib.get_close_matches(str(name), names, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return WorkshopError(f"Unknown {what} {name!r}.{hint} Available: {', '.join(names) or 'none'}.")


def look_up(table: Mapping[str, T], name: object, what: str) -> T:
    """`table[name]`, or a WorkshopError that lists the valid names; `name` may be anything a file or URL holds."""
    if not isinstance(name, str) or name not in table:
        raise unknown(what, name, table)
    return table[name]
