"""How often a model that is told the class draws it, beside how often the classifier knows real pictures of it."""

import torch

from gan_core.evaluation.reference import Reference
from gan_core.models.checkpoint import Model
from gan_core.nets import latent, sampling
from gan_core.runs.scores import ClassShare
from gan_core.system.errors import WorkshopError

EACH = 1_000


def of(model: Model, against: Reference, each: int = EACH, seed: int = 0) -> tuple[ClassShare, ...]:
    """`each` pictures of every class, judged by the classifier of `against`, whose real pictures it judges as well.

    Raises WorkshopError for a model that is told no class, a classifier that knows none, or `each` below 1.
    """
    real = against.sample
    if not model.conditional or real.logits is None or real.labels is None:
        raise WorkshopError("Shares of classes are for models that are told the class, and for classifiers' eyes.")
    if each < 1:
        raise WorkshopError(f"each: {each} was given; allowed: 1 and more pictures of each class.")
    network, real_guess = model.config.network, real.logits.argmax(dim=1)
    z = latent.fixed(each * len(against.classes), network.z_dim, seed, network.z_distribution)
    shares = []
    for number, (name, noise) in enumerate(zip(against.classes, z.split(each), strict=True)):
        images = sampling.generate(model.generator, noise, torch.full((each,), number))
        logits = against.look_at(images.transpose(0, 3, 1, 2)).logits
        assert logits is not None
        of_class = real.labels == number
        shares.append(
            ClassShare(
                name=name,
                count=each,
                right=(logits.argmax(dim=1) == number).double().mean().item(),
                real_count=int(of_class.sum()),
                real_right=(real_guess[of_class] == number).double().mean().item(),
            )
        )
    return tuple(shares)
