"""G wins: D cannot tell its pictures from real ones any more, and so has nothing to teach."""

from gan_core.diagnosis.d_wins import widest
from gan_core.diagnosis.evidence import Evidence, Finding

ACCURACY, GAP, BLOCKS = 0.56, 0.1, 10


def find(seen: Evidence) -> Finding | None:
    if seen.critic:  # whose own rule this is: critic.py
        return None
    gap = seen.steady("score/real") - seen.steady("score/fake")
    blind = (seen.steady("accuracy/all") <= ACCURACY) & (gap <= GAP * widest(seen.config.regularization))
    since = seen.since(blind, BLOCKS)
    if since is None:
        return None
    accuracy = seen.over(seen.means("accuracy/all"), since)
    rates = seen.config.optimiser
    more = {"objective.d_steps": min(20, 2 * seen.config.objective.d_steps)}
    return Finding(
        title="G wins",
        severity="note",
        seen=f"D judges {accuracy:.0%} of the pictures right, which is no better than guessing.",
        advice="Perfect pictures would look like this, but so does a D that is too weak: give it more or larger steps.",
        since=since,
        remedies=(*({"optimiser.lr_d": rates.lr_g},) * (rates.lr_d < rates.lr_g), more),
    )


RULE = find
