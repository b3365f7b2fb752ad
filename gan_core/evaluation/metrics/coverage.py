"""Coverage (Naeem et al., 2020): recall that outliers among the generated pictures cannot inflate."""

from gan_core.evaluation.metrics import Inputs, Metric, Value, density
from gan_core.evaluation.metrics.intervals import wilson


def compute(inputs: Inputs) -> Value:
    """The share of real pictures, 0 to 1, with a generated one nearer than their fifth-nearest real one.

    From features (N, D) and (M, D) (section 3.2); raises WorkshopError for fewer than 6 of each kind.
    """
    covered = density.inside(inputs).any(dim=0)
    value, count = covered.double().mean().item(), len(covered)
    return Value(value, *wilson(value, count), {"neighbours": density.NEIGHBOURS, "count": count})


METRIC = Metric(
    title="Coverage",
    better="higher",
    read="The share of real pictures that have a generated one in their neighbourhood: falls when kinds are missing.",
    interval="Wilson's, for a share",
    paper="https://arxiv.org/abs/2002.09797",
    compute=compute,
    order=43,
)
