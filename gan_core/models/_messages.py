"""Parts of error messages about untrusted files. Torch-free."""

from collections.abc import Iterable

from pydantic import ValidationError

from gan_core.system.text import for_sentence

MAX_LISTED = 3
"""Names in a list; the others are only counted."""


def first_line(error: Exception) -> str:
    """The first line of an error's message, its class if it has none; without a full stop."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__).rstrip(".")


def first_problem(error: ValidationError) -> str:
    """The first problem, such as `size: 7 was given; allowed: greater than or equal to 16`; without a full stop."""
    problem = error.errors()[0]
    field = for_sentence(".".join(str(part) for part in problem["loc"]))
    message = problem["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    if problem["type"] == "missing":
        return f"{field} is missing"
    if problem["type"] == "extra_forbidden":
        return f"{field}: there is no such field"
    if not field or (problem["type"] == "value_error" and not message.startswith("allowed: ")):
        return f"{field}: {message}" if field else message
    given = for_sentence(repr(problem["input"]), 60)
    return f"{field}: {given} was given; allowed: {message.removeprefix('allowed: ')}"


def listed(names: Iterable[str]) -> str:
    """The first names, and how many more there are."""
    names = list(names)
    more = f" and {len(names) - MAX_LISTED:,} more" if len(names) > MAX_LISTED else ""
    return ", ".join(for_sentence(name) for name in names[:MAX_LISTED]) + more
