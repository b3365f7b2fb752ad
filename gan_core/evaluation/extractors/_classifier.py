"""The bundled classifiers, one a data set; `bundled/train.py` makes them."""

import hashlib
from functools import cache
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from gan_core.evaluation.extractors import Extractor, prepared
from gan_core.evaluation.extractors._network import Classifier, blank, folded
from gan_core.system import discovery
from gan_core.system.errors import WorkshopError

FORMAT = "gan-workshop-classifier/1"
FOLDER = Path(__file__).parent / "bundled"
NAMES = ("fashion", "digits", "emoji")


def path_of(name: str) -> Path:
    """The file of classifier `name`."""
    return FOLDER / f"{name}.safetensors"


def extractor_name(name: str) -> str:
    """What its scores are named after, e.g. `fashion-cnn`."""
    return f"{name}-cnn"


@cache
def serving(dataset: str) -> str | None:
    """The classifier trained for data set `dataset`, or None."""
    for name in NAMES:
        if path_of(name).is_file() and dataset in _metadata(name)["serves"].split():
            return name
    return None


def network_of(name: str) -> Classifier:
    """The network as it was trained, batch norms and all; raises WorkshopError for a file that does not fit."""
    path, about = path_of(name), _metadata(name)
    network = blank(int(about["channels"]), int(about["size"]), len(about["classes"].split("\n")))
    weights = {key: value.float() for key, value in safetensors.torch.load_file(path).items()}
    fit = network.load_state_dict(weights, strict=False)
    wrong = [key for key in fit.missing_keys if not key.endswith("num_batches_tracked")] + fit.unexpected_keys
    if wrong:
        raise WorkshopError(f"{path} does not fit its network: {', '.join(wrong)}.")
    return network


def load(name: str) -> Extractor:
    """The classifier as an extractor; raises WorkshopError for a name or a file that is not there."""
    if name not in NAMES:
        raise discovery.unknown("classifier", name, NAMES)
    about = _metadata(name)
    channels, size, classes = int(about["channels"]), int(about["size"]), tuple(about["classes"].split("\n"))
    network = folded(network_of(name)).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def run(images: Tensor) -> tuple[Tensor, Tensor]:
        return network(prepared(images, channels, size))

    accuracy = float(about["accuracy"])
    note = f"A classifier trained on {about['trained_on']}; it gets {accuracy:.1%} of {about['tested_on']} right."
    digest = hashlib.sha256(path_of(name).read_bytes()).hexdigest()[:16]
    return Extractor(extractor_name(name), digest, note, run, classes, accuracy)


def _metadata(name: str) -> dict[str, str]:
    path = path_of(name)
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            about = file.metadata() or {}
    except (OSError, safetensors.SafetensorError) as error:
        raise WorkshopError(f"{path} cannot be read ({error}): restore it from the repository.") from None
    if about.get("format") != FORMAT:
        raise WorkshopError(f"{path} is no classifier of ours: restore it from the repository.")
    return about
