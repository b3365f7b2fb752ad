"""Memorisation: with few pictures to learn from, G can copy them."""

from gan_core.diagnosis.evidence import Evidence, Finding

NEARER = 0.8
"""How often a generated picture is nearer to the training pictures than an unseen one; 0.5 is as it should be."""


def find(seen: Evidence) -> Finding | None:
    steps, nearer = seen.points("memory/nearer")
    if len(nearer) < 2 or nearer[-2:].min() < NEARER:
        return None
    since = steps[len(nearer) - 1]
    for step, value in zip(steps[::-1], nearer[::-1], strict=True):
        if value < NEARER:
            break
        since = step
    now = seen.config
    return Finding(
        title="Memorisation",
        severity="warning",
        seen=f"{nearer[-2:].mean():.0%} of its pictures are nearer to the training pictures than unseen ones are.",
        advice="So few pictures can be learned by heart: augment what D sees, take more of them, or stop earlier.",
        since=int(since),
        remedies=(
            {"regularization.augment": "basic", "regularization.augment_where": "both"},
            *({"data.limit": None},) * (now.data.limit is not None),
            {"regularization.r1": 1.0},
        ),
    )


RULE = find
