"""The one exception that is meant to be read by a person, and its most frequent sentence."""


class WorkshopError(Exception):
    """Something a user can put right: the message is one plain sentence that says what and how.

    Pages show it as it is; the command line prints it and exits with status 2. Anything else
    that is raised is a defect of ours and keeps its traceback.
    """


def check_range(name: str, value: float, least: float, most: float) -> None:
    """Raise WorkshopError unless `value`, which a user has given for `name`, is from `least` to `most`; NaN is not."""
    if not least <= value <= most:
        raise WorkshopError(f"{name}: {value} was given; allowed: {least} to {most:,}.")
