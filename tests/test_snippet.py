"""The snippet draws what the page shows: run as a person would run it."""

import ast
import os
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from test_export import toy
from toys import alike

from gan_core.data import sample_grid
from gan_core.explore import snippet
from gan_core.explore.point_file import shortest_float
from gan_core.models import bundled, checkpoint, export
from gan_core.nets import latent, sampling
from gan_core.system.errors import WorkshopError

ROOT = Path(__file__).parent.parent
NASTY = "a\"'\nimport os\n\\ # “x”"


def drawn_here(code, folder, monkeypatch, capfd):
    """The picture that a script of this text writes into its folder, run in this process."""
    (folder / "script.py").write_text(code)
    monkeypatch.chdir(folder)
    runpy.run_path("script.py", run_name="__main__")
    assert capfd.readouterr() == ("", "")
    return sample_grid.read((folder / snippet.PICTURE).read_bytes())


def drawn_afresh(code, folder, *options, **environment):
    """The same in a process of its own."""
    (folder / "script.py").write_text(code)
    command = [sys.executable, *options, "script.py"]
    done = subprocess.run(
        command, cwd=folder, env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), code
    return sample_grid.read((folder / snippet.PICTURE).read_bytes())


def long(code):
    """Lines of code, those of numbers and empty ones aside."""
    return len([line for line in code.splitlines() if line.strip() and not line.startswith("    ")])


def test_from_a_seed_and_a_class(tmp_path, monkeypatch, capfd):
    model = bundled.load("fashion-cgan")
    code = snippet.with_gan_core("fashion-cgan", snippet.SeededZ(3, 25), "Sneaker")
    assert long(code) <= 11
    shown = model.sample(26, 3, "Sneaker")[0][25]
    assert alike(drawn_here(code, tmp_path, monkeypatch, capfd), shown)


@pytest.mark.slow
def test_from_a_file_and_numbers(tmp_path):
    """In colour, from weights that lie elsewhere, at a point that no seed draws."""
    path = tmp_path / 'ho"me' / "a b.safetensors"
    path.parent.mkdir()
    path.write_bytes(bundled.weights("emoji-r3gan").read_bytes())
    model = checkpoint.load(path)
    z = 0.7 * latent.fixed(2, model.config.network.z_dim, 0).mean(0)
    name = model.classes[-1] if model.conditional else None
    code = snippet.with_gan_core(path, z.numpy(), name)
    assert long(code) <= 12
    labels = torch.tensor([len(model.classes) - 1]) if model.conditional else None
    shown = sampling.generate(model.generator, z[None], labels)[0]
    np.testing.assert_array_equal(drawn_afresh(code, tmp_path, PYTHONPATH=str(ROOT)), shown)


@pytest.mark.slow
@pytest.mark.parametrize(("variant", "channels", "label"), [("acgan", 1, "left"), ("dcgan", 3, None)])
def test_with_onnxruntime_alone(tmp_path, variant, channels, label):
    model = toy(variant, channels=channels)
    (tmp_path / "a model.onnx").write_bytes(export.export(model, "onnx"))
    z = latent.fixed(8, model.config.network.z_dim, 5)[7]
    code = snippet.with_onnx("a model.onnx", z.numpy(), label, model.classes)
    assert "torch" not in code and long(code) <= 12
    shown = model.sample(8, 5, label)[0][7]
    assert alike(drawn_afresh(code, tmp_path, "-I"), shown)


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=40))
def test_numbers_come_back_to_the_last_bit(values):
    z = np.array(values, np.float32)
    code = snippet.with_onnx("a.onnx", z)
    line = next(part for part in ast.parse(code).body if isinstance(part, ast.Assign) and "array" in ast.unparse(part))
    assert isinstance(line.value, ast.Call)
    numbers = np.array(ast.literal_eval(ast.unparse(line.value.args[0])), np.float32)
    np.testing.assert_array_equal(numbers, z[None])
    assert all(np.float32(shortest_float(number)) == number for number in z)
    assert max(map(len, code.splitlines())) <= 120


def test_names_from_others_stay_names():
    """A class or a file may have any name; none becomes a line of the script."""
    for code in (
        snippet.with_gan_core(Path(NASTY), snippet.SeededZ(0, 0), NASTY, raw=True),
        snippet.with_gan_core(NASTY, np.zeros(3, np.float32), NASTY),
        snippet.with_onnx(NASTY, np.zeros(3, np.float32), NASTY, ("b", NASTY)),
    ):
        names = {
            alias.name for part in ast.walk(ast.parse(code)) if isinstance(part, ast.Import) for alias in part.names
        }
        assert "os" not in names
        texts = {part.value for part in ast.walk(ast.parse(code)) if isinstance(part, ast.Constant)}
        assert NASTY in texts


def test_what_there_is_no_snippet_for():
    z = np.zeros(3, np.float32)
    with pytest.raises(WorkshopError, match=r"label: 'b' was given; allowed: a\."):
        snippet.with_onnx("a.onnx", z, "b", ("a",))
    with pytest.raises(WorkshopError, match=r"raw: fashion-cgan is a bundled model, which holds only the averaged"):
        snippet.with_gan_core("fashion-cgan", z, raw=True)
