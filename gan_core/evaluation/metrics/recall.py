"""Improved recall (Kynkäänniemi et al., 2019)."""

from gan_core.evaluation.metrics import Inputs, Metric, Value
from gan_core.evaluation.metrics import _neighbours as neighbours
from gan_core.evaluation.metrics.intervals import wilson


def compute(inputs: Inputs) -> Value:
    """The share of real pictures, 0 to 1, within the third-nearest-neighbour ball of a generated one (eq. 1, 2).

    From features (N, D) and (M, D); raises WorkshopError for fewer than 6 of each kind.
    """
    _, value, count = neighbours.precision_recall(inputs)
    return Value(value, *wilson(value, count), {"neighbours": neighbours.NEIGHBOURS, "count": count})


METRIC = Metric(
    title="Recall",
    better="higher",
    read="The share of real pictures that the generator could have made: low means missing variety.",
    interval="Wilson's, for a share",
    paper="https://arxiv.org/abs/1904.06991",
    compute=compute,
    order=41,
)
