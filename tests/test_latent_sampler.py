"""LatentSampler: the same point is the same picture, whoever draws it."""

import hashlib
import subprocess

import forked
import numpy as np
import pytest
from toys import ROOT, alike

from gan_core.data import sample_grid
from gan_core.explore import points
from gan_core.explore.latent_sampler import LatentSampler
from gan_core.explore.points import LatentPoint
from gan_core.models import bundled
from gan_core.system.errors import WorkshopError

NAMES = sorted(bundled.names())


@pytest.fixture(scope="module")
def samplers():
    return {name: LatentSampler(bundled.load(name)) for name in NAMES}


def points_of_a_run(sampler):
    labels = sample_grid.labels(len(sampler.model.classes))
    return [LatentPoint(0, i, int(labels[i]) if sampler.classes else None) for i in range(sample_grid.COUNT)]


@pytest.mark.parametrize("name", NAMES)
def test_the_bundled_samples_are_seed_0(name, samplers):
    """What Home shows, what a run shows at its end and what the explorer opens with are the same pictures."""
    shown = sample_grid.read(bundled.samples_path(name).read_bytes())
    assert alike(sample_grid.grid(samplers[name].pictures(points_of_a_run(samplers[name]))), shown)


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_does_not_depend_on_its_fellows(name, samplers):
    points = points_of_a_run(samplers[name])[:20]
    together = samplers[name].pictures(points)
    alone = np.concatenate([samplers[name].pictures([point]) for point in points])
    assert alike(together, alone)


def test_another_process_draws_the_same(samplers):
    code = """
import hashlib
from gan_core.explore import points
from gan_core.explore.latent_sampler import LatentSampler
from gan_core.models import bundled
sampler = LatentSampler(bundled.load("fashion-acgan"), 1.5)
print(hashlib.sha256(sampler.pictures(points.split("7.12@3~7.3@9", 2)).tobytes()).hexdigest())
"""
    done = subprocess.run([*forked.command(), "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    drawn = LatentSampler(samplers["fashion-acgan"].model, 1.5).pictures(points.split("7.12@3~7.3@9", 2))
    assert done.stdout.strip() == hashlib.sha256(drawn.tobytes()).hexdigest()


def test_a_mixture_of_classes_has_its_ends(samplers):
    sampler = samplers["fashion-cgan"]
    z = sampler.z([LatentPoint(3, 5)])
    ends = sampler.draw(np.repeat(z, 2, 0), np.eye(10)[[7, 9]])
    assert np.array_equal(ends, sampler.pictures([LatentPoint(3, 5, 7), LatentPoint(3, 5, 9)]))
    half = sampler.draw(z, np.eye(10)[[7]] * 0.5 + np.eye(10)[[9]] * 0.5)
    assert not np.array_equal(half[0], ends[0]) and not np.array_equal(half[0], ends[1])


def test_points_of_all_kinds_stand_side_by_side(samplers):
    sampler = samplers["fashion-cgan"]
    z = sampler.z([LatentPoint(3, 5), LatentPoint(1, 0), LatentPoint(3, 2)])
    own = LatentPoint.from_z(z[0], 4)
    found = sampler.z([own, LatentPoint(3, 5), LatentPoint(1, 0)])
    assert np.allclose(found[0], z[0], atol=2e-3) and np.array_equal(found[1:], z[:2])
    assert len(sampler.classes) == 10 and samplers["fashion-dcgan"].class_weights([own]) is None


def test_truncation_is_for_what_a_seed_draws(samplers):
    near = LatentSampler(samplers["fashion-dcgan"].model, 0.5)
    own = LatentPoint.from_z(np.linspace(-3, 3, near.model.config.network.z_dim))
    assert np.abs(near.z([LatentPoint(0, 1)])).max() <= 0.5 and np.abs(near.z([own])).max() == 3


def test_what_does_not_fit_is_said(samplers):
    sampler = samplers["fashion-cgan"]
    with pytest.raises(WorkshopError, match="point of 3 numbers was given; this model's z has"):
        sampler.z([LatentPoint.from_z([1, 2, 3])])
    with pytest.raises(WorkshopError, match="Class: 10 was given; allowed: 0 to 9"):
        sampler.class_weights([LatentPoint(0, 0, 10)])
    with pytest.raises(WorkshopError, match="it needs a class"):
        sampler.draw(np.zeros((1, sampler.model.config.network.z_dim)))
    assert sampler.z([]).shape == (0, sampler.model.config.network.z_dim)
