"""Classifier score: the Inception Score (Salimans et al., 2016) with the classifier that extracts the features."""

import numpy as np
from torch_fidelity.metric_isc import isc_features_to_metric

from gan_core.evaluation.metrics import Inputs, Metric, Value, intervals
from gan_core.system.errors import WorkshopError

BLOCKS = 10


def compute(inputs: Inputs) -> Value:
    """exp(E_x KL(p(y | x) ‖ p(y))), 1 to K, from logits (N, K) (Salimans et al., 2016, section 4).

    By torch-fidelity, the mean over ten blocks; raises WorkshopError for fewer than 10 pictures.
    """
    logits = inputs.generated.logits
    assert logits is not None
    if len(logits) < BLOCKS:
        raise WorkshopError(f"The classifier score needs at least {BLOCKS} pictures; {len(logits)} were given.")
    order = np.random.default_rng(inputs.seed).permutation(len(logits))
    parts = [logits[part] for part in np.array_split(order, BLOCKS)]
    values = [isc_features_to_metric(part, splits=1, shuffle=False)["inception_score_mean"] for part in parts]
    return Value(*intervals.student(values), {"most": logits.shape[1]})


METRIC = Metric(
    title="Classifier score",
    better="higher",
    read="High when the classifier is sure of each picture and finds all classes equally often: from 1 to the number "
    "of classes. It compares with no real picture.",
    interval="Student's t over ten separate blocks",
    paper="https://arxiv.org/abs/1606.03498",
    compute=compute,
    needs=("logits",),
    order=30,
)
