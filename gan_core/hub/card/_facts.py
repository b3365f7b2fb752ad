"""All that a card is made of."""

from dataclasses import dataclass

from gan_core import data, variants
from gan_core.config import TrainConfig
from gan_core.data import UNKNOWN
from gan_core.hub.card import _licences
from gan_core.hub.card._licences import Licence
from gan_core.hub.card._provenance import Provenance
from gan_core.models.metadata import WeightsMetadata, model_title
from gan_core.objectives.variant import Variant

HUB_DATASETS = {
    "fashion-mnist": "zalando-datasets/fashion_mnist",
    "fashion-small": "zalando-datasets/fashion_mnist",
    "mnist": "ylecun/mnist",
    "digits": "ylecun/mnist",
    "cifar10": "uoft-cs/cifar10",
}
"""The Hub's ids of our data sets, or of those that they are a part of; the others have no certain place there."""


@dataclass(frozen=True)
class CardFacts:
    """A file's own `config` and `metadata`, and what its place adds as `provenance`.

    `repo` is its repository on the Hub, or ""; `given_licence` the one that its publisher named, "" for that of the
    pictures; `samples` the path of its sample picture, seen from the card.
    """

    config: TrainConfig
    metadata: WeightsMetadata
    provenance: Provenance
    repo: str = ""
    name: str = ""
    given_licence: str = ""
    samples: str = "samples.png"

    @property
    def variant(self) -> Variant:
        return variants.get(self.config.variant)

    @property
    def foreign(self) -> bool:
        """Whether another program made it: then its settings and its variant are only guesses."""
        return self.metadata.layers is not None

    @property
    def conditional(self) -> bool:
        return not self.foreign and self.variant.is_conditional(self.config)

    @property
    def dataset(self) -> str:
        return self.config.data.dataset

    @property
    def source(self) -> data.Source | None:
        """Its data set, if that is known on this machine."""
        return data.sources().get(self.dataset)

    @property
    def own_pictures(self) -> bool:
        """Whether its data set is a folder of somebody's own pictures."""
        return self.dataset.startswith("own-")

    @property
    def title(self) -> str:
        """The model's title and its data set."""
        layout = self.metadata.layout or ("Generator of another program" if self.foreign else "")
        title = model_title(self.config, layout)
        dataset = self.source.title if self.source else "" if self.dataset == UNKNOWN else self.dataset
        return f"{title} on {dataset}" if dataset else title

    @property
    def model_name(self) -> str:
        """The given name, else the repository's, else the local one."""
        return self.name or self.repo.rpartition("/")[2] or self.provenance.name or self.config.variant

    @property
    def data_licence(self) -> str:
        """Of the pictures, as people call it; "" if unknown."""
        origin = self.provenance.origin
        return self.metadata.licence or (origin.licence if origin else "")

    @property
    def licence(self) -> Licence:
        """Of the model: what its publisher named, else that of the pictures."""
        return _licences.hub_licence(self.given_licence or self.data_licence)
