"""What a variant's loss functions hand to the trainer. No torch is imported here: see `later`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

Terms = dict[str, "Tensor"]
"""`total` is minimised. D's losses also hand back the scores they were given, under REAL and FAKE, so that
nothing runs D twice. Every other key is a scalar that becomes a line in the charts: `penalty` is logged as
`d/penalty` or `g/penalty`, and a key with a slash, as `accuracy/class`, under that very name."""

REAL, FAKE = "real_scores", "fake_scores"
