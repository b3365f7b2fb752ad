"""The generator for use from Python, with huggingface_hub's own mixin."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors
import safetensors.torch
import torch
from elsewhere import Example, saved
from huggingface_hub import HfApi, ModelCard
from huggingface_hub.errors import LocalEntryNotFoundError
from toys import TINY

from gan_core import Generator, runs
from gan_core.models import bundled, checkpoint, library, store
from gan_core.models.store import Origin
from gan_core.presets import recipe
from gan_core.system.errors import WorkshopError
from gan_core.worker.worker import Worker

COMMIT = "0123456789abcdef0123456789abcdef01234567"
ROOT = Path(__file__).parent.parent


def pixels(generator: Generator) -> np.ndarray:
    return generator.sample(12, seed=3)


@pytest.mark.slow
def test_the_package_alone_needs_no_torch_and_knows_the_generator():
    code = "import sys, gan_core; print('torch' in sys.modules); print(gan_core.Generator.__name__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["False", "Generator"]
    import gan_core

    with pytest.raises(AttributeError, match="no attribute 'Generatr'"):
        gan_core.Generatr  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("name", ["fashion-cgan", "fashion-vanilla", "emoji-r3gan"])
def test_it_draws_what_the_checkpoint_draws(name):
    generator, model = Generator.from_pretrained(name), bundled.load(name)
    assert (pixels(generator) == model.sample(12, 3)[0]).all()
    assert generator.z_dim == model.config.network.z_dim and generator.licence == model.licence
    assert generator.classes == (model.classes if model.conditional else ())
    assert not generator.training and not any(p.requires_grad for p in generator.parameters())
    for given in (bundled.weights(name), str(bundled.weights(name))):
        assert (pixels(Generator.from_pretrained(given)) == pixels(generator)).all()


def test_forward_gives_pictures_of_z_and_labels():
    generator = Generator.from_pretrained("fashion-cgan")
    z, labels = torch.randn(2, generator.z_dim), torch.tensor([1, 2])
    assert torch.equal(generator(z, labels), bundled.load("fashion-cgan").generator(z, labels))
    assert generator(z, labels).shape == (2, 1, 28, 28) and generator(z, labels).abs().max() <= 1
    with pytest.raises(WorkshopError, match=r"labels: none were given; allowed: 0 to 9"):
        generator(z)
    plain = Generator.from_pretrained("fashion-dcgan")
    assert plain(z).shape == (2, 1, 28, 28)
    by_name, by_number = (generator.sample(3, 1, label) for label in ("Bag", 8))
    assert (by_name == by_number).all() and by_name.shape == (3, 28, 28, 1)


@pytest.mark.parametrize("name", ["fashion-cgan", "fashion-dcgan", "digits-cgan"])
def test_saved_and_loaded_draws_the_same_pixels(name, tmp_path):
    first = Generator.from_pretrained(name)
    first.save_pretrained(tmp_path / "one")
    second = Generator.from_pretrained(tmp_path / "one")
    assert (pixels(first) == pixels(second)).all() and second.config == first.config
    assert {p.name for p in (tmp_path / "one").iterdir()} == {
        "README.md",
        "model.safetensors",
        "samples.png",
        "config.json",
    }
    assert ModelCard.load(tmp_path / "one" / "README.md").data["library_name"] == "gan-workshop"
    second.save_pretrained(tmp_path / "two")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name
    assert checkpoint.networks_in(tmp_path / "one" / "model.safetensors") == checkpoint.networks_in(
        bundled.weights(name)
    )


def test_what_was_trained_further_is_what_is_saved(tmp_path):
    generator = Generator.from_pretrained("fashion-dcgan")
    before = pixels(generator)
    with torch.no_grad():
        for parameter in generator.parameters():
            parameter.mul_(0.5)
    generator.save_pretrained(tmp_path)
    after = pixels(Generator.from_pretrained(tmp_path))
    assert (after == pixels(generator)).all() and (after != before).any()


def test_a_card_of_ones_own_stays(tmp_path):
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\nMine.")
    Generator.from_pretrained("fashion-dcgan").save_pretrained(tmp_path)
    assert (tmp_path / "README.md").read_text().endswith("Mine.")


@pytest.mark.parametrize("name", ["netG.pth", "pytorch_model.bin", "netG.safetensors"])
def test_a_generator_from_elsewhere_draws_as_its_own_code_does(tmp_path, name):
    theirs = Example(nz=12, size=28)
    path = saved(tmp_path / name, theirs.state_dict())
    ours = Generator.from_pretrained(path)
    z = torch.randn(3, 12)
    with torch.no_grad():
        assert torch.equal(ours(z), theirs(z))
    ours.save_pretrained(tmp_path / "out")
    assert (pixels(Generator.from_pretrained(tmp_path / "out")) == pixels(ours)).all()
    if name == "pytorch_model.bin":
        assert (pixels(Generator.from_pretrained(tmp_path)) == pixels(ours)).all()


def test_raw_weights_are_taken_and_kept_as_raw(home, tmp_path):
    run = runs.create(recipe.build({"variant": "dcgan", **TINY, "data.limit": 50, "regularization.ema": 0.5}))
    Worker(run).work()
    path = run.weights_at()[1]
    raw = Generator.from_pretrained(path, raw=True)
    assert (pixels(raw) == checkpoint.load(path, raw=True).sample(12, 3)[0]).all()
    raw.save_pretrained(tmp_path / "raw")
    assert checkpoint.networks_in(tmp_path / "raw" / "model.safetensors") == {"generator", "discriminator"}
    assert (pixels(Generator.from_pretrained(tmp_path / "raw")) == pixels(raw)).all()


def test_it_is_pushed_by_the_mixin_with_a_card_that_names_the_repository(monkeypatch):
    sent = {}

    def upload(self, *, folder_path, repo_id, **_):
        sent.update({path.name: path.read_bytes() for path in Path(folder_path).iterdir()}, repo=repo_id)
        return "https://hub/commit"

    class Url(str):
        repo_id = "ann/clothes"

    monkeypatch.setattr(HfApi, "create_repo", lambda self, repo_id, **_: Url(repo_id))
    monkeypatch.setattr(HfApi, "upload_folder", upload)
    generator = Generator.from_pretrained("fashion-cgan")
    assert generator.push_to_hub("ann/clothes", private=True) == "https://hub/commit"
    assert sent["repo"] == "ann/clothes" and set(sent) >= {
        "README.md",
        "model.safetensors",
        "config.json",
        "samples.png",
    }
    assert b'Generator.from_pretrained("ann/clothes")' in sent["README.md"]


CLIENT = """
from huggingface_hub import ModelCard
from gan_core import Generator
first = Generator.from_pretrained("digits-cgan")
first.push_to_hub("ann/digits", private=True)
again = Generator.from_pretrained("ann/digits")
assert (again.sample(12, seed=3) == first.sample(12, seed=3)).all()
assert ModelCard.load("ann/digits").data.tags == ["gan-workshop", "cgan", "digits"]
"""


@pytest.mark.slow
def test_with_the_real_client_it_is_pushed_and_comes_back_with_the_same_pixels(hub, tmp_path):
    """In a process of its own: huggingface_hub reads its settings when it is imported."""
    token = hub.user("ann", "hf_" + "a" * 34)
    told = {"HF_ENDPOINT": hub.url, "HF_TOKEN": token, "HF_HUB_OFFLINE": "0", "HF_HOME": str(tmp_path / "hf")}
    done = subprocess.run(
        [sys.executable, "-c", CLIENT], cwd=ROOT, env=os.environ | told, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    repo = hub.repos["ann/digits"]
    assert repo.private and set(repo.head) >= {"README.md", "model.safetensors", "samples.png", "config.json"}
    assert b'Generator.from_pretrained("ann/digits")' in repo.head["README.md"]


def cached(tmp_path, *files: Path) -> Path:
    """The Hub's cache as it is after a download of these files."""
    place = tmp_path / "cache" / "models--ann--clothes"
    snapshot = place / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text(COMMIT)
    for file in files:
        shutil.copy(file, snapshot)
    return tmp_path / "cache"


@pytest.mark.parametrize("revision", [None, COMMIT])
def test_a_repository_in_the_cache_needs_no_network(tmp_path, revision):
    first = Generator.from_pretrained("digits-cgan")
    first.save_pretrained(tmp_path / "repo")
    cache = cached(tmp_path, *(tmp_path / "repo").iterdir())
    again = Generator.from_pretrained("ann/clothes", revision=revision, cache_dir=cache, local_files_only=True)
    assert (pixels(again) == pixels(first)).all()
    with pytest.raises(LocalEntryNotFoundError):
        Generator.from_pretrained("ann/clothes", revision="f" * 40, cache_dir=cache, local_files_only=True)


def test_a_kept_model_has_its_name_here(home):
    origin = Origin(kind="pulled", repo="ann/clothes", commit=COMMIT, file="model.safetensors")
    store.add(bundled.weights("fashion-dcgan"), "ann/clothes@0123456", origin)
    kept = Generator.from_pretrained("ann/clothes@0123456")
    assert (pixels(kept) == pixels(Generator.from_pretrained("fashion-dcgan"))).all()
    assert library.resolve("ann/clothes").is_file()


@pytest.mark.parametrize("change", ["missing", "extra", "shape"])
def test_a_file_that_does_not_fit_is_refused(tmp_path, change):
    """The mixin's own way would load what fits and leave the rest as it was."""
    with safetensors.safe_open(bundled.weights("fashion-dcgan"), framework="pt") as file:
        head, tensors = file.metadata(), {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    name = next(key for key in tensors if key.startswith("ema.") and tensors[key].ndim > 1)
    if change == "missing":
        del tensors[name]
    else:
        tensors["ema.more" if change == "extra" else name] = torch.zeros(3)
    path = tmp_path / "model.safetensors"
    path.write_bytes(safetensors.torch.save(tensors, head))
    with pytest.raises(WorkshopError):
        Generator.from_pretrained(tmp_path)
    with pytest.raises(WorkshopError):
        Generator.from_pretrained(path)


@pytest.mark.parametrize(
    "given, said",
    [
        ({"strict": False}, "strict was given; allowed"),
        ({"map_location": "cpu"}, "map_location was given; allowed"),
    ],
)
def test_options_that_would_do_nothing_are_refused(given, said):
    with pytest.raises(WorkshopError, match=said):
        Generator.from_pretrained("fashion-dcgan", **given)


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(WorkshopError, match=r"There is no file .*a\.safetensors"):
        Generator.from_pretrained(str(tmp_path / "a.safetensors"))
    with pytest.raises(WorkshopError, match=r"holds no model\.safetensors and no pytorch_model\.bin"):
        Generator.from_pretrained(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"x")
    with pytest.raises(WorkshopError):
        Generator.from_pretrained(tmp_path)


def test_a_config_of_others_beside_the_weights_changes_nothing(tmp_path):
    Generator.from_pretrained("fashion-dcgan").save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"model": 1, "head": 2, "self": 3, "config": {"variant": "x"}}))
    assert (pixels(Generator.from_pretrained(tmp_path)) == pixels(Generator.from_pretrained("fashion-dcgan"))).all()
