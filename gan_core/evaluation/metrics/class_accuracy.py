"""Class accuracy: whether a conditional model draws the class it was given (cf. Ravuri and Vinyals, 2019)."""

from gan_core.evaluation.metrics import Inputs, Metric, Value
from gan_core.evaluation.metrics.intervals import wilson


def compute(inputs: Inputs) -> Value:
    """The share, 0 to 1, of generated pictures that the classifier assigns to the class given, and that per class.

    From logits (N, K) and labels (N,).
    """
    logits, labels = inputs.generated.logits, inputs.generated.labels
    assert logits is not None and labels is not None
    correct = (logits.argmax(dim=1) == labels).double()
    value = correct.mean().item()
    per_class = {name: correct[labels == number] for number, name in enumerate(inputs.classes)}
    by_class = {name: shares.mean().item() if len(shares) else None for name, shares in per_class.items()}
    return Value(value, *wilson(value, len(correct)), {"by_class": by_class})


METRIC = Metric(
    title="Class accuracy",
    better="higher",
    read="The share of pictures that show the class asked for, as far as the classifier can tell: it errs on real "
    "pictures, too.",
    interval="Wilson's, for a share",
    paper="https://arxiv.org/abs/1905.10887",
    compute=compute,
    needs=("logits", "labels"),
    order=60,
)
