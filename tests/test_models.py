"""Bundled models: how they are packed, made, listed and used, with toy ones."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn
from toys import opened

from checkpoints import class_shares, make, packing
from gan_core import config, runs
from gan_core.data import sample_grid
from gan_core.evaluation import evaluate
from gan_core.evaluation.extractors import Extractor
from gan_core.evaluation.metrics import Sample
from gan_core.evaluation.reference import Reference
from gan_core.models import bundled, checkpoint
from gan_core.models.checkpoint import Model
from gan_core.presets import recipe
from gan_core.system.errors import WorkshopError
from gan_core.worker.worker import Worker

ROOT = Path(__file__).parent.parent
TINY = {"network.width": 4, "network.z_dim": 8, "schedule.batch": 8, "data.limit": 100}
BUNDLED = make.PLANS
PLANS = tuple(
    make.Plan(name, variant, "fashion-small", seconds=0.5, seed=3, settings=TINY)
    for name, variant in (("toy-cgan", "cgan"), ("toy-dcgan", "dcgan"))
)


@pytest.fixture(scope="module")
def toys(tmp_path_factory):
    """A folder with two toy models: GAN_MODELS for all tests of this file, with a GAN_HOME of its own."""
    folder = tmp_path_factory.mktemp("models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAN_HOME", str(folder / "home"))
        patch.setenv("GAN_MODELS", str(folder / "checkpoints"))
        patch.setattr(make, "PLANS", PLANS)
        for plan in PLANS:
            run = runs.create(plan.config)
            Worker(run).work()
            make.publish(plan, run, count=60, each=5)
        yield folder / "checkpoints"


@pytest.fixture
def broken(toys, tmp_path, monkeypatch):
    """A copy of the toy models that may be damaged."""
    folder = tmp_path / "broken"
    folder.mkdir()
    for path in toys.glob("toy-*"):
        (folder / path.name).write_bytes(path.read_bytes())
    monkeypatch.setenv("GAN_MODELS", str(folder))
    return folder


@pytest.fixture
def cli(toys, cli):
    """The command line, where the toys are."""
    return cli


# Packing


@pytest.fixture
def file(tmp_path):
    """A checkpoint with weights that rounding shows in: a generator, its average, and a discriminator."""
    tensors = {
        "generator.a": torch.ones(10, 10),
        "ema.a": torch.full((10, 10), 1 / 3),
        "ema.variance": torch.full((10,), 1e5),
        "ema.count": torch.tensor(7),
        "discriminator.a": torch.full((20, 20), 0.1),
    }
    path = tmp_path / "a.safetensors"
    path.write_bytes(safetensors.torch.save(tensors, {"format": checkpoint.FORMAT}))
    return path


@pytest.mark.parametrize(
    ("most", "precision", "judged"),
    [(3000, "fp32", True), (1700, "fp16", True), (1000, "fp32", False), (650, "fp16", False)],
)
def test_packing_gives_up_as_little_as_it_must(file, most, precision, judged):
    packed = packing.pack(file, most)
    tensors = safetensors.torch.load(packed.content)
    assert (packed.precision, packed.discriminator) == (precision, judged)
    assert len(packed.content) <= most
    assert set(tensors) == {"ema.a", "ema.variance", "ema.count"} | ({"discriminator.a"} if judged else set())
    third = 1 / 3 if precision == "fp32" else 1365 / 4096  # the 11 binary digits of 1/3
    assert tensors["ema.a"].double().eq(torch.tensor(third, dtype=tensors["ema.a"].dtype).double()).all()
    assert tensors["ema.variance"].dtype == torch.float32 and tensors["ema.variance"].eq(1e5).all()
    assert tensors["ema.count"] == 7


def test_the_same_weights_make_the_same_bytes(file):
    tensors = safetensors.torch.load(file.read_bytes())
    metadata = {name: name for name in "abcdefgh"}
    made = set()
    for _ in range(4):
        file.write_bytes(safetensors.torch.save(tensors, metadata))
        made.add(packing.pack(file, 3000).content)
    assert len(made) == 1


def test_packing_says_when_nothing_fits(file):
    with pytest.raises(WorkshopError, match=r"takes [0-9]+ bytes even at 16 bits and without D; allowed: at most 99\."):
        packing.pack(file, 99)


def test_packing_never_rounds_to_infinity(tmp_path):
    path = tmp_path / "large.safetensors"
    tensors = {"generator.a": torch.full((10, 10), 1e5), "discriminator.a": torch.ones(100, 100)}
    path.write_bytes(safetensors.torch.save(tensors, {}))
    assert (packing.pack(path, 10_000).precision, packing.pack(path, 10_000).discriminator) == ("fp32", False)


@pytest.mark.slow
def test_a_packed_model_draws_the_same_or_nearly(toys):
    run = next(run for run in runs.list_runs() if "dcgan" in run.name)
    path = run.weights_at("last")[1]
    whole = checkpoint.load(path)
    tight = int(0.6 * len(packing.pack(path, 4_000_000).content))
    for most, precision, judged, levels in ((4_000_000, "fp32", True, 0), (tight, "fp16", True, 2)):
        packed = packing.pack(path, most)
        assert (packed.precision, packed.discriminator) == (precision, judged), len(packed.content)
        small = path.with_name("packed.safetensors")
        small.write_bytes(packed.content)
        loaded = checkpoint.load(small)
        small.unlink()
        assert (loaded.discriminator is not None) == judged
        difference = np.abs(loaded.sample(50, 0)[0].astype(int) - whole.sample(50, 0)[0])
        assert difference.max() <= levels


# Shares of classes


class Bright(nn.Module):
    """Draws class k as a picture of brightness k, but class 2 as if it were class 1."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, z, y):
        y = torch.where(y == 2, 1, y)
        return (y / 127.5 - 1)[:, None, None, None].expand(-1, 1, 4, 4)


def test_class_shares_by_hand():
    """The real pictures: four of class 0, of which one looks like class 1; two of class 1; one of class 2."""
    shown = torch.tensor([0, 0, 0, 1, 1, 1, 2])

    def see(images):
        return torch.zeros(len(images), 1), nn.functional.one_hot(images[:, 0, 0, 0].long(), 3).float()

    sample = Sample(torch.zeros(7, 1), nn.functional.one_hot(shown, 3).float(), torch.tensor([0, 0, 0, 0, 1, 1, 2]))
    extractor = Extractor("toy", "0", see)
    kwargs = {"extractor": extractor, "columns": [0, 1, 2], "name": "n", "digest": "d", "classes": ("a", "b", "c")}
    names = {field.name for field in dataclasses.fields(Reference)}
    kwargs |= {"split": "test"} if "split" in names else {}
    against = Reference(sample=sample, **kwargs)
    settings = recipe.build({"variant": "cgan"})
    model = Model(settings, Bright(), None, ("a", "b", "c"), True, 0, False)
    found = class_shares.measure(model, against, each=20)
    assert [(s.name, s.count, s.right) for s in found] == [("a", 20, 1.0), ("b", 20, 1.0), ("c", 20, 0.0)]
    assert [(s.real_count, s.real_right) for s in found] == [(4, 0.75), (2, 1.0), (1, 1.0)]
    with pytest.raises(WorkshopError, match="each: 0 was given"):
        class_shares.measure(model, against, each=0)
    with pytest.raises(WorkshopError, match="conditional models"):
        class_shares.measure(dataclasses.replace(model, conditional=False), against)


# What is made


def test_a_made_model_is_complete(toys):
    assert sorted(path.name for path in toys.rglob("toy-*")) == [
        f"{name}.{suffix}" for name in ("toy-cgan", "toy-dcgan") for suffix in ("json", "md", "png", "safetensors")
    ]
    found, problems = bundled.list_all()
    assert [model.id for model in found] == ["toy-cgan", "toy-dcgan"] and not problems
    cgan, dcgan = found
    for plan, model in zip(PLANS, found, strict=True):
        assert model.config == plan.config == recipe.build({**model.settings, "scoring.score": "off"})
        assert model.command == plan.command and model.seconds >= 0.5
        assert (model.size, model.channels, model.licence) == (28, 1, "MIT")
        assert model.report.protocol.reference == "fashion-small, test pictures"
        assert model.report.protocol.count == 60 and model.frechet and model.frechet.value > 0
        assert all(len(v) <= 10 for s in model.report.scores.values() for v in s.details.values() if type(v) is list)
        assert bundled.weights(model.id).stat().st_size == model.bytes
        drawn = sample_grid.read(bundled.samples_path(model.id).read_bytes())
        assert np.array_equal(drawn, bundled.load(model.id).draw_sample_grid())
    assert [s.name for s in cgan.shares] == list(cgan.classes) and not dcgan.shares
    assert all(s.count == 5 and s.real_count == 200 and s.real_right > 0.7 for s in cgan.shares)
    assert cgan.real_class_accuracy == pytest.approx(np.mean([s.real_right for s in cgan.shares]))
    assert dcgan.class_accuracy is None and dcgan.real_class_accuracy is None


def test_the_samples_are_those_that_the_run_kept(toys):
    """The same noise, so a bundled model and a run of one's own can be laid side by side."""
    for name, run in (("toy-cgan", 1), ("toy-dcgan", 2)):
        kept = sample_grid.read(list(runs.find(str(run)).samples().values())[-1].read_bytes())
        difference = np.abs(kept.astype(int) - sample_grid.read(bundled.samples_path(name).read_bytes()))
        assert difference.max() <= 1  # drawn in bf16 or not, with other neighbours in the batch


def test_the_command_is_that_of_the_config(tmp_path):
    """What is recorded trains with the recorded settings: the command line reads it as the config."""
    from gan_core.cli import _common, parser

    plan = make.Plan("a", "cgan", "digits", settings={"network.upsample": "bilinear", "data.size": 32})
    assert plan.command.startswith("python -m gan_core train --preset quality --variant cgan --dataset digits")
    options = parser().parse_args(plan.arguments)
    given = {"variant": options.variant, "preset": options.preset, **_common.given(options)}
    assert recipe.build(given) == plan.config


@pytest.mark.parametrize("plan", BUNDLED, ids=lambda plan: plan.name)
def test_every_plan_can_be_carried_out(plan):
    built = plan.config
    assert built.schedule.seconds == plan.seconds and built.schedule.steps is None and built.preset == "quality"


def test_what_the_issue_asks_for_is_planned():
    planned = {(plan.variant, plan.dataset) for plan in BUNDLED}
    classics = ("vanilla", "dcgan", "cgan", "acgan", "wgan", "wgan_gp", "r3gan")
    assert {(variant, "fashion-mnist") for variant in classics} | {("dcgan", "digits"), ("cgan", "digits")} <= planned
    assert any(plan.dataset == "emoji" for plan in BUNDLED)
    assert len({plan.name for plan in BUNDLED}) == len(BUNDLED)


@pytest.mark.slow
@pytest.mark.timeout(400)  # it trains in a process of its own, which a busy machine keeps waiting
def test_the_command_trains_once(toys, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GAN_MODELS", str(tmp_path / "made"))
    arguments = ["toy-dcgan", "--runs", str(tmp_path / "runs"), "--count", "60", "--each", "5"]
    assert make.main(arguments) == 0
    (run,) = runs.list_runs(tmp_path / "runs")
    first = bundled.get("toy-dcgan")
    assert run.config() == PLANS[1].config and first.step == run.status().step > 0
    assert "Fréchet distance (fashion-cnn)" in capsys.readouterr().out
    assert make.main(arguments) == 0
    assert len(runs.list_runs(tmp_path / "runs")) == 1 and bundled.get("toy-dcgan").sha256 == first.sha256


def test_a_run_that_fails_or_is_stopped_is_said_and_trained_anew_on_request(toys, tmp_path, monkeypatch):
    """The training itself is another test's matter: here its process only ends as it may."""
    run = runs.create(PLANS[1].config, tmp_path)
    started = []

    def ends(command, status=0, **_):
        started.append(command[3:])
        return subprocess.CompletedProcess(command, status, f"{run.path}\n")

    monkeypatch.setattr(subprocess, "run", ends)
    run.write_status(run.status().model_copy(update={"state": "stopped"}))
    with pytest.raises(WorkshopError, match="toy-dcgan was stopped; the same command goes on with 00001-"):
        make.trained(PLANS[1], tmp_path)
    run.write_status(run.status().model_copy(update={"state": "finished"}))
    assert make.trained(PLANS[1], tmp_path) == run
    assert make.trained(PLANS[1], tmp_path, again=True) == run
    assert started == [["resume", str(run.path)], [*PLANS[1].arguments, "--runs", str(tmp_path)]]
    monkeypatch.setattr(subprocess, "run", lambda command, **given: ends(command, 2, **given))
    with pytest.raises(WorkshopError, match=r"toy-dcgan could not be trained: `train .*` ended with 2\."):
        make.trained(PLANS[1], tmp_path, again=True)


def test_an_unknown_name_and_a_count_out_of_range(toys, tmp_path, capsys):
    assert make.main(["toy-dcgam"]) == 2
    assert "Did you mean 'toy-dcgan'?" in capsys.readouterr().err
    assert make.main(["toy-dcgan", "--count", "3"]) == 2
    assert capsys.readouterr().err.strip() == "error: count: 3 was given; allowed: 50 to 100,000."


# What is damaged


def _rewrite(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


DAMAGE = {
    "no weights": (lambda f: (f / "toy-dcgan.safetensors").unlink(), r"toy-dcgan\.safetensors is missing: restore it"),
    "no picture": (lambda f: (f / "toy-dcgan.png").unlink(), r"toy-dcgan\.png is missing: restore it"),
    "torn": (lambda f: os.truncate(f / "toy-dcgan.json", 900), r"toy-dcgan\.json is damaged \(.*\): restore it"),
    "a field": (lambda f: _rewrite(f / "toy-dcgan.json", seconds=-1), r"damaged \(seconds: .* greater than or equal"),
    "no JSON": (lambda f: (f / "toy-dcgan.json").write_bytes(b"\xff\xfe"), r"toy-dcgan\.json is damaged"),
    "another's": (lambda f: _rewrite(f / "toy-dcgan.json", id="toy"), r"is the record of 'toy': restore it"),
    "config": (lambda f: _rewrite(f / "toy-dcgan.json", config={"seed": -1}), r"damaged \(config\.seed: "),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_model_is_said_in_a_sentence_and_hides_no_other(broken, what, cli):
    damage, sentence = DAMAGE[what]
    damage(broken)
    with pytest.raises(WorkshopError, match=sentence):
        bundled.get("toy-dcgan")
    found, problems = bundled.list_all()
    assert [model.id for model in found] == ["toy-cgan"] and len(problems) == 1 and "\n" not in problems[0]
    status, out, err = cli("models", "--json")
    assert status == 0 and [row["id"] for row in json.loads(out)] == ["toy-cgan"]
    assert err == f"warning: {problems[0]}\n"


def test_weights_that_are_not_those_of_the_record_are_not_used(broken, cli):
    content = bytearray((broken / "toy-dcgan.safetensors").read_bytes())
    content[-1] ^= 1
    (broken / "toy-dcgan.safetensors").write_bytes(content)
    with pytest.raises(WorkshopError, match=r"its SHA-256 differs"):
        bundled.load("toy-dcgan")
    status, out, err = cli("sample", "toy-dcgan", "--out", broken / "a.npz")
    assert status == 2 and not out and err.count("error: ") == 1 and "SHA-256" in err


def test_an_unknown_model(toys):
    with pytest.raises(WorkshopError, match=r"Unknown bundled model '\.\./toy-cgan'.*Available: toy-cgan, toy-dcgan"):
        bundled.get("../toy-cgan")


def test_nothing_there(tmp_path, monkeypatch, cli):
    monkeypatch.setenv("GAN_MODELS", str(tmp_path / "none"))
    assert bundled.list_all() == ([], []) and bundled.reference_for("dcgan", "fashion-small") is None
    assert cli("models") == (0, "No models here.\n", "")
    assert cli("models", "--json") == (0, "[]\n", "")


# The command line


def test_the_list_needs_no_torch(toys):
    code = "import sys; from gan_core.cli import main; main(['models']); sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [line.split()[:4] for line in done.stdout.splitlines()] == [
        ["toy-cgan", "cgan", "on", "fashion-small"],
        ["toy-dcgan", "dcgan", "on", "fashion-small"],
    ]
    assert "28 px, Fréchet distance (fashion-cnn) " in done.stdout and str(toys / "toy-dcgan.png") in done.stdout


def test_the_list_for_programs(cli, toys):
    rows = {row["id"]: row for row in json.loads(cli("models", "--json")[1])}
    row = rows["toy-cgan"]
    assert row["variant"] == "cgan" and row["dataset"] == "fashion-small" and row["conditional"]
    assert row["file"] == str(toys / "toy-cgan.safetensors") and row["samples"] == str(toys / "toy-cgan.png")
    assert row["low"] <= row["frechet"] <= row["high"] and row["extractor"] == "fashion-cnn" and row["count"] == 60
    assert [share["name"] for share in row["shares"]] == row["classes"] and not rows["toy-dcgan"]["shares"]
    assert 0 <= row["class_right"] <= 1 and rows["toy-dcgan"]["class_right"] is None


def test_sample_and_evaluate_take_its_name(cli, toys, tmp_path, monkeypatch):
    status, _, err = cli("sample", "toy-cgan", "--count", 12, "--seed", 5, "--out", tmp_path / "a.npz")
    assert (status, err) == (0, "")
    with np.load(tmp_path / "a.npz") as file:
        drawn, labels = bundled.load("toy-cgan").sample(12, 5)
        assert np.array_equal(file["images"], drawn) and np.array_equal(file["labels"], labels)
    kept = bundled.get("toy-dcgan").report
    asked = []
    monkeypatch.setattr(evaluate, "evaluate_file", lambda *args, **given: asked.append((args, given)) or kept)
    status, out, err = cli("evaluate", "toy-dcgan", "--count", 60)
    assert (status, err) == (0, "") and out.startswith("toy-dcgan at step ")
    ((path,), given) = asked[0]
    assert path == bundled.weights_path("toy-dcgan") and given["count"] == 60 and given["subject"] == "toy-dcgan"


def test_what_a_bundled_model_cannot(cli, toys, tmp_path):
    def said(*arguments):
        status, out, err = cli("sample", *arguments, "--out", tmp_path / "a.npz")
        assert status == 2 and not out and err.count("error: ") == 1
        return err

    assert "toy-cgan is a bundled model; give the run instead." in said("toy-cgan", "--at", "best")
    assert "holds only the averaged weights (EMA)" in said("toy-cgan", "--raw")
    assert "There is no run 'toy-cgn'" in (err := said("toy-cgn")) and "Bundled models: toy-cgan, toy-dcgan." in err


# The pages


def text(app):
    return "\n".join(
        str(e.value) for kind in ("subheader", "markdown", "caption", "warning") for e in getattr(app, kind)
    )


def test_home_shows_them(toys):
    app = opened()
    assert not app.exception and "Bundled models" in text(app)
    assert "**CGAN** · Fashion-MNIST" in text(app) and "Class accuracy: " in text(app)
    assert "Fréchet distance (fashion-cnn): " in text(app)
    links = [element.proto.query_string for element in app.get("page_link")]
    assert any("variant=dcgan" in link and "preset=quality" in link for link in links)


def test_home_needs_no_torch(toys):
    """It is the first page: its rooms load without torch, and the shelf needs no network."""
    modules = "from pages.ui.models import bundled; from pages.ui.live import cards; from pages.ui.shell import frame"
    code = f"import sys; {modules}; sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_home_says_what_is_damaged(broken):
    (broken / "toy-cgan.png").unlink()
    app = opened()
    assert not app.exception and "toy-cgan.png is missing" in app.warning[0].value and "**DCGAN**" in text(app)


def test_of_two_that_fit_the_one_as_asked_is_shown(broken):
    """One conditional beside one that is not, as for R3GAN."""
    record = json.loads((broken / "toy-dcgan.json").read_text())
    record["config"]["network"]["conditional"] = True
    for suffix in ("png", "safetensors"):
        (broken / f"told.{suffix}").write_bytes((broken / f"toy-dcgan.{suffix}").read_bytes())
    (broken / "told.json").write_text(json.dumps(record | {"id": "told", "title": "DCGAN, class-conditional"}))
    for dataset in ("fashion-small", "fashion-mnist"):
        found = [bundled.reference_for("dcgan", dataset, conditional) for conditional in (False, True)]
        assert [model and model.id for model in found] == ["toy-dcgan", "told"]
    assert bundled.reference_for("dcgan", "digits") is None


def test_home_without_any_says_nothing(toys, tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_MODELS", str(tmp_path))
    assert "Bundled models" not in text(opened())


def test_train_shows_the_target_and_takes_its_settings(toys):
    app = opened("pages/train.py", variant="cgan")
    assert not app.exception and "**What this can achieve**, after " in text(app)
    assert "The form holds the settings of this model." not in text(app)
    next(button for button in app.button if button.label == "Use its settings").click().run()
    assert not app.exception and "The form holds the settings of this model." in text(app)
    assert app.query_params["preset"] in ("quality", ["quality"])
    values = {widget.label: widget.value for widget in app.number_input}
    assert values["Batch size"] == 8 and values["Seed"] == 3
    assert "Use its settings" not in [button.label for button in app.button]
    next(widget for widget in app.number_input if widget.label == "Batch size").set_value(16).run()
    assert "Use its settings" in [button.label for button in app.button]


def test_train_shows_one_of_the_same_classes_else_none(toys):
    assert "on Fashion-MNIST" in text(opened("pages/train.py", **{"variant": "cgan", "data.dataset": "fashion-mnist"}))
    for query in ({"variant": "lsgan"}, {"variant": "cgan", "data.dataset": "digits"}):
        assert "What this can achieve" not in text(opened("pages/train.py", **query))


def test_a_target_of_a_part_of_the_classes_says_so(home, monkeypatch):
    monkeypatch.delenv("GAN_MODELS", raising=False)
    app = opened("pages/train.py", **{"preset": "fast", "variant": "r3gan", "data.dataset": "emoji"})
    assert not app.exception and "3 of 9 classes" in text(app)
    next(button for button in app.button if button.label == "Use its settings").click().run()
    assert not app.exception and "The form holds the settings of this model." in text(app)


def test_the_settings_are_fields_of_the_form(toys):
    known = set(config.fields())
    assert all(set(model.settings) <= known for model in bundled.list_all()[0])
