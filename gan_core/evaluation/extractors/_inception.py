"""Inception-v3 by torch-fidelity, with the weights of the original FID, if they are on this machine."""

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
"""The beginning of the SHA-256 of the weights that FID is defined with; it is in the file's name, too."""


def weights() -> Path | None:
    """The weights file: `$GAN_INCEPTION`, else in PyTorch's download cache, else None.

    Raises WorkshopError if GAN_INCEPTION is not a file.
    """
    given = settings.current().inception
    if given:
        if not given.is_file():
            raise WorkshopError(f"GAN_INCEPTION: {given} was given; allowed: the file {FILE}.")
        return given
    path = Path(torch.hub.get_dir()) / "checkpoints" / FILE
    return path if path.is_file() else None


def load() -> Extractor:
    """The extractor, 2,048 features per picture; raises WorkshopError for missing or damaged weights."""
    path = weights()
    if path is None:
        raise WorkshopError(
            f"Inception's weights are not on this machine: download {FILE} from "
            "https://github.com/toshas/torch-fidelity/releases/tag/v0.2.0 and let GAN_INCEPTION name the file."
        )
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    try:
        torch.load(path, weights_only=True, map_location="meta")  # torch-fidelity would unpickle any code
        with torch.random.fork_rng(devices=[]):  # it fills itself with random weights first
            network = FeatureExtractorInceptionV3(NAME, ["2048", "logits_unbiased"], str(path))
    except (pickle.UnpicklingError, RuntimeError, EOFError, KeyError, AttributeError) as error:
        raise WorkshopError(f"{path} does not hold Inception's weights: {str(error).splitlines()[0]}") from None

    def run(images: Tensor) -> tuple[Tensor, Tensor]:
        features, logits = network(images.expand(-1, 3, -1, -1))
        return features, logits

    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    name = NAME if digest.startswith(ORIGINAL) else f"{NAME}-other"
    return Extractor(name, digest, run, batch=32)
