"""Coverage (Naeem et al., 2020): recall that a few odd generated pictures cannot inflate."""

from gan_core.evaluation.metrics import Inputs, Metric, Value, density
from gan_core.evaluation.metrics import _intervals as intervals


def compute(inputs: Inputs) -> Value:
    """The share of real pictures with a generated one nearer than their fifth-nearest real one; needs 6 of each."""
    covered = density.inside(inputs).any(dim=0)
    value = covered.double().mean().item()
    details = {"neighbours": density.NEIGHBOURS, "count": len(covered)}
    return Value(value, *intervals.share(value, len(covered)), details)


METRIC = Metric(
    title="Coverage",
    better="higher",
    read="The share of real pictures that have a generated one in their neighbourhood: falls when kinds are missing.",
    interval="Wilson's, for a share",
    paper="https://arxiv.org/abs/2002.09797",
    compute=compute,
    order=43,
)
