"""The way back from a picture to its z."""

import json

import numpy as np
import pytest
import torch
from toys import pictures, tiny

from gan_core import data
from gan_core.data.sample_grid import png as to_png
from gan_core.evaluation import nearest
from gan_core.explore import inversion
from gan_core.explore._lbfgs import BatchLBFGS
from gan_core.models import bundled, checkpoint
from gan_core.nets import latent, sampling
from gan_core.system.errors import WorkshopError
from gan_core.training.trainer import Trainer

BOUNDS = {"fashion-acgan": 0.02, "fashion-vanilla": 0.02, "fashion-r3gan": 0.02}
"""How near each of 20 samples of a bundled model comes, by `python -m benchmarks.inversion`."""


def model(path, variant="dcgan", **given):
    """A tiny model after two steps of training."""
    dataset = pictures(classes=3)
    trainer = Trainer(tiny(variant, **{"network.init": "he"} | given), dataset)  # as strong as if it were trained
    for _ in range(2):
        trainer.advance()
    checkpoint.save(path / "a.safetensors", trainer, dataset)
    return checkpoint.load(path / "a.safetensors")


def search(*arguments, **options):
    """All that is told on the way, and what is found."""
    told, work = [], inversion.invert(*arguments, **options)
    while True:
        try:
            told.append(next(work))
        except StopIteration as end:
            return told, end.value


@pytest.fixture
def quick(monkeypatch):
    """A short search, for what does not depend on its success."""
    monkeypatch.setattr(inversion, "ROUNDS", ((3, 20), (1, 40)))
    monkeypatch.setattr(inversion, "POOL", 250)


def distance(a, b):
    """By the pixels, as `neighbours` has it."""
    return nearest.FeatureIndex(b.transpose(2, 0, 1)[None]).nearest(a.transpose(2, 0, 1)[None], 1)[1].item()


def check(one, found, target):
    """What holds for all that is found: its picture is what the model draws from its z, so far from the target."""
    assert found.z.dtype == np.float32 and found.z.shape == (one.config.network.z_dim,)
    labels = torch.tensor([found.label]) if one.conditional else None
    drawn = sampling.generate(one.generator, torch.from_numpy(found.z)[None], labels)[0]
    np.testing.assert_array_equal(found.picture, drawn)
    assert found.distance == pytest.approx(distance(found.picture, target), abs=1e-6)


# The search


@pytest.mark.parametrize("variant", ["dcgan", "cgan", "vanilla", "r3gan"])
def test_it_tells_of_its_progress_and_hands_back_the_best(tmp_path, variant, quick):
    one = model(tmp_path, variant)
    target = pictures().images[4].transpose(1, 2, 0)
    before = {key: value.clone() for key, value in one.generator.state_dict().items()}
    told, found = search(one, target)
    assert [at.step for at in told] == [0, 20, 40, 60] and {at.total for at in told} == {60}
    for at in told:
        check(one, at.best, target)
    assert found is told[-1].best and found.distance < told[0].best.distance
    assert found.label == (-1 if not one.conditional else found.label) and (found.label >= 0) is one.conditional
    after = one.generator.state_dict()
    assert not one.generator.training and all(torch.equal(value, after[key]) for key, value in before.items())


def test_the_same_seed_gives_the_same_search(tmp_path, quick):
    one, target = model(tmp_path), pictures().images[4].transpose(1, 2, 0)
    torch.manual_seed(3)
    state = torch.get_rng_state()
    first, same, other = (search(one, target, seed=seed)[1] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.z, same.z)
    assert not np.array_equal(first.z, other.z)
    assert torch.equal(torch.get_rng_state(), state)


def test_it_starts_at_the_nearest_of_many(tmp_path, quick):
    one, target = model(tmp_path), pictures().images[4].transpose(1, 2, 0)
    told, _ = search(one, target, seed=5)
    z = latent.fixed(250, 8, 5)
    drawn = sampling.generate(one.generator, z)
    far = [distance(picture, target) for picture in drawn]
    assert told[0].best.distance == pytest.approx(min(far), abs=1e-4)


def test_whoever_stops_it_has_the_best_so_far(tmp_path, quick):
    one, target = model(tmp_path), pictures().images[4].transpose(1, 2, 0)
    work = inversion.invert(one, target)
    at = [next(work) for _ in range(3)][-1]
    work.close()
    check(one, at.best, target)
    assert torch.is_grad_enabled() and not torch.is_inference_mode_enabled()


def test_it_ends_when_it_is_near_enough(tmp_path, quick, monkeypatch):
    one = model(tmp_path)
    target = one.sample(1, 3)[0][0]
    monkeypatch.setattr(inversion, "ENOUGH", 0.5)
    told, found = search(one, target)
    assert told[-1].step == 20 and found.distance <= 0.5


@pytest.mark.parametrize("asked", [2, "class 2", "2"])
def test_the_class_that_is_asked_for(tmp_path, quick, asked):
    one = model(tmp_path, "acgan")
    told, found = search(one, pictures().images[4].transpose(1, 2, 0), asked)
    assert {at.best.label for at in told} == {2} and found.label == 2


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"label": 3}, "label: 3 was given; allowed: 0 class 0, 1 class 1, 2 class 2."),
        ({"label": "Sneaker"}, "label: 'Sneaker' was given; allowed: 0 class 0, 1 class 1, 2 class 2."),
        ({"label": -1}, "label: -1 was given; allowed: 0 class 0, 1 class 1, 2 class 2."),
        ({"seed": -1}, "seed: -1 was given; allowed: 0 to 2,147,483,647."),
        (
            {"picture": np.zeros((28, 28, 3), np.uint8)},
            "picture: uint8 (28, 28, 3) was given; allowed: uint8 (28, 28, 1), as the model's own pictures.",
        ),
    ],
)
def test_what_is_not_allowed_is_told_in_a_sentence(tmp_path, given, sentence):
    one = model(tmp_path, "cgan")
    with pytest.raises(WorkshopError) as told:
        search(one, **{"picture": np.zeros((28, 28, 1), np.uint8)} | given)
    assert str(told.value) == sentence


def test_a_model_that_is_told_no_class_takes_no_label(tmp_path):
    with pytest.raises(WorkshopError, match="cannot choose the class"):
        search(model(tmp_path), np.zeros((28, 28, 1), np.uint8), 0)


# What counts as near


def test_uniform_z_stay_in_their_cube(tmp_path, quick):
    one = model(tmp_path, **{"network.z_distribution": "uniform"})
    noise = np.random.default_rng(1).integers(0, 256, (28, 28, 1)).astype(np.uint8)  # no z draws it
    for target in (noise, one.sample(1, 9)[0][0]):
        told, found = search(one, target)
        assert all(np.abs(at.best.z).max() <= 1 for at in told)
        assert found.length == pytest.approx(np.sqrt(3 * np.mean(found.z**2)), rel=1e-5)
    assert found.distance < 0.25 * told[0].best.distance


def test_the_length_of_z_by_hand(tmp_path):
    one = model(tmp_path)
    search = inversion._Search(one, np.zeros((28, 28, 1), np.uint8), [-1])
    z = torch.stack([torch.full((8,), 2.0), torch.ones(8)])  # |z|² / z_dim is 4 and 1
    prior = search._prior(z)
    np.testing.assert_allclose(prior, [0.1**2 * 8 / (2 * 784) * 9, 0], rtol=1e-5)
    expected = ((one.generator(z) + 1) / 2).square().mean((1, 2, 3)) + prior
    np.testing.assert_allclose(search.losses(z, torch.tensor([-1, -1])), expected, rtol=1e-5)


@pytest.mark.slow
def test_without_the_prior_z_would_grow(monkeypatch):
    one = bundled.load("fashion-vanilla")
    shirt = data.load("fashion-small", split="test").images[0].transpose(1, 2, 0)
    monkeypatch.setattr(inversion, "ROUNDS", ((4, 100),))
    found = search(one, shirt)[1]
    monkeypatch.setattr(inversion, "NOISE", 0.0)
    free = search(one, shirt)[1]
    assert found.length < free.length and abs(found.length - 1) < 0.5


# The descent


def rosenbrock(x):
    """Its valley is bent, its lowest point (1, 1)."""
    return (1 - x[:, 0]) ** 2 + 100 * (x[:, 1] - x[:, 0] ** 2) ** 2


def test_every_row_finds_the_end_of_a_bent_valley():
    starts = torch.tensor([[-1.2, 1.0], [2.0, 2.0], [0.0, -3.0], [1.0, 1.0]], dtype=torch.float64)
    work = BatchLBFGS(rosenbrock, starts)
    before = work.losses
    for _ in range(150):
        work.step()
        assert (work.losses <= before).all()
        before = work.losses
    np.testing.assert_allclose(work.x, np.ones((4, 2)), atol=1e-5)


def test_a_row_is_not_disturbed_by_the_others():
    starts = torch.tensor([[-1.2, 1.0], [2.0, 2.0], [0.0, -3.0]], dtype=torch.float64)
    together, alone, fewer = (BatchLBFGS(rosenbrock, x) for x in (starts, starts[1:2], starts))
    for step in range(40):
        if step == 17:
            fewer.keep(torch.tensor([2, 1]))
        for work in (together, alone, fewer):
            work.step()
    np.testing.assert_array_equal(together.x[1], alone.x[0])
    np.testing.assert_array_equal(fewer.x, together.x[[2, 1]])


def test_a_bowl_of_many_dimensions_takes_few_steps():
    """Curvatures from 1 to 1,000: along the gradient alone, 200 steps leave two thirds of the softest part."""
    scale = torch.logspace(0, 3, 50, dtype=torch.float64)
    work = BatchLBFGS(lambda x: (scale * (x - 1) ** 2).sum(1), torch.zeros(3, 50, dtype=torch.float64))
    start = work.losses
    for _ in range(200):
        work.step()
    assert (work.losses < 1e-5 * start).all()


def test_places_where_the_loss_is_no_number_are_not_gone_to():
    work = BatchLBFGS(
        lambda x: (x - 3 * x.log()).sum(1), torch.tensor([[0.1, 8.0]], dtype=torch.float64)
    )  # lowest at 3
    for _ in range(60):
        work.step()
        assert work.losses.isfinite().all() and (work.x > 0).all()
    np.testing.assert_allclose(work.x, [[3, 3]], atol=1e-4)


def test_a_flat_place_is_no_trouble():
    work = BatchLBFGS(lambda x: x.sum(1) * 0 + 5, torch.ones(2, 3))
    for _ in range(30):
        work.step()
    assert work.losses.tolist() == [5, 5] and work.x.isfinite().all()


# How near it comes


def test_the_z_of_a_tiny_network_is_found_again(tmp_path):
    """Eight numbers make 784 pixels: there is one z, and it is that one."""
    one = model(tmp_path, "vanilla", **{"network.norm_g": "none"})
    target = one.sample(1, 12)[0][0]
    found = search(one, target)[1]
    assert found.distance <= inversion.ENOUGH
    np.testing.assert_allclose(found.z, latent.fixed(1, 8, 12)[0].numpy(), atol=0.1)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "count"), [("fashion-acgan", 4), ("fashion-vanilla", 2), ("fashion-r3gan", 2)])
def test_samples_of_the_bundled_models_are_recovered(name, count):
    """Some of one of each kind of network; `benchmarks.inversion` takes 20 of each model.

    Each is searched for only until it is as near as the bound.
    """
    one, bound = bundled.load(name), BOUNDS[name]
    images, labels = one.sample(20, 101)
    far = []
    for image, label in zip(images[:count], labels, strict=False):
        work = inversion.invert(one, image, int(label) if one.conditional else None)
        far.append(next((at.best.distance for at in work if at.best.distance <= bound), 1.0))
    assert max(far) <= bound, far


# The command


@pytest.mark.slow
def test_the_command_writes_the_z(home, cli, tmp_path, quick):
    one = bundled.load("fashion-acgan")
    image = one.sample(10, 1)[0][7]
    shown, out = tmp_path / "sneaker.png", tmp_path / "z.json"
    shown.write_bytes(to_png(image))
    status, printed, progress = cli("invert", "fashion-acgan", shown, "--label", "Sneaker", "--seed", 3, "--out", out)
    assert status == 0 and "step" in progress and "error" not in progress
    first, last = printed.splitlines()
    assert last == str(out)
    told = json.loads(out.read_text())
    assert (told["format"], told["model"], len(told["points"])) == ("gan-workshop-points/1", "fashion-acgan", 1)
    assert set(told["points"][0]) == {"z", "class"} and told["points"][0]["class"] == "Sneaker"
    z = torch.tensor(told["points"][0]["z"])[None]
    drawn = sampling.generate(one.generator, z, torch.tensor([7]))[0]
    assert first.startswith(f"distance {distance(drawn, image):.4f}, class Sneaker, length of z ")
    assert z[0].tolist() == search(one, image, 7, seed=3)[1].z.tolist()


def test_the_command_for_a_model_that_is_told_no_class(home, cli, tmp_path, quick):
    image = bundled.load("fashion-dcgan").sample(1, 1)[0][0]
    (tmp_path / "a.png").write_bytes(to_png(255 - image))
    status, printed, _ = cli("invert", "fashion-dcgan", tmp_path / "a.png", "--negative", "--out", tmp_path / "z.json")
    assert status == 0 and "class" not in printed
    assert set(json.loads((tmp_path / "z.json").read_text())["points"][0]) == {"z"}


def test_what_the_command_refuses(home, cli, tmp_path):
    bad, out = tmp_path / "bad.png", tmp_path / "z.json"
    bad.write_bytes(b"no picture")
    for arguments, sentence in (
        ((bad, "--out", out), "bad.png is no picture of a known kind (PNG, JPEG, GIF, BMP, WebP)."),
        ((tmp_path / "none.png", "--out", out), f"{tmp_path / 'none.png'} cannot be read: No such file or directory."),
        ((bad, "--out", tmp_path), f"--out: '{tmp_path}' is a folder; give the name of a file."),
    ):
        status, printed, told = cli("invert", "fashion-dcgan", *arguments)
        assert (status, printed, told) == (2, "", f"error: {sentence}\n")
    bad.write_bytes(to_png(np.zeros((28, 28, 1), np.uint8)))
    status, _, told = cli("invert", "fashion-dcgan", bad, "--label", 3, "--out", out)
    assert status == 2 and told == "error: label: a dcgan cannot choose the class; leave the label out.\n"
    status, _, told = cli("invert", "fashion-dcgan", bad, "--out", tmp_path / "no" / "z.json")
    assert status == 2 and "cannot be written" in told and not out.exists()
