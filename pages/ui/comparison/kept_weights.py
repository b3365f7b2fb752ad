"""Which of a run's kept weights are looked at."""

from pathlib import Path

from gan_core.runs import Run

CHOICES = {"last": "last", "best": "best score", "step": "at the slider"}
"""The choices by what the URL calls them."""


def weights(run: Run, which: str, step: int | None) -> Path | None:
    """The file of the chosen weights, the last or the kept ones nearest to a step; None where the run has kept none.

    For `step` that is the slider's (None: the newest); for `best` the one with the lowest score, and the last where
    the run was not scored while it trained.
    """
    kept = run.weights()
    if not kept:
        return None
    best = run.best() if which == "best" else None
    wanted = best.step if best else step if which == "step" else None
    nearest = max(kept) if wanted is None else min(kept, key=lambda at: (abs(at - wanted), at))
    return kept[nearest]
