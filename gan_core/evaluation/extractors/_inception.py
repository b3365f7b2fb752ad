"""Inception-v3 as torch-fidelity has it, with the weights of the original FID, where they are at hand."""

import hashlib
import pickle
from pathlib import Path

import torch
from torch import Tensor

from gan_core.evaluation.extractors import Extractor
from gan_core.system import settings
from gan_core.system.errors import WorkshopError

NAME = "inception-v3"
FILE = "weights-inception-2015-12-05-6726825d.pth"
ORIGINAL = "6726825d"
"""How the SHA-256 of the weights begins that everyone's FID rests on; the file's name says it, too."""


def weights() -> Path | None:
    """The file of weights: `$GAN_INCEPTION`, else PyTorch's cache of downloads, else None.

    Raises WorkshopError when GAN_INCEPTION names no file.
    """
    given = settings.current().inception
    if given:
        if not given.is_file():
            raise WorkshopError(f"GAN_INCEPTION: {given} was given; allowed: the file {FILE}.")
        return given
    path = Path(torch.hub.get_dir()) / "checkpoints" / FILE
    return path if path.is_file() else None


def load() -> Extractor:
    """The extractor, 2,048 features a picture; raises WorkshopError when its weights are not at hand or no good."""
    path = weights()
    if path is None:
        raise WorkshopError(
            f"Inception's weights are not on this machine: download {FILE} from "
            "https://github.com/toshas/torch-fidelity/releases/tag/v0.2.0 and let GAN_INCEPTION name the file."
        )
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    try:
        torch.load(path, weights_only=True, map_location="meta")  # torch-fidelity would run what a pickle tells it to
        with torch.random.fork_rng(devices=[]):  # it fills itself with random weights first
            network = FeatureExtractorInceptionV3(NAME, ["2048", "logits_unbiased"], str(path))
    except (pickle.UnpicklingError, RuntimeError, EOFError, KeyError, AttributeError) as error:
        raise WorkshopError(f"{path} does not hold Inception's weights: {str(error).splitlines()[0]}") from None

    def run(images: Tensor) -> tuple[Tensor, Tensor]:
        features, logits = network(images.expand(-1, 3, -1, -1))
        return features, logits

    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    name = NAME if digest.startswith(ORIGINAL) else f"{NAME}-other"
    note = "Inception-v3, trained on ImageNet's photographs, the network of the usual FID."
    return Extractor(name, digest, note, run, batch=32)
