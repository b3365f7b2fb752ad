"""A model as a file, wherever it lies: bundled, pulled, imported, or a run's own weights.

Offers `checkpoint` (read, write, draw), `bundled`, `store` (kept on this machine), `library` (one name for any of
them), `foreign` (trained elsewhere) and `export`. Every file is a stranger's until its tensors have been checked.
Start with `checkpoint`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gan_core.models.checkpoint import Model


def load(name: str) -> "Model":
    """The bundled model called `name`, for scripts; raises WorkshopError for another name."""
    from gan_core.models import bundled

    return bundled.load(name)
