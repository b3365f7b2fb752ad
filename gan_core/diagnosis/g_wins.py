"""G wins: D cannot tell its pictures from real ones, and so its gradient teaches G nothing."""

from gan_core.diagnosis.d_wins import widest_gap
from gan_core.diagnosis.evidence import Evidence, Finding

ACCURACY, GAP, BLOCKS = 0.56, 0.1, 10


def find(evidence: Evidence) -> Finding | None:
    if evidence.critic:  # these have a rule of their own, critic.py
        return None
    gap = evidence.smoothed("score/real") - evidence.smoothed("score/fake")
    small_gap = gap <= GAP * widest_gap(evidence.config.regularization)
    since = evidence.since((evidence.smoothed("accuracy/all") <= ACCURACY) & small_gap, BLOCKS)
    if since is None:
        return None
    accuracy = evidence.mean_since(evidence.means("accuracy/all"), since)
    rates = evidence.config.optimiser
    return Finding(
        title="G wins",
        severity="note",
        observation=f"D judges {accuracy:.0%} of the pictures right, which is no better than guessing.",
        advice="Perfect pictures would look like this, but so does a D that is too weak: give it more or larger steps.",
        since=since,
        suggested_changes=(
            {"optimiser.lr_d": max(rates.lr_d, rates.lr_g)},
            {"objective.d_steps": min(20, 2 * evidence.config.objective.d_steps)},
        ),
    )


RULE = find
