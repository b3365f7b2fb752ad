"""Trained generators for use from Python: `Generator.from_pretrained("user/repo")`, as usual on the Hub."""

import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import numpy as np
import safetensors
from huggingface_hub import PyTorchModelHubMixin, hf_hub_download
from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError
from torch import Tensor, nn

from gan_core.config import TrainConfig
from gan_core.hub import card, names
from gan_core.models import bundled, checkpoint, foreign, library, store
from gan_core.models.checkpoint import Model
from gan_core.models.metadata import SUFFIXES
from gan_core.system import files, settings
from gan_core.system.errors import WorkshopError

WEIGHTS_NAMES = (names.WEIGHTS, "pytorch_model.bin")
"""In a repository or a folder, in this order; other programs write the second."""


class Generator(
    nn.Module,
    PyTorchModelHubMixin,
    library_name="gan-workshop",
    pipeline_tag="unconditional-image-generation",
    tags=["gan-workshop"],
):
    """A trained generator in evaluation mode; its weights need no gradients until you request them.

    Created by `from_pretrained`. `save_pretrained` and `push_to_hub` are huggingface_hub's own and write a repository
    of ours, with the card. A generator draws the same pixels after saving and loading.
    """

    _hub_mixin_config = {}  # noqa: RUF012 - otherwise the mixin copies the whole model into a config of its own

    def __init__(self, model: Model, metadata: Mapping[str, str]) -> None:
        """From a loaded checkpoint and the text metadata of its file."""
        super().__init__()
        self.network = model.generator
        self._model = model
        self._metadata = dict(metadata)
        self._repo = ""
        self.eval()

    @property
    def config(self) -> TrainConfig:
        """The training settings."""
        return self._model.config

    @property
    def z_dim(self) -> int:
        """Dimensions of z."""
        return self.config.network.z_dim

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes to choose from; empty for an unconditional model."""
        return self._model.classes if self._model.conditional else ()

    @property
    def licence(self) -> str:
        """Of the training pictures; "" if unknown."""
        return self._model.licence

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Pictures float (N, C, H, W) in [-1, 1] of z (N, z_dim) and, if there are `classes`, labels int64 (N,).

        Raises WorkshopError for missing labels.
        """
        if self.classes and labels is None:
            raise WorkshopError(f"labels: none were given; allowed: 0 to {len(self.classes) - 1}, one for each z.")
        return self.network(z, labels if self.classes else None)

    def sample(self, count: int, seed: int = 0, label: str | int | None = None) -> np.ndarray:
        """`count` pictures uint8 (count, H, W, C); the same `seed` gives the same pictures.

        A conditional model draws all classes in turn, or only `label`, a number or a name. Raises WorkshopError for an
        invalid count, seed or label.
        """
        return self._model.sample(count, seed, label)[0]

    @classmethod
    def from_pretrained(
        cls,
        pretrained_model_name_or_path: str | Path,
        *,
        force_download: bool = False,
        token: str | bool | None = None,
        cache_dir: str | Path | None = None,
        local_files_only: bool = False,
        revision: str | None = None,
        raw: bool = False,
        **model_kwargs: Any,
    ) -> Self:
        """The generator in a repository of the Hub, a folder, a file, or of a model with a name on this machine.

        `revision` is a branch, a tag or a commit of the repository; `raw` takes the last weights instead of their
        average (EMA), if the file has both. Weights are loaded strictly, and never unpickled. Raises WorkshopError
        for what is no generator, and what `huggingface_hub.hf_hub_download` raises.
        """
        if model_kwargs:
            raise WorkshopError(
                f"from_pretrained: {', '.join(model_kwargs)} was given; allowed: raw, revision and the options of a "
                "download. Weights are always loaded strictly."
            )
        options = {"token": token, "cache_dir": cache_dir, "revision": revision}
        options |= {"force_download": force_download, "local_files_only": local_files_only}
        path = _local_file(pretrained_model_name_or_path) or _download(str(pretrained_model_name_or_path), **options)
        with tempfile.TemporaryDirectory() as scratch:
            if foreign.is_foreign(path):
                converted = Path(scratch) / names.WEIGHTS
                foreign.convert(path, converted)
                path = converted
            model = checkpoint.load(path, raw=raw)
            with safetensors.safe_open(path, framework="pt") as file:
                metadata = file.metadata()
        return cls(model, metadata)

    def push_to_hub(self, repo_id: str, **options: Any) -> str:
        """huggingface_hub's own, with the repository named in the card."""
        self._repo = repo_id
        try:
            return super().push_to_hub(repo_id, **options)
        finally:
            self._repo = ""

    def _save_pretrained(self, save_directory: Path) -> None:
        """The mixin's hook: writes a repository of ours. An existing card stays, as with the mixin's own."""
        weights, card_path = save_directory / names.WEIGHTS, save_directory / names.CARD
        existing = card_path.read_bytes() if card_path.is_file() else None
        files.write_atomic(weights, self._serialize())
        card.write_repository(weights, save_directory, repo=self._repo)
        if existing is not None:
            files.write_atomic(card_path, existing)

    def _serialize(self) -> bytes:
        """The current weights as a file of ours, with those of the discriminator if there is one."""
        networks = {"ema" if self._model.ema else "generator": self.network}
        networks |= {"discriminator": self._model.discriminator} if self._model.discriminator else {}
        return checkpoint.serialize(checkpoint.named_tensors(networks), self._metadata)


def _local_file(given: str | Path) -> Path | None:
    """The weights file that is meant, None for a repository; raises WorkshopError for a file that does not exist."""
    text, path = str(given), Path(given)
    if text in bundled.names() or text in store.names():
        return library.resolve(text)
    if path.is_dir():
        found = [path / name for name in WEIGHTS_NAMES if (path / name).is_file()]
        if not found:
            raise WorkshopError(f"{path} holds no {' and no '.join(WEIGHTS_NAMES)}.")
        return found[0]
    if path.is_file() or isinstance(given, Path) or path.suffix.lower() in SUFFIXES:
        if not path.is_file():
            raise WorkshopError(f"There is no file {path}.")
        return path
    return None


def _download(repo: str, **options: Any) -> Path:
    """The weights file of a repository, in the Hub's cache."""
    options["endpoint"] = settings.current().endpoint
    with suppress(EntryNotFoundError):
        hf_hub_download(repo, names.CONFIG, **options)  # by this file the Hub counts downloads
    unreachable: LocalEntryNotFoundError | None = None
    for name in WEIGHTS_NAMES:
        try:
            return Path(hf_hub_download(repo, name, **options))
        except LocalEntryNotFoundError as error:  # offline: not in the cache, but the next one may be
            unreachable = error
        except EntryNotFoundError:
            continue
    raise unreachable or WorkshopError(f"{repo} holds no {' and no '.join(WEIGHTS_NAMES)}.")
