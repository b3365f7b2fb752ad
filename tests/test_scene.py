"""Scenes: the same point is the same picture, whoever draws it."""

import hashlib
import subprocess

import forked
import numpy as np
import pytest
from toys import ROOT, alike

from gan_core.data import sample_grid
from gan_core.explore import points
from gan_core.explore.points import Point
from gan_core.explore.scene import Scene
from gan_core.models import bundled
from gan_core.system.errors import WorkshopError

NAMES = sorted(bundled.names())


@pytest.fixture(scope="module")
def scenes():
    return {name: Scene(bundled.load(name)) for name in NAMES}


def points_of_a_run(scene):
    labels = sample_grid.labels(len(scene.model.classes))
    return [Point(0, i, int(labels[i]) if scene.classes else None) for i in range(sample_grid.COUNT)]


@pytest.mark.parametrize("name", NAMES)
def test_the_bundled_samples_are_seed_0(name, scenes):
    """What Home shows, what a run shows at its end and what the explorer opens with are the same pictures."""
    shown = sample_grid.read(bundled.sheet(name).read_bytes())
    assert alike(sample_grid.grid(scenes[name].pictures(points_of_a_run(scenes[name]))), shown)


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_does_not_depend_on_its_fellows(name, scenes):
    points = points_of_a_run(scenes[name])[:20]
    together = scenes[name].pictures(points)
    alone = np.concatenate([scenes[name].pictures([point]) for point in points])
    assert alike(together, alone)


def test_another_process_draws_the_same(scenes):
    code = """
import hashlib
from gan_core.explore import points
from gan_core.explore.scene import Scene
from gan_core.models import bundled
scene = Scene(bundled.load("fashion-acgan"), 1.5)
print(hashlib.sha256(scene.pictures(points.split("7.12@3~7.3@9", 2)).tobytes()).hexdigest())
"""
    done = subprocess.run([*forked.command(), "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    drawn = Scene(scenes["fashion-acgan"].model, 1.5).pictures(points.split("7.12@3~7.3@9", 2))
    assert done.stdout.strip() == hashlib.sha256(drawn.tobytes()).hexdigest()


def test_a_mixture_of_classes_has_its_ends(scenes):
    scene = scenes["fashion-cgan"]
    z = scene.z([Point(3, 5)])
    ends = scene.draw(np.repeat(z, 2, 0), np.eye(10)[[7, 9]])
    assert np.array_equal(ends, scene.pictures([Point(3, 5, 7), Point(3, 5, 9)]))
    half = scene.draw(z, np.eye(10)[[7]] * 0.5 + np.eye(10)[[9]] * 0.5)
    assert not np.array_equal(half[0], ends[0]) and not np.array_equal(half[0], ends[1])


def test_points_of_all_kinds_stand_side_by_side(scenes):
    scene = scenes["fashion-cgan"]
    z = scene.z([Point(3, 5), Point(1, 0), Point(3, 2)])
    own = Point.of(z[0], 4)
    found = scene.z([own, Point(3, 5), Point(1, 0)])
    assert np.allclose(found[0], z[0], atol=2e-3) and np.array_equal(found[1:], z[:2])
    assert len(scene.classes) == 10 and scenes["fashion-dcgan"].weights([own]) is None


def test_truncation_is_for_what_a_seed_draws(scenes):
    near = Scene(scenes["fashion-dcgan"].model, 0.5)
    own = Point.of(np.linspace(-3, 3, near.model.config.network.z_dim))
    assert np.abs(near.z([Point(0, 1)])).max() <= 0.5 and np.abs(near.z([own])).max() == 3


def test_what_does_not_fit_is_said(scenes):
    scene = scenes["fashion-cgan"]
    with pytest.raises(WorkshopError, match="point of 3 numbers was given; this model's z has"):
        scene.z([Point.of([1, 2, 3])])
    with pytest.raises(WorkshopError, match="Class: 10 was given; allowed: 0 to 9"):
        scene.weights([Point(0, 0, 10)])
    with pytest.raises(WorkshopError, match="needs to be told a class"):
        scene.draw(np.zeros((1, scene.model.config.network.z_dim)))
    assert scene.z([]).shape == (0, scene.model.config.network.z_dim)
