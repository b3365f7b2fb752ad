"""Lists: runs, models, variants, data sets, studies and presets; and the device a run would compute on."""

import sys
from typing import TYPE_CHECKING, Any

from gan_core import runs
from gan_core.cli import _common
from gan_core.cli._common import Options, add_command

if TYPE_CHECKING:
    from gan_core.models.bundled import BundledModel
    from gan_core.models.store import StoredModel


def add(commands: Any) -> None:
    for name, command, text in [
        ("list", _list, "list the runs, newest first"),
        ("models", _models, "list the models that are here: bundled, pulled from the Hub, and imported"),
        ("variants", _variants, "list the GAN variants"),
        ("datasets", _datasets, "list the data sets"),
        ("studies", _studies, "list the studies: presets to run and compare"),
        ("presets", _presets, "list the presets: named settings for `train --preset`"),
    ]:
        parser = add_command(commands, name, command, help=text)
        parser.add_argument("--json", action="store_true", help="as JSON, for programs")
        if name == "list":
            _common.add_runs(parser)
    device = add_command(commands, "device", _device, help="say where a run would compute, and in which precision")
    device.add_argument("--device", default="auto", help="as schedule.device (default: auto)")
    device.add_argument("--precision", default="auto", help="as schedule.precision (default: auto)")


def _list(options: Options) -> None:
    rows = []
    for run in runs.list_runs(options.runs):
        status = run.status()
        rows.append({"run": run.name, **status.model_dump(include={"state", "step", "steps", "seconds"})})
    if not options.json:
        rows = [row | {"planned": f" of {row['steps']:,}" if row["steps"] else ""} for row in rows]
    _common.show(options, rows, "{run:44} {state:12} step {step:,}{planned}, {seconds:.0f} s", "No runs yet.")


def _device(options: Options) -> None:
    from gan_core import config
    from gan_core.system import device

    config.TrainConfig.parse({"schedule": {"device": options.device, "precision": options.precision}})
    chosen = device.choose(options.device)
    print(device.describe(chosen, device.choose_dtype(options.precision, chosen)))


def _models(options: Options) -> None:
    from gan_core.models import bundled, store

    bundled_models, problems = bundled.list_all()
    stored_models, more_problems = store.list_all()
    rows = [_bundled(model) for model in bundled_models] + [_stored(model) for model in stored_models]
    if options.json:
        rows = [{field: value for field, value in row.items() if field != "note"} for row in rows]
    line = "{id:18} {variant:8} on {dataset:14} {size} px, {note}; samples: {samples}"
    _common.show(options, rows, line, "No models here.")
    for problem in [*problems, *more_problems]:
        print(f"warning: {problem}", file=sys.stderr)


MODEL_FIELDS = "variant dataset title size channels conditional bytes sha256 licence"


def _bundled(model: "BundledModel") -> dict[str, Any]:
    from gan_core.models import bundled

    protocol, score = model.report.protocol, model.frechet
    return _row(model.id, model, f"{MODEL_FIELDS} seconds device command") | {
        "kind": "bundled",
        "classes": list(model.classes),
        "preset": model.config.preset,
        "frechet": score and score.value,
        "low": score and score.low,
        "high": score and score.high,
        "extractor": protocol.extractor,
        "reference": protocol.reference,
        "count": protocol.count,
        "class_right": model.class_accuracy,
        "class_right_real": model.real_class_accuracy,
        "shares": [share.model_dump() for share in model.shares],
        "file": str(bundled.weights_path(model.id)),
        "samples": str(bundled.samples_path(model.id)),
        "note": f"{score.title} {score.text()}, bundled" if score else "bundled",
    }


def _stored(model: "StoredModel") -> dict[str, Any]:
    from gan_core.models import store

    return _row(model.id, model, f"{MODEL_FIELDS} found added") | {
        "kind": model.origin.kind,
        "classes": list(model.classes),
        "origin": model.origin.model_dump(),
        "file": str(store.weights(model.id)),
        "samples": str(store.samples_path(model.id)),
        "note": model.origin.description,
    }


def _variants(options: Options) -> None:
    from gan_core import variants

    rows = [_row(name, v, "title summary paper conditional") for name, v in variants.all_variants().items()]
    _common.show(options, rows, "{id:10} {title:24} {summary}")


def _datasets(options: Options) -> None:
    from gan_core import data

    rows = [
        _row(name, source, "title size channels licence", classes=list(source.classes), missing=source.missing())
        for name, source in data.sources().items()
    ]
    _common.show(options, rows, "{id:16} {title:32} {size} px, {channels} channel(s), {licence}")


def _presets(options: Options) -> None:
    from gan_core import presets

    rows = [
        _row(name, preset, "title summary variant dataset", values=dict(preset.values))
        for name, preset in presets.all_presets().items()
    ]
    _common.show(options, rows, "{id:32} {variant:8} on {dataset:14} {summary}")


def _studies(options: Options) -> None:
    from gan_core import studies

    rows = [_row(name, s, "title summary", presets=list(s.presets)) for name, s in studies.all_studies().items()]
    _common.show(options, rows, "{id:20} {title:32} {summary}", "No studies.")


def _row(name: str, item: object, fields: str, **more: Any) -> dict[str, Any]:
    return {"id": name, **{field: getattr(item, field) for field in fields.split()}, **more}
