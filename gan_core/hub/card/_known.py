"""What is known of a model beside what its file says: from a run's folder, a bundled record, or a kept model's."""

import json
import shlex
from dataclasses import dataclass
from pathlib import Path

from gan_core import data
from gan_core.config import TrainConfig
from gan_core.models import bundled as models
from gan_core.models import store
from gan_core.presets import recipe
from gan_core.runs import Run, scores
from gan_core.runs.scores import ClassShare, ScoreReport
from gan_core.system.errors import WorkshopError


@dataclass(frozen=True)
class Known:
    """All that may be missing. `name` is what the model is called here; no field holds a path of this machine.

    `seconds` of training and `images` seen until these weights, on `machine`; `command` trains it again; `shares`
    of a model that is told the class; `origin` of one that was pulled or imported and `found` what was found in it.
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


def of(path: Path, step: int, config: TrainConfig) -> Known:
    """What the place of a file of weights tells; nothing for one that lies anywhere."""
    path = path.resolve()
    if path.parent == models.folder() and path.stem in models.names():
        return of_bundled(models.get(path.stem))
    if (name := store.id_of(path)) is not None:
        return _of_kept(store.get(name))
    if path.parent.name == "weights" and (path.parents[1] / "config.json").is_file():
        return _of_run(Run(path.parents[1]), step, config)
    return Known(command=command(config))


def of_bundled(model: models.Bundled) -> Known:
    """What its record says."""
    return Known(
        name=model.id,
        report=model.report,
        shares=model.shares,
        seconds=model.seconds,
        images=model.images,
        machine=model.machine,
        command=model.command,
        bundled=True,
    )


def _of_kept(kept: store.Kept) -> Known:
    report = scores.preferred(scores.load_all(scores.model_folder(kept.sha256)))
    return Known(name=kept.id, report=report, origin=kept.origin, found=kept.found)


def _of_run(run: Run, step: int, config: TrainConfig) -> Known:
    """Time and pictures are those of the whole run, so they are told of its last weights alone."""
    status = run.status()
    whole = status.step == step
    return Known(
        name=run.name,
        report=scores.at_step(run, step),
        seconds=status.seconds if whole else None,
        images=status.images if whole else None,
        machine=status.device,
        command=command(config),
    )


def command(config: TrainConfig) -> str:
    """What trains a model with `config` on the command line; empty where its data set is not on this machine."""
    try:
        data.get(config.data.dataset)
    except WorkshopError:
        return ""
    given = recipe.changes(config)
    parts = ["train"]
    for field, option in OPTIONS.items():
        if field in given:
            parts += [option, str(given.pop(field))]
    for field, value in given.items():
        parts += ["--set", f"{field}={value if isinstance(value, str) else json.dumps(value)}"]
    return f"python -m gan_core {shlex.join(parts)}"


OPTIONS = {"preset": "--preset", "variant": "--variant", "data.dataset": "--dataset", "seed": "--seed"}
