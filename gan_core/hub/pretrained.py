"""A trained generator for use from Python: `Generator.from_pretrained("user/repo")`, like other models of the Hub."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import numpy as np
import safetensors
import safetensors.torch
from huggingface_hub import PyTorchModelHubMixin, hf_hub_download
from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError
from torch import Tensor, nn

from gan_core.config import TrainConfig
from gan_core.hub import card
from gan_core.models import bundled, checkpoint, foreign, library, packing, store
from gan_core.models.checkpoint import Model
from gan_core.models.metadata import SUFFIXES
from gan_core.system import files, settings
from gan_core.system.errors import WorkshopError

WEIGHTS = (card.WEIGHTS, "pytorch_model.bin")
"""What is looked for in a repository or a folder; the second is what other programs have written."""


class Generator(
    nn.Module,
    PyTorchModelHubMixin,
    library_name="gan-workshop",
    pipeline_tag="unconditional-image-generation",
    tags=["gan-workshop"],
):
    """A generator with its weights, in evaluation mode; no gradients are kept for its weights until you ask for them.

    Made by `from_pretrained`. `save_pretrained` and `push_to_hub` are huggingface_hub's own; they write a repository
    of ours, with the card. What one saves and loads draws the same pixels.
    """

    _hub_mixin_config = {}  # noqa: RUF012 - the mixin would else copy the whole model into a config of its own

    def __init__(self, model: Model, head: Mapping[str, str]) -> None:
        """A loaded checkpoint, and the metadata of its file."""
        super().__init__()
        self.network = model.generator
        self._model = model
        self._head = dict(head)
        self._repo = ""
        self.eval()

    @property
    def config(self) -> TrainConfig:
        """The settings that it was trained with."""
        return self._model.config

    @property
    def z_dim(self) -> int:
        """How many numbers a z has."""
        return self.config.network.z_dim

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that can be asked for; none of a model that is told no class."""
        return self._model.classes if self._model.conditional else ()

    @property
    def licence(self) -> str:
        """Of the pictures it has learned from; empty where nobody has said it."""
        return self._model.licence

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Pictures float (N, C, H, W) in [-1, 1] of z (N, z_dim) and, where there are `classes`, labels int64 (N,).

        Raises WorkshopError where a class is needed and none is given.
        """
        if self.classes and labels is None:
            raise WorkshopError(
                f"labels: none were given; allowed: numbers from 0 to {len(self.classes) - 1}, one a z."
            )
        return self.network(z, labels if self.classes else None)

    def sample(self, count: int, seed: int = 0, label: str | int | None = None) -> np.ndarray:
        """`count` pictures uint8 (count, H, W, C); the same `seed` gives the same pictures.

        A model with classes draws all in turn, or only `label`, a number or a name. Raises WorkshopError for a count,
        a seed or a label that is not allowed.
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
        """The generator in a repository of the Hub, a folder, a file, or of a model that has a name on this machine.

        `revision` is a branch, a tag or a commit of the repository; `raw` takes the last weights instead of their
        average (EMA), where the file has both. Weights are loaded strictly, and never unpickled. Raises WorkshopError
        for what is no generator, and what `huggingface_hub.hf_hub_download` raises.
        """
        if model_kwargs:
            raise WorkshopError(
                f"from_pretrained: {', '.join(model_kwargs)} was given; allowed: raw, revision and the options of a "
                "download. Weights are always loaded strictly."
            )
        path = _local(pretrained_model_name_or_path)
        if path is None:
            path = _downloaded(
                str(pretrained_model_name_or_path),
                revision=revision,
                token=token,
                cache_dir=cache_dir,
                force_download=force_download,
                local_files_only=local_files_only,
                endpoint=settings.current().endpoint,
            )
        with _ours(path) as file:
            model = checkpoint.load(file, raw=raw)
            with safetensors.safe_open(file, framework="pt") as opened:
                head = opened.metadata()
        return cls(model, head)

    def push_to_hub(self, repo_id: str, **given: Any) -> str:
        """As huggingface_hub's own; the card then names the repository."""
        self._repo = repo_id
        try:
            return super().push_to_hub(repo_id, **given)
        finally:
            self._repo = ""

    def _save_pretrained(self, save_directory: Path) -> None:
        """The mixin's hook: a repository of ours. A card that is there already stays, as with the mixin's own."""
        weights, readme = save_directory / card.WEIGHTS, save_directory / card.CARD
        own = readme.read_bytes() if readme.is_file() else None
        files.write_atomic(weights, self._content())
        card.prepare(weights, save_directory, repo=self._repo)
        if own is not None:
            files.write_atomic(readme, own)

    def _content(self) -> bytes:
        """The weights as they are now, as a file of ours; the discriminator goes with them where there is one."""
        parts = {"ema" if self._model.ema else "generator": self.network}
        parts |= {"discriminator": self._model.discriminator} if self._model.discriminator else {}
        tensors = {
            f"{name}.{key}": value.detach().contiguous().cpu()
            for name, network in parts.items()
            for key, value in network.state_dict().items()
        }
        return packing.in_order(safetensors.torch.save(tensors, self._head))


def _local(given: str | Path) -> Path | None:
    """The file that is meant, None where a repository is; raises WorkshopError where nothing of that name is here."""
    text, path = str(given), Path(given)
    if text in bundled.names() or text in store.names():
        return library.named(text)
    if path.is_dir():
        found = [path / name for name in WEIGHTS if (path / name).is_file()]
        if not found:
            raise WorkshopError(f"{path} holds no {' and no '.join(WEIGHTS)}.")
        return found[0]
    if path.is_file() or isinstance(given, Path) or path.suffix.lower() in SUFFIXES:
        if not path.is_file():
            raise WorkshopError(f"There is no file {path}.")
        return path
    return None


def _downloaded(repo: str, **options: Any) -> Path:
    """The file of weights of a repository, in the Hub's cache."""
    with suppress(EntryNotFoundError):
        hf_hub_download(repo, card.CONFIG, **options)  # by this file the Hub counts downloads
    unreachable: LocalEntryNotFoundError | None = None
    for name in WEIGHTS:
        try:
            return Path(hf_hub_download(repo, name, **options))
        except LocalEntryNotFoundError as error:  # offline: this one is not in the cache, but the next may be
            unreachable = error
        except EntryNotFoundError:
            continue
    raise unreachable or WorkshopError(f"{repo} holds no {' and no '.join(WEIGHTS)}.")


@contextmanager
def _ours(path: Path) -> Iterator[Path]:
    """`path`, or for a file that is not ours its likeness in our own format for a while."""
    if not foreign.is_foreign(path):
        yield path
        return
    with tempfile.TemporaryDirectory() as scratch:
        converted = Path(scratch) / card.WEIGHTS
        foreign.convert(path, converted)
        yield converted
