"""Intra-class Fréchet distance (Miyato and Koyama, 2018): the mean over classes, each against its real pictures."""

import numpy as np

from gan_core.evaluation.metrics import Inputs, Metric, Value
from gan_core.evaluation.metrics import _gaussian as gaussian
from gan_core.evaluation.metrics.intervals import normal
from gan_core.system.errors import WorkshopError


def compute(inputs: Inputs) -> Value:
    """0 or more, from features (N, D) and (M, D) with labels; raises WorkshopError below 2 pictures of a class."""
    generated, real = inputs.generated, inputs.reference
    assert generated.labels is not None and real.labels is not None
    distances, variances = {}, []
    for number in real.labels.unique().tolist():
        one, two = generated.features[generated.labels == number], real.features[real.labels == number]
        if len(one) < 2:
            raise WorkshopError(f"The intra-class Fréchet distance needs at least 2 pictures of class {number}.")
        mine, other = gaussian.statistics(one), gaussian.statistics(two)
        name = inputs.classes[number] if inputs.classes else str(number)
        distances[name] = gaussian.frechet(mine, other)
        variances.append(gaussian.standard_error(one, two, mine, other) ** 2)
    value, error = float(np.mean(list(distances.values()))), sum(variances) ** 0.5 / len(variances)
    return Value(value, *normal(value, error, 0.0), {"by_class": distances, "standard_error": error})


METRIC = Metric(
    title="Intra-class Fréchet distance",
    better="lower",
    read="The Fréchet distance within each class, on average: high when a class looks wrong or has lost its variety. "
    "A class has fewer pictures than the whole, so it is always higher than the plain one.",
    interval="infinitesimal jackknife in each class",
    paper="https://arxiv.org/abs/1802.05637",
    compute=compute,
    needs=("labels",),
    order=61,
)
