"""Class coverage: the share of classes that the classifier finds among the generated pictures; low is mode collapse."""

import numpy as np
from torch import Tensor

from gan_core.evaluation.metrics import Inputs, Metric, Value

THRESHOLD = 0.25
"""A class is covered from this part of its share among real pictures: fewer may just be misclassified."""


def compute(inputs: Inputs) -> Value:
    """The share of covered classes, 0 to 1, from logits (N, K) and (M, K) (cf. the modes of Metz et al., 2017)."""
    generated, real = _histogram(inputs.generated.logits), _histogram(inputs.reference.logits)
    shares, covered = generated / generated.sum(), _covered(generated, real)
    draws = np.random.default_rng(inputs.seed).multinomial(generated.sum(), shares, 1000)
    value = float(covered.mean())
    low, high = np.quantile(_covered(draws, real).mean(axis=1), (0.025, 0.975))
    details = {
        "classes": list(inputs.classes),
        "generated": shares.tolist(),
        "real": (real / real.sum()).tolist(),
        "missing": [name for name, there in zip(inputs.classes, covered, strict=True) if not there],
    }
    return Value(value, min(value, float(low)), max(value, float(high)), details)


def _histogram(logits: Tensor | None) -> np.ndarray:
    """How many pictures are classified as each class: int64 (K,) from logits (N, K)."""
    assert logits is not None
    return np.bincount(logits.argmax(dim=1).numpy(), minlength=logits.shape[1])


def _covered(counts: np.ndarray, real: np.ndarray) -> np.ndarray:
    """bool (…, K): whether each class has enough of the generated pictures, `counts` (…, K)."""
    shares = counts / counts.sum(axis=-1, keepdims=True)
    return (shares > 0) & (shares >= THRESHOLD * real / real.sum())


METRIC = Metric(
    title="Class coverage",
    better="higher",
    read="The share of the classes that appear among the generated pictures: less than 1 is mode collapse. A class "
    "appears when it has at least a quarter of its share among real pictures.",
    interval="bootstrap over the generated pictures",
    paper="https://arxiv.org/abs/1611.02163",
    compute=compute,
    needs=("logits",),
    order=50,
)
