"""Model cards, and the files of a repository of ours on the Hub (Mitchell et al., 2019; the Hub's own format).

A card says what a model draws, from what it has learned, how it was trained, how good it is by which protocol, and how
to use it. Nothing in it is a path, a user or a secret of the machine that made it.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gan_core.hub.card import _known as sources
from gan_core.hub.card._facts import Facts
from gan_core.models import bundled
from gan_core.runs.scores import ScoreReport
from gan_core.system import files
from gan_core.system.errors import WorkshopError

WEIGHTS, CARD, SHEET, CONFIG = "model.safetensors", "README.md", "samples.png", "config.json"
"""The files of a repository."""


@dataclass(frozen=True)
class Card:
    """`text` is the card, `config` the JSON beside it; `licence` as the Hub calls it, `name` what to call the model."""

    title: str
    name: str
    text: str
    config: str
    licence: str


def of(
    path: Path,
    *,
    repo: str = "",
    name: str = "",
    licence: str = "",
    report: ScoreReport | None = None,
    seconds: float | None = None,
    machine: str = "",
) -> Card:
    """The card of a file of ours; raises WorkshopError where it is none.

    A file in a run's folder, a bundled model and a pulled or imported one bring what is known of them. `repo` is the
    repository on the Hub that it will be found in. What else is given takes the place of what is known: `name`,
    `licence` of the model, scores, seconds of training and the machine.
    """
    from gan_core.models import checkpoint

    config, about = checkpoint.about(path)
    told = about.model_dump(exclude_none=True)
    known = sources.of(path, about.step, config)
    given = {"report": report, "seconds": seconds, "machine": machine}
    known = replace(known, **{field: value for field, value in given.items() if value})
    return _card(Facts(config, told, known, repo, name, licence))


def of_bundled(model: bundled.Bundled, picture: str) -> Card:
    """The card of a bundled model, from its record alone; `picture` is where its samples are, seen from the card."""
    told = {"size": model.size, "channels": model.channels, "classes": model.classes}
    told |= {"licence": model.licence, "step": model.step}
    return _card(Facts(model.config, told, sources.of_bundled(model), picture=picture))


def prepare(path: Path, folder: Path, **given: Any) -> Card:
    """Write into `folder` what a repository of ours holds: weights, card, samples and config; `given` as for `of`.

    The same file gives the same bytes. Raises WorkshopError for a file that is none of ours, or one that cannot be
    written.
    """
    from gan_core.data import sample_grid
    from gan_core.models import checkpoint

    card = of(path, **given)
    sheet = sample_grid.png(checkpoint.load(path).sheet())
    content = {CARD: card.text.encode(), SHEET: sheet, CONFIG: card.config.encode()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.resolve() != (folder / WEIGHTS).resolve():
            content[WEIGHTS] = path.read_bytes()
        for name, part in content.items():
            files.write_atomic(folder / name, part)
    except OSError as error:
        raise WorkshopError(f"The files of {card.name} cannot be written to {folder}: {error.strerror}.") from None
    return card


def _card(facts: Facts) -> Card:
    from huggingface_hub import ModelCard

    from gan_core.hub.card import _metadata as metadata
    from gan_core.hub.card import _text as text

    head = metadata.of(facts).to_yaml()
    made = str(ModelCard(f"---\n{head}\n---\n\n{text.body(facts)}"))
    return Card(facts.title, facts.model_name, made, _config(facts), facts.licence.id)


def _config(facts: Facts) -> str:
    """What `config.json` holds: the settings and the pictures' shape. The Hub counts its downloads by this file."""
    from gan_core.models import checkpoint

    about = {name: value for name, value in facts.told.items() if name not in ("layers", "layout")}
    config = facts.config.model_dump(mode="json")
    head = {"library_name": "gan-workshop", "format": checkpoint.FORMAT, "model_type": facts.config.variant}
    return json.dumps(head | {"about": about, "config": config}, indent=2, ensure_ascii=False) + "\n"
