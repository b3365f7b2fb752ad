"""The bundled classifiers, one per data set; trained by `checkpoints/classifiers.py`."""

import hashlib
from functools import cache
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from gan_core.evaluation.extractors import Extractor, preprocess
from gan_core.evaluation.extractors.network import Classifier, fold_batch_norm, uninitialised
from gan_core.system import discovery
from gan_core.system.errors import WorkshopError

FORMAT = "gan-workshop-classifier/1"
FOLDER = Path(__file__).parent / "bundled"
NAMES = ("fashion", "digits", "emoji")


def path_of(name: str) -> Path:
    """The file of classifier `name`."""
    return FOLDER / f"{name}.safetensors"


def extractor_name(name: str) -> str:
    """The extractor's name in scores, e.g. `fashion-cnn`."""
    return f"{name}-cnn"


@cache
def classifier_for(dataset: str) -> str | None:
    """The classifier trained for data set `dataset`, or None."""
    return next(
        (name for name in NAMES if path_of(name).is_file() and dataset in _metadata(name)["serves"].split()), None
    )


def load_network(name: str) -> Classifier:
    """The network as it was trained, with batch norm; raises WorkshopError for a file that does not fit."""
    path, metadata = path_of(name), _metadata(name)
    network = uninitialised(int(metadata["channels"]), int(metadata["size"]), len(metadata["classes"].split("\n")))
    weights = {key: value.float() for key, value in safetensors.torch.load_file(path).items()}
    keys = network.load_state_dict(weights, strict=False)
    wrong = [key for key in keys.missing_keys if not key.endswith("num_batches_tracked")] + keys.unexpected_keys
    if wrong:
        raise WorkshopError(f"{path} does not fit its network: {', '.join(wrong)}.")
    return network


def load(name: str) -> Extractor:
    """The classifier as an extractor; raises WorkshopError for an unknown name or a missing file."""
    if name not in NAMES:
        raise discovery.unknown("classifier", name, NAMES)
    metadata = _metadata(name)
    network = fold_batch_norm(load_network(name)).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def run(images: Tensor) -> tuple[Tensor, Tensor]:
        return network(preprocess(images, int(metadata["channels"]), int(metadata["size"])))

    digest = hashlib.sha256(path_of(name).read_bytes()).hexdigest()[:16]
    return Extractor(
        extractor_name(name), digest, run, tuple(metadata["classes"].split("\n")), float(metadata["accuracy"])
    )


def _metadata(name: str) -> dict[str, str]:
    path = path_of(name)
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
    except (OSError, safetensors.SafetensorError) as error:
        raise WorkshopError(f"{path} cannot be read ({error}): restore it from the repository.") from None
    if metadata.get("format") != FORMAT:
        raise WorkshopError(f"{path} is no classifier of ours: restore it from the repository.")
    return metadata
