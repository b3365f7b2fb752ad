"""Files of weights from strangers: nothing in them runs, nothing is built before it fits, and each is one sentence."""

import json
import os
import pickle
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import forked
import pytest
import safetensors
import safetensors.torch
import torch
from elsewhere import Example, saved
from hypothesis import given
from hypothesis import strategies as st
from toys import ROOT, pictures, tiny

from gan_core.models import bundled, checkpoint, foreign, store
from gan_core.models.metadata import WeightsMetadata
from gan_core.models.store import Origin
from gan_core.nets.chain import SequentialGenerator
from gan_core.nets.description import Activation, Conv, Dense, Description, Flatten, Norm, Transposed, Unflatten
from gan_core.system.errors import WorkshopError
from gan_core.training.trainer import Trainer

READERS = {
    "load": checkpoint.load,
    "load_discriminator": checkpoint.load_discriminator,
    "read_metadata": checkpoint.read_metadata,
    "networks_in": checkpoint.networks_in,
    "count_parameters": checkpoint.count_parameters,
    "foreign.load": foreign.load,
    "foreign.read": foreign.read,
}


def refused(path, reader="load"):
    """The one sentence with which `path` is refused."""
    with pytest.raises(WorkshopError) as told:
        READERS[reader](path)
    said = str(told.value)
    assert "\n" not in said and said.endswith(".") and len(said) < 900, said
    return said


ALONE = """
import sys, time
from pathlib import Path
from gan_core.models import checkpoint, foreign
from gan_core.system.errors import WorkshopError

def peak():
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])

module, _, name = sys.argv[1].rpartition(".")
read = getattr({"": checkpoint, "foreign": foreign}[module], name)
before, start = peak(), time.process_time()
try:
    said = str(read(Path(sys.argv[2])))
except WorkshopError as error:
    said = f"refused: {error}"
print(peak() - before, time.process_time() - start, said)
"""


def read_alone(path, reader):
    """What a fresh process that reads `path` says of it, the kilobytes by which it grows, and the CPU's seconds."""
    done = subprocess.run([*forked.command(), "-c", ALONE, reader, path], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    grown, seconds, said = done.stdout.split(maxsplit=2)
    return said, int(grown), float(seconds)


LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A small file of ours, with all three networks."""
    path, dataset = tmp_path_factory.mktemp("sound") / "a.safetensors", pictures()
    trainer = Trainer(tiny("dcgan"), dataset)
    trainer.advance()
    checkpoint.save(path, trainer, dataset)
    return path


def changed(sound, path, *, config=None, about=None, tensors=None, drop=()):
    """A copy of `sound` at `path` with these differences; `config` and `about` are functions of the JSON inside."""
    with safetensors.safe_open(sound, framework="pt") as file:
        metadata, kept = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    for name, change in (("config", config), ("about", about)):
        if change is not None:
            values = json.loads(metadata[name])
            metadata[name] = json.dumps(change(values) or values)
    kept = {name: tensor for name, tensor in kept.items() if name not in drop} | (tensors or {})
    safetensors.torch.save_file(kept, path, metadata)
    return path


# Pickles


class Evil:
    """What makes a folder when it is unpickled."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self):
        return (os.mkdir, (str(self.place),))


def evil(path, place, kind):
    """A file that would run code, in one of the ways in which weights are pickled."""
    content = {"main.0.weight": Evil(place), "main.2.weight": torch.ones(2, 2)}
    if kind in ("zip", "legacy"):
        torch.save(content, path, _use_new_zipfile_serialization=kind == "zip")
    elif kind == "module":
        torch.save(Example(nz=4, ngf=4, size=32), path)
    else:
        path.write_bytes(pickle.dumps(content, protocol=int(kind)))
    return path


@pytest.mark.parametrize("kind", ["zip", "legacy", "module", "0", "2", "4", "5"])
@pytest.mark.parametrize("suffix", [".safetensors", ".pth", ".bin"])
@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_a_pickle_that_would_run_code_is_not_run(home, tmp_path, suffix, kind):
    place = tmp_path / "ran"
    path = evil(tmp_path / f"model{suffix}", place, kind)
    for reader in READERS:
        refused(path, reader)
    with pytest.raises(WorkshopError):
        store.add(path, "evil", Origin(kind="imported", file=path.name))
    assert not place.exists() and store.names() == []
    if kind not in ("module", "0"):
        assert place.parent.exists() and not place.exists()
        pickled = pickle.loads(pickle.dumps(Evil(place)))  # it would have: the test can tell
        assert pickled is None and place.exists()


def test_what_would_run_is_named(tmp_path):
    said = refused(evil(tmp_path / "a.pth", tmp_path / "ran", "zip"), "foreign.read")
    assert said.startswith("a.pth holds more than weights (posix.mkdir), which could run code and is not opened here;")
    assert "save the state_dict()" in refused(evil(tmp_path / "b.pth", tmp_path / "ran", "module"), "foreign.read")
    assert "it is a zip, as PyTorch writes" in refused(tmp_path / "a.pth")


@pytest.mark.filterwarnings("ignore:Sparse invariant checks")
def test_what_the_reader_of_pytorch_allows_and_no_weights_need(tmp_path):
    """A small file that would take 8 GB: a number repeated by a view, then copied by a function that PyTorch allows."""
    wide = torch.ones(1).expand(10**9)
    path = tmp_path / "a.pth"
    torch.save({"a": torch.sparse_coo_tensor(torch.tensor([[0]]), torch.ones(1), (10**9,)), "b": bytearray(10)}, path)
    assert "holds more than weights" in refused(path, "foreign.read")
    torch.save({"a.0.weight": wide}, path)
    assert "more than the file itself" in refused(path, "foreign.read")


@pytest.mark.filterwarnings("ignore:`torch.jit")
def test_zips_that_pytorch_never_writes(tmp_path):
    good = saved(tmp_path / "good.pth", {"a.weight": torch.zeros(1000)})
    with zipfile.ZipFile(good) as archive:
        entries = {info.filename: archive.read(info) for info in archive.infolist()}
    packed, doubled, other = tmp_path / "packed.pth", tmp_path / "doubled.pth", tmp_path / "other.pth"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    with zipfile.ZipFile(doubled, "w") as archive:
        for name, content in [*entries.items(), *((name.upper(), content) for name, content in entries.items())]:
            archive.writestr(name, content)
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    assert "compressed or duplicate entries" in refused(packed, "foreign.read")
    assert "compressed or duplicate entries" in refused(doubled, "foreign.read")
    assert "not one that PyTorch writes" in refused(other, "foreign.read")
    scripted = tmp_path / "script.pt"
    torch.jit.save(torch.jit.trace(torch.nn.Linear(2, 2), torch.ones(1, 2)), scripted)
    assert "is a program (TorchScript)" in refused(scripted, "foreign.read")


def test_a_list_of_a_million_things_is_not_built(tmp_path):
    path = tmp_path / "a.pth"
    path.write_bytes(b"\x80\x02(" + b"]" * 1_500_000 + b"l.")
    assert "more than a state dict needs" in refused(path, "foreign.read")
    path.write_bytes(b"\x80\x02(" + b"K\x01" * 30_000 + b"t.")
    assert "is damaged, or no file of weights" in refused(path, "foreign.read")


# Heads and metadata


@LINUX
@pytest.mark.parametrize("reader", READERS)
def test_a_head_of_a_gigabyte_takes_neither_time_nor_memory(tmp_path, reader):
    path = tmp_path / "a.safetensors"
    with path.open("wb") as file:
        file.write((10**9).to_bytes(8, "little") + b'{"')
        file.truncate(10**9 + 8)
    said, grown, seconds = read_alone(path, reader)
    assert said.startswith("refused: ")
    assert "1,000,000,000 bytes; allowed: 4,000,000" in said or "allowed: 500 MB" in said
    assert seconds < 0.5 and grown < 50_000


@pytest.mark.parametrize("content", [b"", b"abc", b"\x00" * 100, b"{}", (2).to_bytes(8, "little") + b"{}"])
@pytest.mark.parametrize("reader", ["load", "read_metadata", "load_discriminator", "count_parameters", "foreign.read"])
def test_what_is_no_model_at_all(tmp_path, content, reader):
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    assert "a.safetensors" in refused(path, reader)
    assert "o such file" in refused(tmp_path / "b.safetensors", reader)
    assert refused(tmp_path, reader)


@given(st.floats(0, 1))
def test_a_file_cut_short_is_one_sentence(share):
    content = bundled.weights_path("fashion-acgan").read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.safetensors"
        path.write_bytes(content[: int(share * (len(content) - 1))])
        assert "cannot be read as safetensors" in refused(path)
        assert not foreign.is_foreign(path)


@given(st.integers(0, 10**9), st.binary(min_size=1, max_size=6))
def test_damage_anywhere_is_one_sentence_or_other_pictures(place, wrong):
    content = bytearray(SMALL.read_bytes())
    head = place % (len(content) if place % 2 else 20_000)  # half of them in the head
    content[head : head + len(wrong)] = wrong
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.safetensors"
        path.write_bytes(content)
        for reader in READERS.values():
            try:
                reader(path)
            except WorkshopError as error:
                assert "\n" not in str(error)


SMALL = bundled.weights_path("fashion-wgan")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, '{"seed":' + "9" * 5000 + "}", "NaN"])
@pytest.mark.parametrize("part", ["config", "about"])
def test_metadata_that_is_no_json(sound, tmp_path, part, text):
    path = tmp_path / "a.safetensors"
    with safetensors.safe_open(sound, framework="pt") as file:
        metadata, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    safetensors.torch.save_file(tensors, path, metadata | {part: text})
    assert "is not valid" in refused(path)
    safetensors.torch.save_file(tensors, path, {name: kept for name, kept in metadata.items() if name != part})
    assert f"has no {part}" in refused(path)
    safetensors.torch.save_file(tensors, path, metadata | {"format": "gan-workshop/2"})
    assert "has no format 'gan-workshop/1'" in refused(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"variant": "gan9000"}, "Unknown variant 'gan9000'"),
        ({"variant": "../../x"}, "Unknown variant '../../x'"),
        ({"flux": 1}, "flux: 1 was given; there is no such field"),
        ({"\x1b[2J": 1}, "?[2J: 1 was given; there is no such field"),
        ({"network": {"width": 10**9}}, "network.width: 1000000000 was given"),
        (
            {"network": {"z_dim": 0, "width": 1}},
            "network.z_dim: 0 was given; allowed: greater than or equal to 1 (1 more)",
        ),
        ({"data": {"dataset": "a\ud800"}}, "data.dataset: 'a\\ud800' was given; allowed: "),
        (
            {"data": {"dataset": "a\x1b]0;b\x07"}},
            "data.dataset: 'a\\x1b]0;b\\x07' was given; allowed: one line of text",
        ),
        ({"data": {"dataset": "a" * 201}}, "data.dataset: "),
        ({"preset": "a\nerror: b"}, "preset: 'a\\nerror: b' was given; allowed: one line of text"),
        ({"preset": "a" * 201}, "preset: "),
        ({"network": {"width": 8}}, "does not match its config"),
        ({"variant": "vanilla", "network": {"norm_g": "instance"}}, "no network that can be built"),
        ({"variant": "cgan"}, "missing: code.table.weight"),
    ],
)
def test_configs_that_cannot_be(sound, tmp_path, change, said):
    told = refused(changed(sound, tmp_path / "a.safetensors", config=lambda values: values | change))
    assert said in told, told


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"size": 10**9}, "size: 1000000000 was given; allowed: less than or equal to 256."),
        ({"size": 10**30}, "size: "),
        ({"size": 8}, "size: 8 was given; allowed: greater than or equal to 16."),
        ({"size": "28"}, "size: '28' was given; allowed: a valid integer."),
        ({"size": 28.5}, "size: 28.5 was given"),
        ({"channels": 2}, "channels: 2 was given; allowed: 1 or 3."),
        ({"classes": ["a"] * 10**6}, "its header claims"),
        ({"classes": ["a"] * 1001}, "classes: "),
        ({"classes": "abc"}, "classes: 'abc' was given"),
        ({"classes": [1, 2]}, "classes.0: 1 was given"),
        ({"classes": []}, "classes: none was given; allowed: 1 or more."),
        ({"classes": ["x" * 300]}, "classes.0: "),
        ({"classes": ["a\x1b[2J"]}, "classes.0: 'a\\x1b[2J' was given; allowed: one line of text, without control"),
        ({"classes": ["a\ud800"]}, "The metadata in"),
        ({"licence": "MIT\nerror: no"}, "licence: 'MIT\\nerror: no' was given; allowed: one line of text"),
        ({"licence": "\u2028"}, "licence: '\\u2028' was given"),
        ({"layout": "\x85"}, "layout: '\\x85' was given"),
        ({"licence": 3}, "licence: 3 was given"),
        ({"step": -1}, "step: -1 was given"),
        ({"step": None}, "step: None was given"),
        ({"colour": "red"}, "colour: there is no such field."),
        ({"\x1b[2J": 1}, "?[2J: there is no such field."),
        ({"layers": {"z_dim": 8, "layers": []}}, "layers.layers"),
        ({"size": 64}, "does not match its config"),
    ],
)
def test_what_a_file_tells_of_itself_is_checked(sound, tmp_path, change, said):
    told = refused(changed(sound, tmp_path / "a.safetensors", about=lambda values: values | change))
    assert said in told, told


def any_text(smallest=0):
    """Of all characters there are, halves of surrogate pairs among them."""
    return st.text(st.characters(codec=None, exclude_categories=()), min_size=smallest, max_size=12)


@given(any_text(), any_text(), any_text())
def test_any_text_in_a_file_can_be_printed_and_written_again_or_is_refused(sound, name, dataset, licence):
    told = {"data": {"dataset": dataset}}
    said = {"classes": [name] * 10, "licence": licence}
    with tempfile.TemporaryDirectory() as folder:
        path = changed(sound, Path(folder) / "a.safetensors", config=lambda v: v | told, about=lambda v: v | said)
        try:
            config, about = checkpoint.read_metadata(path)
        except WorkshopError as error:
            assert str(error).replace(folder, "").isprintable()
            return
    for text in (config.data.dataset, about.licence, *about.classes):
        assert len(text.encode().decode().splitlines()) < 2 and not set(text) & {"\x1b", "\x07", "\0"}
    assert config.to_json() and about.model_dump_json()


@pytest.mark.parametrize("name", ["Strümpfe", "靴", "👩‍🎨 art", "a\u00a0b", "ٻ", "e\u0301"])
def test_class_names_in_any_script_are_taken(sound, tmp_path, name):
    path = changed(sound, tmp_path / "a.safetensors", about=lambda values: values | {"classes": [name] * 10})
    assert checkpoint.read_metadata(path)[1].classes == (name,) * 10


@pytest.mark.parametrize("name", ["size", "channels", "classes", "step"])
def test_what_it_does_not_tell_is_named(sound, tmp_path, name):
    def less(values):
        del values[name]

    assert f"{name} is missing." in refused(changed(sound, tmp_path / "a.safetensors", about=less))


def test_files_of_old_tell_no_licence(sound, tmp_path):
    def less(values):
        del values["licence"]

    path = changed(sound, tmp_path / "a.safetensors", about=less)
    assert checkpoint.read_metadata(path)[1].licence == checkpoint.load(path).licence == ""


# Tensors


def test_tensors_that_do_not_fit_are_named(sound, tmp_path):
    path, name = tmp_path / "a.safetensors", "ema.stem.1.weight"
    with safetensors.safe_open(sound, framework="pt") as file:
        right = file.get_tensor(name)
    a, b = right.shape[:2]
    for tensors, drop, said in [
        ({}, [name], "The ema in {path} does not match its config: missing: stem.1.weight."),
        ({"ema.more": right}, [], "The ema in {path} does not match its config: unexpected: more."),
        ({name: right[:, :2].clone()}, [], f"wrong shape: stem.1.weight ({a}, 2, 7, 7) instead of ({a}, {b}"),
        ({name: right.to(torch.int64)}, [], "wrong type: stem.1.weight (I64)."),
        ({name: right.to(torch.complex64)}, [], "wrong type: stem.1.weight (C64)."),
        ({name: right.to(torch.bool)}, [], "wrong type: stem.1.weight (BOOL)."),
        ({"generator.stem.2.num_batches_tracked": torch.tensor(1.5)}, [], "stem.2.num_batches_tracked (F32)."),
        ({name: torch.full_like(right, torch.nan)}, [], "The ema in {path} has NaN or infinite numbers in stem.1"),
        ({name: right + torch.inf}, [], "NaN or infinite numbers in stem.1.weight."),
        ({name: right.double() + 1e300}, [], "NaN or infinite numbers in stem.1.weight."),
        ({"discriminator.score.0.weight": torch.ones(1)}, [], "The discriminator in {path} does not match"),
        ({"other.weight": right, "x": right + 1}, [], "tensors of unknown networks: other.weight, x."),
    ]:  # fmt: skip
        told = refused(changed(sound, path, tensors=tensors, drop=drop))
        assert said.format(path=path) in told, told


def test_a_head_whose_length_looks_like_a_pickle(tmp_path):
    """640 is the bytes 80 02, with which pickles begin."""
    path = tmp_path / "a.safetensors"
    for length in (0x0180, 0x0280, 0x0380, 0x0480):
        head = json.dumps({"__metadata__": {"format": "pt"}}).encode()
        path.write_bytes(length.to_bytes(8, "little") + head.ljust(length))
        assert "has no format" in refused(path) and foreign.is_foreign(path)
        assert "holds no tensors" in refused(path, "foreign.read")


def test_without_a_generator(sound, tmp_path):
    with safetensors.safe_open(sound, framework="pt") as file:
        names = [name for name in file.keys() if not name.startswith("discriminator.")]  # noqa: SIM118
    path = changed(sound, tmp_path / "a.safetensors", drop=names)
    assert "holds no generator" in refused(path)
    assert checkpoint.load_discriminator(path).size == 28


def test_weights_of_half_precision_are_as_good(sound, tmp_path):
    with safetensors.safe_open(sound, framework="pt") as file:
        half = {name: file.get_tensor(name).half() for name in file.keys() if name.endswith("weight")}  # noqa: SIM118
    model = checkpoint.load(changed(sound, tmp_path / "a.safetensors", tensors=half))
    assert {p.dtype for p in model.generator.parameters()} == {torch.float32}


def test_a_loaded_model_does_not_hang_on_its_file(sound, tmp_path):
    path = changed(sound, tmp_path / "a.safetensors")
    model = checkpoint.load(path)
    before = model.sample(3, 0)[0]
    path.write_bytes(b"")
    assert (model.sample(3, 0)[0] == before).all()
    assert not any(p.requires_grad or p.is_meta for p in model.generator.parameters())
    assert not any(b.is_meta for b in model.generator.buffers()) and not model.generator.training


@LINUX
@pytest.mark.parametrize("reader", ["load", "load_discriminator", "count_parameters"])
def test_networks_of_many_gigabytes_take_no_memory(sound, tmp_path, reader):
    """The widest networks that a config allows, about 7 GB, in a file of a few thousand numbers."""
    wide = {"variant": "vanilla", "network": {"width": 256, "z_dim": 1024, "norm_g": "none"}}
    large = {"size": 256, "channels": 3, "classes": ["x"] * 1000}
    path = changed(sound, tmp_path / "a.safetensors", config=lambda v: v | wide, about=lambda v: v | large)
    said, grown, _ = read_alone(path, reader)
    if reader == "count_parameters":
        assert min(eval(said)) > 800_000_000
    else:
        assert said.startswith("refused: ") and "does not match its config" in said
    assert grown < 100_000


# Lists of layers


def chain(*layers, z_dim=8):
    return {"z_dim": z_dim, "layers": [layer.model_dump() for layer in layers]}


TANH = Activation(name="tanh")
GOOD = (Dense(inputs=8, outputs=256), TANH, Unflatten(channels=1, height=16, width=16))
MAPS = (GOOD[0], GOOD[2])
WIDE = [Conv(inputs=256, outputs=256, kernel=16, padding=8)] * 7
LAST = Conv(inputs=256, outputs=1, kernel=1)


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        (GOOD[:2], "end in (256,), which is no square picture"),
        (MAPS, "do not end in tanh"),
        ((GOOD[0], Dense(inputs=255, outputs=256), *GOOD[1:]), "layer 1, a dense layer, is given (256,) but needs"),
        ((Dense(inputs=8, outputs=2**20), Dense(inputs=2**20, outputs=256), *GOOD[1:]), "allowed are 125,000,000"),
        ((*MAPS, *[Transposed(inputs=1, outputs=1, kernel=8, stride=8)] * 5, TANH), "16,777,216 numbers"),
        ((*MAPS, Transposed(inputs=1, outputs=1, kernel=1, padding=8), TANH), "layer 2 gives (1, 0, 0)"),
        ((*MAPS, Norm(features=1, maps=False), TANH), "batch norm, is given (1, 16, 16) but needs a row"),
        ((*MAPS, *[Conv(inputs=1, outputs=1, kernel=1)] * 70, TANH), "at most 64 items"),
        ((*MAPS, Conv(inputs=1, outputs=256, kernel=16, padding=15), *WIDE, LAST, TANH),
         "multiplications; allowed are 100,000,000,000"),
    ],
)  # fmt: skip
def test_layers_that_cannot_be_are_refused_before_anything_is_built(layers, said):
    told = {"size": 16, "channels": 1, "classes": [], "step": 0, "layers": chain(*layers)}
    with pytest.raises(WorkshopError) as error:
        WeightsMetadata.from_json(json.dumps(told))
    assert said in str(error.value), error.value


@pytest.mark.parametrize(
    "layer",
    [{"kind": "conv"}, {"kind": "system"}, {"kind": "dense", "inputs": 8, "outputs": 256, "code": "x"}, {}, 3,
     {"kind": "dense", "inputs": "8", "outputs": 256}, {"kind": "activation", "name": "eval"},
     {"kind": "activation", "name": "leaky_relu", "slope": float("inf")},
     {"kind": "dense", "inputs": 8, "outputs": 10**18}],
)  # fmt: skip
def test_layers_of_no_kind(layer):
    told = {"z_dim": 8, "layers": [layer, *chain(*GOOD)["layers"]]}
    with pytest.raises(WorkshopError, match=r"layers\.layers\.0"):
        WeightsMetadata.from_json(json.dumps({"size": 16, "channels": 1, "classes": [], "step": 0, "layers": told}))


def test_a_chain_is_what_its_description_says():
    layers = (Dense(inputs=8, outputs=32), Activation(name="relu"), Unflatten(channels=2, height=4, width=4))
    layers += (Transposed(inputs=2, outputs=3, kernel=4, stride=4, bias=False), Norm(features=3, maps=True))
    layers += (Activation(name="leaky_relu", slope=0.1), Flatten(), Unflatten(channels=3, height=16, width=16))
    layers += (Conv(inputs=3, outputs=3, kernel=3, padding=1), TANH)
    told = Description(z_dim=8, layers=layers)
    network = SequentialGenerator(told).eval()
    assert told.shape == (3, 16, 16) and told.parameters == sum(p.numel() for p in network.parameters())
    assert told == Description.model_validate_json(told.model_dump_json())
    drawn = network(torch.randn(2, 8), torch.tensor([0, 1]))
    assert drawn.shape == (2, 3, 16, 16) and drawn.abs().max() <= 1


def test_layers_and_the_rest_of_the_file_must_agree(tmp_path):
    plain = Example(nz=8, ngf=4, nc=1, size=32)
    path = tmp_path / "ours.safetensors"
    foreign.convert(saved(tmp_path / "a.pth", plain.state_dict()), path)
    for options, said in [
        ({"about": lambda v: v | {"size": 64}}, "size and channels are 64 and 1, but the layers draw 32 and 1"),
        (
            {"config": lambda v: v | {"network": {"z_dim": 9}}},
            "network.z_dim: 9 was given, but the layers in the file take 8",
        ),
        ({"tensors": {"discriminator.x": torch.ones(1)}}, "imported generator has no discriminator"),
        ({"drop": ["generator.layers.1.weight"]}, "missing: layers.1.weight"),
        ({"about": lambda v: {k: kept for k, kept in v.items() if k != "layers"}}, "classes: none was given"),
    ]:
        told = refused(changed(path, tmp_path / "b.safetensors", **options))
        assert said in told, told
