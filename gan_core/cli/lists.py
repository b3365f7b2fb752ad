"""Lists of what there is: runs, models, variants and so on; and the device a run would compute on."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from gan_core import runs
from gan_core.cli import _common

if TYPE_CHECKING:
    from gan_core.models.bundled import BundledModel
    from gan_core.models.store import StoredModel


def add(commands: Any) -> None:
    """The commands of this room."""
    _add_list(commands, "list", _list, "list the runs, newest first")
    _add_list(commands, "models", _models, "list the models that are here: bundled, pulled from the Hub, and imported")
    _add_list(commands, "variants", _variants, "list the GAN variants")
    _add_list(commands, "datasets", _datasets, "list the data sets")
    _add_list(commands, "studies", _studies, "list the studies: presets to run and compare")
    _add_list(commands, "presets", _presets, "list the presets: named settings for `train --preset`")
    device = commands.add_parser("device", help="say where a run would compute, and in which precision")
    device.set_defaults(command=_device)
    device.add_argument("--device", default="auto", help="as schedule.device (default: auto)")
    device.add_argument("--precision", default="auto", help="as schedule.precision (default: auto)")


def _add_list(commands: Any, name: str, command: Any, text: str) -> None:
    parser = commands.add_parser(name, help=text)
    parser.set_defaults(command=command)
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")
    if name == "list":
        _common.add_runs(parser)


def _list(options: argparse.Namespace) -> None:
    rows = []
    for run in runs.list_runs(options.runs):
        status = run.status()
        rows.append({"run": run.name, **status.model_dump(include={"state", "step", "steps", "seconds"})})
    if not options.json:
        rows = [row | {"planned": f" of {row['steps']:,}" if row["steps"] else ""} for row in rows]
    _common.show(options, rows, "{run:44} {state:12} step {step:,}{planned}, {seconds:.0f} s", "No runs yet.")


def _device(options: argparse.Namespace) -> None:
    from gan_core import config
    from gan_core.system import device

    wanted = {"device": options.device, "precision": options.precision}
    config.TrainConfig.parse({"schedule": wanted})
    place = device.choose(options.device)
    print(device.describe(place, device.choose_dtype(options.precision, place)))


def _models(options: argparse.Namespace) -> None:
    from gan_core.models import bundled as models
    from gan_core.models import store

    bundled, problems = models.list_all()
    kept, others = store.list_all()
    rows = [_bundled(model, told=not options.json) for model in bundled]
    rows += [_kept(model, told=not options.json) for model in kept]
    line = "{id:18} {variant:8} on {dataset:14} {size} px, {told}; samples: {samples}"
    _common.show(options, rows, line, "No models here.")
    for problem in [*problems, *others]:
        print(f"warning: {problem}", file=sys.stderr)


def _bundled(model: "BundledModel", *, told: bool) -> dict[str, Any]:
    from gan_core.models import bundled as models

    row = {"id": model.id, "kind": "bundled", "variant": model.variant, "dataset": model.dataset}
    row |= {"preset": model.config.preset, "title": model.title}
    row |= {"size": model.size, "channels": model.channels, "classes": list(model.classes)}
    row |= {"conditional": model.conditional, "seconds": model.seconds, "device": model.device}
    how, score = model.report.protocol, model.frechet
    row |= {"frechet": score and score.value, "low": score and score.low, "high": score and score.high}
    row |= {"extractor": how.extractor, "reference": how.reference, "count": how.count}
    row |= {"class_right": model.class_accuracy, "class_right_real": model.real_class_accuracy}
    row |= {"shares": [share.model_dump() for share in model.shares]}
    row |= {"file": str(models.weights_path(model.id)), "bytes": model.bytes, "sha256": model.sha256}
    row |= {"samples": str(models.samples_path(model.id)), "licence": model.licence, "command": model.command}
    return row | ({"told": f"{score.title} {score.text()}, bundled" if score else "bundled"} if told else {})


def _kept(model: "StoredModel", *, told: bool) -> dict[str, Any]:
    from gan_core.models import store

    row = {"id": model.id, "kind": model.origin.kind, "variant": model.variant, "dataset": model.dataset}
    row |= {"title": model.title, "size": model.size, "channels": model.channels, "classes": list(model.classes)}
    row |= {"conditional": model.conditional, "origin": model.origin.model_dump(), "found": model.found}
    row |= {"file": str(store.weights(model.id)), "bytes": model.bytes, "sha256": model.sha256}
    row |= {"samples": str(store.samples_path(model.id)), "licence": model.licence, "added": model.added}
    return row | ({"told": model.origin.description} if told else {})


def _variants(options: argparse.Namespace) -> None:
    from gan_core import variants

    rows = [
        {"id": name, "title": v.title, "summary": v.summary, "paper": v.paper, "conditional": v.conditional}
        for name, v in variants.all_variants().items()
    ]
    _common.show(options, rows, "{id:10} {title:24} {summary}")


def _datasets(options: argparse.Namespace) -> None:
    from gan_core import data

    rows = []
    for name, source in data.sources().items():
        row = {"id": name, "title": source.title, "size": source.size, "channels": source.channels}
        rows.append(row | {"classes": list(source.classes), "licence": source.licence, "missing": source.missing()})
    _common.show(options, rows, "{id:16} {title:32} {size} px, {channels} channel(s), {licence}")


def _presets(options: argparse.Namespace) -> None:
    from gan_core import presets

    rows = []
    for name, preset in presets.all_presets().items():
        row = {"id": name, "title": preset.title, "summary": preset.summary, "variant": preset.variant}
        rows.append(row | {"dataset": preset.dataset, "values": dict(preset.values)})
    _common.show(options, rows, "{id:32} {variant:8} on {dataset:14} {summary}")


def _studies(options: argparse.Namespace) -> None:
    from gan_core import studies

    rows = [
        {"id": name, "title": s.title, "summary": s.summary, "presets": list(s.presets)}
        for name, s in studies.all_studies().items()
    ]
    _common.show(options, rows, "{id:20} {title:32} {summary}", "No studies.")
