"""Improved recall (Kynkäänniemi et al., 2019)."""

from gan_core.evaluation.metrics import Inputs, Metric, Value
from gan_core.evaluation.metrics import _intervals as intervals
from gan_core.evaluation.metrics import _neighbours as neighbours


def compute(inputs: Inputs) -> Value:
    """The share of real pictures within the third-nearest-neighbour balls of generated ones; needs 6 of each."""
    _, value, count = neighbours.precision_recall(inputs)
    return Value(value, *intervals.share(value, count), {"neighbours": neighbours.NEIGHBOURS, "count": count})


METRIC = Metric(
    title="Recall",
    better="higher",
    read="The share of real pictures that the generator could have made: low means missing variety.",
    interval="Wilson's, for a share",
    paper="https://arxiv.org/abs/1904.06991",
    compute=compute,
    order=41,
)
