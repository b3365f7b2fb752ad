"""What is known of a model beside its file: from a run's folder, a bundled model's record, or a stored model's."""

import json
import shlex
from dataclasses import dataclass
from pathlib import Path

from gan_core import data
from gan_core.config import TrainConfig
from gan_core.models import bundled, store
from gan_core.presets import recipe
from gan_core.runs import Run, scores
from gan_core.runs.scores import ClassShare, ScoreReport
from gan_core.system.errors import WorkshopError

OPTIONS = {"preset": "--preset", "variant": "--variant", "data.dataset": "--dataset", "seed": "--seed"}
"""Fields that have an option of their own on the command line."""


@dataclass(frozen=True)
class Provenance:
    """Any of it may be missing. `name` is the model's name here; no field holds a path of this machine.

    `seconds` of training on `machine`, `images` seen; `command` trains it again; `shares` of a conditional model;
    `origin` of a stored one, and `found` what an imported file was found to contain.
    """

    name: str = ""
    report: ScoreReport | None = None
    shares: tuple[ClassShare, ...] = ()
    seconds: float | None = None
    images: int | None = None
    machine: str = ""
    command: str = ""
    bundled: bool = False
    origin: store.Origin | None = None
    found: str = ""


def find(path: Path, step: int, config: TrainConfig) -> Provenance:
    """By the place of a weights file; for any other place only the command."""
    path = path.resolve()
    if path.parent == bundled.folder() and path.stem in bundled.names():
        return from_bundled(bundled.get(path.stem))
    if (name := store.id_of(path)) is not None:
        model = store.get(name)
        report = scores.preferred(scores.load_all(scores.model_folder(model.sha256)))
        return Provenance(name=model.id, report=report, origin=model.origin, found=model.found)
    if path.parent.name == "weights" and (path.parents[1] / "config.json").is_file():
        return _from_run(Run(path.parents[1]), step, config)
    return Provenance(command=train_command(config))


def from_bundled(model: bundled.BundledModel) -> Provenance:
    """From its record."""
    fields = ("report", "shares", "seconds", "images", "machine", "command")
    return Provenance(name=model.id, bundled=True, **{field: getattr(model, field) for field in fields})


def _from_run(run: Run, step: int, config: TrainConfig) -> Provenance:
    """Seconds and images are those of the whole run, so only its last weights have them."""
    status = run.status()
    is_last = status.step == step
    return Provenance(
        name=run.name,
        report=scores.at_step(run, step),
        seconds=status.seconds if is_last else None,
        images=status.images if is_last else None,
        machine=status.device,
        command=train_command(config),
    )


def train_command(config: TrainConfig) -> str:
    """The command that trains a model with `config`; "" if its data set is not on this machine."""
    try:
        data.get(config.data.dataset)
    except WorkshopError:
        return ""
    changes = recipe.changes(config)
    parts = ["train"]
    for field, option in OPTIONS.items():
        if field in changes:
            parts += [option, str(changes.pop(field))]
    for field, value in changes.items():
        parts += ["--set", f"{field}={value if isinstance(value, str) else json.dumps(value)}"]
    return f"python -m gan_core {shlex.join(parts)}"
