"""Fréchet distance of features (Heusel et al., 2017); with Inception's features it is known as FID."""

from gan_core.evaluation.metrics import Inputs, Metric, Value
from gan_core.evaluation.metrics import _gaussian as gaussian
from gan_core.evaluation.metrics.intervals import normal


def compute(inputs: Inputs) -> Value:
    """The squared distance of Gaussians fitted to features (N, D) and (M, D), 0 or more, in their unit squared (eq. 6).

    Raises WorkshopError for fewer than 2 pictures of a kind; it takes many more than D to mean something.
    """
    one, two = inputs.generated, inputs.reference
    value = gaussian.frechet(one.statistics, two.statistics)
    error = gaussian.standard_error(one.features, two.features, one.statistics, two.statistics)
    return Value(value, *normal(value, error, 0.0), {"standard_error": error})


METRIC = Metric(
    title="Fréchet distance",
    better="lower",
    read="How far the generated pictures as a whole are from real ones: 0 is the same mean and spread of features. "
    "Fewer pictures give a higher distance, so compare only equal counts.",
    interval="infinitesimal jackknife, generated and real pictures drawn again",
    paper="https://arxiv.org/abs/1706.08500",
    compute=compute,
    order=10,
)
