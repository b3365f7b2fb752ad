"""Improved precision (Kynkäänniemi et al., 2019)."""

from gan_core.evaluation.metrics import Inputs, Metric, Value
from gan_core.evaluation.metrics import _intervals as intervals
from gan_core.evaluation.metrics import _neighbours as neighbours


def compute(inputs: Inputs) -> Value:
    """The share of generated pictures within the third-nearest-neighbour balls of real ones; needs 6 of each."""
    value, _, count = neighbours.precision_recall(inputs)
    return Value(value, *intervals.share(value, count), {"neighbours": neighbours.NEIGHBOURS, "count": count})


METRIC = Metric(
    title="Precision",
    better="higher",
    read="The share of generated pictures that look like some real one: low means bad pictures.",
    interval="Wilson's, for a share",
    paper="https://arxiv.org/abs/1904.06991",
    compute=compute,
    order=40,
)
