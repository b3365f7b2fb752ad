"""Exported generators: the same pictures in a process that has never heard of this program."""

import json
import logging
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import forked
import numpy as np
import onnx
import pytest
import torch
from torch import nn
from toys import tiny

from gan_core import variants
from gan_core.cli import models as commands
from gan_core.models import export
from gan_core.models.checkpoint import Model
from gan_core.nets import NetSpec, latent
from gan_core.nets.initialisation import initialise
from gan_core.system.errors import WorkshopError

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
COUNTS = (1, 2, 7)

OPTIONS: list[dict[str, Any]] = [
    {"upsample": "transposed", "norm_g": "batch", "residual": "none", "stem": "conv", "patch": 4, "slope_g": 0.2},
    {"upsample": "nearest", "norm_g": "instance", "residual": "both", "stem": "dense", "patch": 2},
    {"upsample": "bilinear", "norm_g": "none", "residual": "generator", "stem": "dense", "z_distribution": "uniform"},
    {"upsample": "subpixel", "norm_g": "instance", "residual": "none", "stem": "conv", "stem_width": 12},
]
"""Every way to up-sample; each norm, stem and kind of block with one or two of them."""


def toy(variant="cgan", size=28, channels=1, options: dict[str, Any] | None = None) -> Model:
    """An untrained model whose every number matters: random statistics, weights that make pictures with contrast."""
    network = {f"network.{name}": value for name, value in (options or {}).items()}
    config = tiny(variant, **{"network.init": "he", **network})
    spec = variants.get(variant)
    generator = spec.generator(NetSpec(size, channels, 3, config.network))
    rng = torch.Generator().manual_seed(5)
    initialise(generator, rng, "he")
    for name, tensor in generator.state_dict().items():
        if name.endswith("running_mean"):
            tensor.copy_(torch.randn(tensor.shape, generator=rng) * 0.1)
        elif name.endswith("running_var"):
            tensor.copy_(torch.rand(tensor.shape, generator=rng) + 0.5)
    classes, told = ("left", "right", "Ärmel, „kurz“"), spec.is_conditional(config)
    return Model(config, generator.eval().requires_grad_(False), None, classes, told, 3, False, "MIT")


def cases(most: int) -> dict[str, Model]:
    """At most that many kinds of networks, of several sizes: each export takes a second or two."""
    found = {"mlp": toy("vanilla", 17, 3, {"norm_g": "batch"})}
    sizes = [(28, 1), (33, 3), (16, 3), (50, 1)]
    for number, (options, (size, channels)) in enumerate(zip(OPTIONS[: most - 1], sizes, strict=False)):
        found[f"{options['upsample']}-{size}"] = toy("cgan" if number % 2 else "dcgan", size, channels, options)
    return found


def inputs(model, count):
    network = model.config.network
    found = {"z": latent.fixed(count, network.z_dim, 11, network.z_distribution)}
    return found | ({"labels": (torch.arange(count) * 2 + 1) % len(model.classes)} if model.conditional else {})


WITH_ONNXRUNTIME = """
import json, pathlib, sys
import numpy as np
import onnxruntime
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
told = {}
for path in pathlib.Path(sys.argv[1]).glob("*.onnx"):
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    held = np.load(path.with_suffix(".npz"))
    far = {}
    for count in (1, 2, 7):
        (found,) = session.run(["pictures"], {one.name: held[one.name][:count] for one in session.get_inputs()})
        assert found.dtype == np.float32 and found.shape == held["pictures"][:count].shape, (path, found.shape)
        far[count] = float(np.abs(found - held["pictures"][:count]).max())
    told[path.stem] = {"far": far, "about": session.get_modelmeta().custom_metadata_map}
print(json.dumps({"told": told, "loaded": sorted({"torch", "gan_core"} & set(sys.modules))}))
"""

WITH_TORCH = """
import json, pathlib, sys
import numpy as np
import torch

torch.set_num_threads(1)
told = {}
for path in pathlib.Path(sys.argv[1]).glob("*.pt2"):
    extra = {"about.json": ""}
    run = torch.export.load(path, extra_files=extra).module()
    held = np.load(path.with_suffix(".npz"))
    names = [name for name in ("z", "labels") if name in held]
    far = {}
    for count in (1, 2, 7):
        found = run(*(torch.from_numpy(held[name][:count]) for name in names))
        assert found.dtype == torch.float32 and found.shape == held["pictures"][:count].shape, (path, found.shape)
        far[count] = float(np.abs(found.numpy() - held["pictures"][:count]).max())
    told[path.stem] = {"far": far, "about": json.loads(extra["about.json"])}
print(json.dumps({"told": told, "loaded": sorted({"gan_core"} & set(sys.modules))}))
"""


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("kind", "elsewhere", "most"), [("onnx", WITH_ONNXRUNTIME, 5), ("pt2", WITH_TORCH, 3)])
def test_the_same_pictures_elsewhere(tmp_path, kind, elsewhere, most):
    everything = cases(most)  # what is exported to pt2 is the first half of the way to ONNX
    for name, model in everything.items():
        given = inputs(model, max(COUNTS))
        with torch.no_grad():
            expected = model.generator(*given.values())
        assert expected.std() > 0.05, f"{name} draws nothing that could differ"
        held: dict[str, Any] = {key: tensor.numpy() for key, tensor in (given | {"pictures": expected}).items()}
        np.savez(tmp_path / f"{name}.npz", **held)
        (tmp_path / f"{name}{export.FORMATS[kind].suffix}").write_bytes(export.export(model, kind, name))
    command = [sys.executable, "-I", "-c", elsewhere, str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["loaded"] == [], "it was to do without these"
    assert set(answer["told"]) == set(everything)
    far = {name: max(one["far"].values()) for name, one in answer["told"].items()}
    assert max(far.values()) <= export.TOLERANCE, far
    for name, one in answer["told"].items():
        assert one["about"] == export.metadata(everything[name], name)


@pytest.fixture(scope="module")
def small():
    return toy(options={"stem": "dense"})


@pytest.fixture(scope="module")
def file(small):
    return export.export(small, "onnx", "A toy")


def test_what_the_file_tells(small, file):
    held = onnx.load_from_string(file)
    told = {one.key: one.value for one in held.metadata_props}
    assert told == export.metadata(small, "A toy")
    assert (told["title"], told["licence"], told["z_dim"], told["step"]) == ("A toy", "MIT", "8", "3")
    assert json.loads(told["classes"]) == ["left", "right", "Ärmel, „kurz“"] and told["conditional"] == "true"
    assert told["distribution"] == "normal: N(0, 1)" and told["weights"] == "raw"
    assert export.metadata(small)["title"] == "CGAN, fashion-small"


def test_names_types_and_shapes_of_inputs_and_output(file):
    def shape(value):
        kind = value.type.tensor_type
        return kind.elem_type, [dim.dim_param or dim.dim_value for dim in kind.shape.dim]

    graph = onnx.load_from_string(file).graph
    assert {value.name: shape(value) for value in graph.input} == {
        "z": (onnx.TensorProto.FLOAT, ["batch", 8]),
        "labels": (onnx.TensorProto.INT64, ["batch"]),
    }
    assert {value.name: shape(value) for value in graph.output} == {
        "pictures": (onnx.TensorProto.FLOAT, ["batch", 1, 28, 28])
    }


def test_nothing_of_this_machine_is_inside(small, file):
    packed = zipfile.ZipFile(BytesIO(export.export(small, "pt2")))
    for content in (file, *(packed.read(name) for name in packed.namelist())):
        assert str(ROOT).encode() not in content and b".py" not in content


def test_the_same_bytes_each_time(small, file):
    assert export.export(small, "onnx", "A toy") == file


def test_the_model_is_left_as_it_was(small):
    before = {name: tensor.clone() for name, tensor in small.generator.state_dict().items()}
    noise = torch.get_rng_state()
    small.generator.train()
    export.export(small, "pt2")
    assert small.generator.training and torch.equal(noise, torch.get_rng_state())
    small.generator.eval()
    assert all(torch.equal(tensor, before[name]) for name, tensor in small.generator.state_dict().items())


# What is refused


class Doubtful(nn.Module):
    """Its way depends on the numbers in z, which a graph cannot hold."""

    def forward(self, z):
        return z if z.sum() > 0 else -z


class Noisy(nn.Module):
    """It draws another picture each time."""

    def forward(self, z):
        return z + torch.rand_like(z)


class Broken(nn.Module):
    def forward(self, z):
        return z / 0 * 0


@pytest.mark.parametrize("kind", list(export.FORMATS))
@pytest.mark.parametrize(
    ("generator", "said"), [(Doubtful(), ""), (Noisy(), "its pictures differ by "), (Broken(), "nan")]
)
def test_what_cannot_be_exported_is_one_sentence(kind, generator, said, capfd, caplog):
    model = Model(tiny("dcgan"), generator, None, (), False, 0, False)
    with pytest.raises(WorkshopError) as caught:
        export.export(model, kind)
    text = str(caught.value)
    assert text.startswith(f"This generator cannot be exported as {export.FORMATS[kind].title}: ")
    assert said in text and "\n" not in text and len(text) < 300
    assert capfd.readouterr() == ("", "") and not [one for one in caplog.records if one.levelno >= logging.WARNING]


def test_an_unknown_kind(small):
    with pytest.raises(
        WorkshopError, match=r"Unknown export format 'onx'\. Did you mean 'onnx'\? Available: onnx, pt2\."
    ):
        export.export(small, "onx")


# The command line


def test_the_command_offers_what_there_is():
    assert list(commands.FORMATS) == list(export.FORMATS)


def test_the_command_says_nothing_but_where(tmp_path):
    """A process of its own shows what torch would say to developers."""
    outs = [str(tmp_path / f"shoes{about.suffix}") for about in export.FORMATS.values()]
    calls = [
        ["export", "fashion-cgan", "--to", kind, "--out", out] for kind, out in zip(export.FORMATS, outs, strict=True)
    ]
    code = f"import sys; from gan_core.cli import main; sys.exit(max(main(call) for call in {calls}))"
    done = subprocess.run(
        [*forked.command(), "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "".join(f"{out}\n" for out in outs), "")
    assert sorted(str(path) for path in tmp_path.iterdir()) == sorted(outs)
    assert all(Path(out).stat().st_size > 500_000 for out in outs)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none-such", "--to", "onnx", "--out", "a.onnx"], "There is no run 'none-such' in "),
        (["fashion-cgan", "--to", "onnx", "--out", "."], "--out: '.' is a folder; "),
        (
            ["fashion-cgan", "--to", "onnx", "--out", "none/a.onnx"],
            "--out: none/a.onnx cannot be written: there is no ",
        ),
        (["fashion-cgan", "--to", "pt2", "--raw", "--out", "a.pt2"], "holds only the averaged weights (EMA)"),
    ],
)
def test_a_mistake_is_one_sentence(home, cli, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    status, out, err = cli("export", *arguments)
    assert (status, out) == (2, "") and said in err and err.startswith("error: ")
    assert not list(tmp_path.glob("*.*"))
