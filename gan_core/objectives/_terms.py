"""What a variant's loss functions return. Torch-free, see `lazy`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

Terms = dict[str, "Tensor"]
"""`total` is minimised. D's losses also return the scores they were given, under REAL and FAKE, so that
D need not run twice. Every other key is a scalar that becomes a line in the charts: `penalty` is logged as
`d/penalty` or `g/penalty`, and a key with a slash, as `accuracy/class`, under that very name."""

REAL, FAKE = "real_scores", "fake_scores"
