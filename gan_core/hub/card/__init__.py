"""Model cards, and the files of our repositories on the Hub (Mitchell et al., 2019; the Hub's own format).

A card says what a model draws, what it was trained on and how, how well it scores by which protocol, and how to use
it. It never holds a path, a user or a secret of the machine that made it.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gan_core.hub.card import _provenance
from gan_core.hub.card._facts import CardFacts
from gan_core.hub.names import CARD, CONFIG, SAMPLES, WEIGHTS
from gan_core.models.bundled import BundledModel
from gan_core.models.metadata import WeightsMetadata
from gan_core.runs.scores import ScoreReport
from gan_core.system import files
from gan_core.system.errors import WorkshopError


@dataclass(frozen=True)
class Card:
    """`text` is the card, `config` the JSON beside it, `licence` the Hub's id, `name` what to call the model."""

    title: str
    name: str
    text: str
    config: str
    licence: str


def from_weights(
    path: Path, *, repo: str = "", name: str = "", licence: str = "", report: ScoreReport | None = None
) -> Card:
    """The card of a file of ours; raises WorkshopError if it is none.

    More is known of a file in a run's folder, a bundled and a stored model. `repo` is the repository on the Hub that
    it goes to. The other arguments replace what is known: the model's `name` and `licence`, and its scores.
    """
    from gan_core.models import checkpoint

    config, metadata = checkpoint.read_metadata(path)
    provenance = _provenance.find(path, metadata.step, config)
    if report is not None:
        provenance = replace(provenance, report=report)
    return _card(CardFacts(config, metadata, provenance, repo, name, licence))


def from_bundled(model: BundledModel, samples: str) -> Card:
    """The card of a bundled model, from its record alone; `samples` is the path of its picture, seen from the card."""
    fields = model.model_dump(include={"size", "channels", "classes", "licence", "step"})
    metadata, provenance = WeightsMetadata.model_validate(fields), _provenance.from_bundled(model)
    return _card(CardFacts(model.config, metadata, provenance, samples=samples))


def write_repository(path: Path, folder: Path, **given: Any) -> Card:
    """Write the files of a repository of ours into `folder`: weights, card, samples and config.

    `given` are options of `from_weights`. The same file gives the same bytes. Raises WorkshopError if the file is none
    of ours or cannot be written.
    """
    from gan_core.data import sample_grid
    from gan_core.models import checkpoint

    card = from_weights(path, **given)
    samples = sample_grid.png(checkpoint.load(path).draw_sample_grid())
    contents = {CARD: card.text.encode(), SAMPLES: samples, CONFIG: card.config.encode()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.resolve() != (folder / WEIGHTS).resolve():
            contents[WEIGHTS] = path.read_bytes()
        for name, content in contents.items():
            files.write_atomic(folder / name, content)
    except OSError as error:
        raise WorkshopError(f"The files of {card.name} cannot be written to {folder}: {error.strerror}.") from None
    return card


def _card(facts: CardFacts) -> Card:
    from huggingface_hub import ModelCard

    from gan_core.hub.card import _front_matter, _text

    card = str(ModelCard(f"---\n{_front_matter.build(facts).to_yaml()}\n---\n\n{_text.body(facts)}"))
    return Card(facts.title, facts.model_name, card, _config(facts), facts.licence.id)


def _config(facts: CardFacts) -> str:
    """`config.json`: the settings and the pictures' shape. The Hub counts downloads by this file."""
    from gan_core.models import checkpoint

    content = {
        "library_name": "gan-workshop",
        "format": checkpoint.FORMAT,
        "model_type": facts.config.variant,
        "about": facts.metadata.model_dump(exclude={"layers", "layout"}),
        "config": facts.config.model_dump(mode="json"),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
