"""A model as a file, wherever it lies: bundled, pulled, imported, or a run's own weights.

Offers `checkpoint` (save, load, draw), `bundled`, `store` (pulled and imported models), `library` (any of them by one
name), `foreign` (trained elsewhere) and `export` (ONNX, `torch.export`). A file counts as a stranger's until its
tensors have been checked. Start with `checkpoint`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gan_core.models.checkpoint import Model


def load(name: str) -> "Model":
    """The bundled model called `name`, for scripts; raises WorkshopError for another name."""
    from gan_core.models import bundled

    return bundled.load(name)
