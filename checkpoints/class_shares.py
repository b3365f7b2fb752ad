"""How often a classifier recognises the class that a conditional model was given, beside real pictures of it."""

import torch

from gan_core.evaluation.reference import Reference
from gan_core.models.checkpoint import Model
from gan_core.nets import latent, sampling
from gan_core.runs.scores import ClassShare
from gan_core.system.errors import WorkshopError

EACH = 1_000


def measure(model: Model, reference: Reference, each: int = EACH, seed: int = 0) -> tuple[ClassShare, ...]:
    """`each` pictures of every class, and the real pictures of `reference`, classified by its extractor.

    Raises WorkshopError for an unconditional model, an extractor that is no classifier, or `each` below 1.
    """
    real = reference.sample
    if not model.conditional or real.logits is None or real.labels is None:
        raise WorkshopError("Shares of classes are for conditional models and for extractors that are classifiers.")
    if each < 1:
        raise WorkshopError(f"each: {each} was given; allowed: 1 and more pictures of each class.")
    network, real_predictions = model.config.network, real.logits.argmax(dim=1)
    z = latent.fixed(each * len(reference.classes), network.z_dim, seed, network.z_distribution)
    shares = []
    for number, (name, noise) in enumerate(zip(reference.classes, z.split(each), strict=True)):
        images = sampling.generate(model.generator, noise, torch.full((each,), number))
        logits = reference.extract(images.transpose(0, 3, 1, 2)).logits
        assert logits is not None
        of_class = real.labels == number
        shares.append(
            ClassShare(
                name=name,
                count=each,
                right=(logits.argmax(dim=1) == number).double().mean().item(),
                real_count=int(of_class.sum()),
                real_right=(real_predictions[of_class] == number).double().mean().item(),
            )
        )
    return tuple(shares)
