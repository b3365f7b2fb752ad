"""All that a card is made of, gathered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gan_core import data, variants
from gan_core.config import TrainConfig
from gan_core.data import UNKNOWN
from gan_core.hub.card import _licences as licences
from gan_core.hub.card._known import Known
from gan_core.hub.card._licences import Licence
from gan_core.objectives.variant import Variant

HUB_DATASETS = {
    "fashion-mnist": "zalando-datasets/fashion_mnist",
    "fashion-small": "zalando-datasets/fashion_mnist",
    "mnist": "ylecun/mnist",
    "digits": "ylecun/mnist",
    "cifar10": "uoft-cs/cifar10",
}
"""What the Hub calls our data sets, or those that they are a part of; the others have no certain place there."""


@dataclass(frozen=True)
class Facts:
    """What a file says of itself (`config`, and `told` as `checkpoint.about` gives it) and what else is `known`.

    `repo` is where it is to be found on the Hub, empty where it is not there; `given` the licence that its publisher
    has named, empty for that of the pictures; `picture` the file of its samples, beside the card.
    """

    config: TrainConfig
    told: Mapping[str, Any]
    known: Known
    repo: str = ""
    name: str = ""
    given: str = ""
    picture: str = "samples.png"

    @property
    def variant(self) -> Variant:
        return variants.get(self.config.variant)

    @property
    def conditional(self) -> bool:
        return not self.foreign and self.variant.is_conditional(self.config)

    @property
    def foreign(self) -> bool:
        """Whether it was made by another program: then its settings and its variant are only guesses."""
        return bool(self.told.get("layers"))

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(self.told["classes"])

    @property
    def dataset(self) -> str:
        return self.config.data.dataset

    @property
    def source(self) -> data.Source | None:
        """Its data set, if that is known on this machine."""
        return data.sources().get(self.dataset)

    @property
    def kind(self) -> str:
        """The variant's title, and whether it is told the class where it may be or not."""
        if self.foreign:
            return str(self.told.get("layout") or "Generator of another program")
        optional = self.variant.conditional == "optional" and self.conditional
        return self.variant.title + (", told the class" if optional else "")

    @property
    def title(self) -> str:
        where = self.source.title if self.source else "" if self.dataset == UNKNOWN else self.dataset
        return f"{self.kind} on {where}" if where else self.kind

    @property
    def model_name(self) -> str:
        """What to call it: as it was named, else the repository's name, else the name it has here."""
        return self.name or self.repo.rpartition("/")[2] or self.known.name or self.config.variant

    @property
    def data_licence(self) -> str:
        """Of the pictures, as people call it; empty where nobody has said."""
        origin = self.known.origin
        return self.told.get("licence") or (origin.licence if origin else "")

    @property
    def licence(self) -> Licence:
        """Of the model: what its publisher has said, else that of the pictures."""
        return licences.of(self.given or self.data_licence)
