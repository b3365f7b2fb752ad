"""Class coverage: which classes the generated pictures are of, by the classifier; mode collapse in one picture."""

import numpy as np
from torch import Tensor

from gan_core.evaluation.metrics import Inputs, Metric, Value

LEAST = 0.25
"""A class counts as covered from this part of its share among real pictures: fewer may just be mistaken for it."""


def histogram(logits: Tensor) -> np.ndarray:
    """How many of the pictures the classifier takes for each class: int64 (K,) from logits (N, K)."""
    return np.bincount(logits.argmax(dim=1).numpy(), minlength=logits.shape[1])


def compute(inputs: Inputs) -> Value:
    """The share of classes that appear; the interval draws the pictures again 1,000 times."""
    assert inputs.generated.logits is not None and inputs.reference.logits is not None
    counts, real = histogram(inputs.generated.logits), histogram(inputs.reference.logits)
    value = float(covered(counts, real).mean())
    draws = np.random.default_rng(inputs.seed).multinomial(counts.sum(), counts / counts.sum(), 1000)
    low, high = np.quantile(covered(draws, real).mean(axis=1), (0.025, 0.975))
    missing = [name for name, there in zip(inputs.classes, covered(counts, real), strict=True) if not there]
    return Value(
        value,
        min(value, float(low)),
        max(value, float(high)),
        {
            "classes": list(inputs.classes),
            "generated": [float(n) for n in counts / counts.sum()],
            "real": [float(n) for n in real / real.sum()],
            "missing": missing,
        },
    )


def covered(counts: np.ndarray, real: np.ndarray) -> np.ndarray:
    """bool (…, K): whether each class has enough of the generated pictures, `counts` (…, K)."""
    shares = counts / counts.sum(axis=-1, keepdims=True)
    return (shares > 0) & (shares >= LEAST * real / real.sum())


METRIC = Metric(
    title="Class coverage",
    better="higher",
    read="The share of the classes that appear among the generated pictures: less than 1 is mode collapse. A class "
    "appears when it has at least a quarter of its share among real pictures.",
    interval="bootstrap over the generated pictures",
    paper="https://arxiv.org/abs/1711.10337",
    compute=compute,
    needs=("logits",),
    order=50,
)
