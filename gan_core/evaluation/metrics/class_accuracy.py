"""Class accuracy: whether a conditional model draws the class it was asked for."""

from gan_core.evaluation.metrics import Inputs, Metric, Value
from gan_core.evaluation.metrics import _intervals as intervals


def compute(inputs: Inputs) -> Value:
    """The share of generated pictures that the classifier takes for the class asked for, and that of each class."""
    logits, asked = inputs.generated.logits, inputs.generated.labels
    assert logits is not None and asked is not None
    right = (logits.argmax(dim=1) == asked).double()
    value = right.mean().item()
    present = {name: right[asked == number] for number, name in enumerate(inputs.classes)}
    by_class = {name: found.mean().item() if len(found) else None for name, found in present.items()}
    return Value(value, *intervals.share(value, len(right)), {"by_class": by_class})


METRIC = Metric(
    title="Class accuracy",
    better="higher",
    read="The share of pictures that show the class asked for, as far as the classifier can tell: it errs on real "
    "pictures, too.",
    interval="Wilson's, for a share",
    paper="https://arxiv.org/abs/1905.10887",
    compute=compute,
    needs=("logits", "asked"),
    order=60,
)
