"""Every metric against answers that are known: by hand, by closed form, by torch-fidelity, or the long way."""

import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric
from torch_fidelity.metric_prc import prc_features_to_metric

from gan_core.evaluation import metrics
from gan_core.evaluation.metrics import Inputs, Sample, intervals, kid, ms_ssim
from gan_core.evaluation.metrics import _gaussian as gaussian
from gan_core.evaluation.metrics import _neighbours as neighbours
from gan_core.system.errors import WorkshopError

CLASSES = ("one", "two", "three", "four")


def normal(count, width=8, seed=0):
    return torch.randn(count, width, generator=torch.Generator().manual_seed(seed))


def exact(count, width=8, seed=0):
    """Features whose mean is 0 and whose covariance is 1, exactly."""
    values = normal(count, width, seed).double()
    values = values - values.mean(0)
    root = torch.linalg.cholesky(values.T @ values / (count - 1))
    return torch.linalg.solve_triangular(root, values.T, upper=False).T


def logits(labels, classes=4):
    """A classifier that is sure of `labels`."""
    return 40.0 * torch.nn.functional.one_hot(torch.as_tensor(labels), classes).float()


def score(name, generated, real, **more):
    """The Value of a metric for features or Samples."""
    wrap = lambda part: part if isinstance(part, Sample) else Sample(part)  # noqa: E731
    return metrics.get(name).compute(Inputs(wrap(generated), wrap(real), **more))


def full_inputs(seed=0, count=120):
    """Inputs that no metric finds wanting."""
    labels = torch.arange(count) % 4
    images = torch.randint(0, 256, (count, 1, 28, 28), generator=torch.Generator().manual_seed(seed)).byte()
    one = Sample(normal(count, seed=seed), logits(labels), labels, images)
    two = Sample(normal(count, seed=seed + 1), logits(labels), labels)
    return Inputs(one, two, CLASSES, training=normal(50, seed=7), unseen=normal(40, seed=8))


# What holds for all


@pytest.mark.parametrize("name", metrics.all_metrics())
def test_the_contract(name):
    metric = metrics.get(name)
    assert metric.title and metric.read.endswith(".") and metric.interval and metric.paper.startswith("https://")
    state = torch.get_rng_state()
    first, second = metric.compute(full_inputs()), metric.compute(full_inputs())
    assert (first.value, first.low, first.high) == (second.value, second.low, second.high)
    assert torch.equal(torch.get_rng_state(), state), "nobody else's random numbers are used up"
    assert math.isfinite(first.value) and first.low <= first.value <= first.high
    json.dumps(dict(first.details), allow_nan=False)


def test_what_is_lacking_is_said():
    bare = Inputs(Sample(normal(30)), Sample(normal(30)))
    lacking = {name for name, metric in metrics.all_metrics().items() if bare.missing(metric)}
    assert lacking == {name for name, metric in metrics.all_metrics().items() if metric.needs}
    assert lacking >= {
        "classifier_score",
        "class_coverage",
        "class_accuracy",
        "intra_frechet",
        "memorisation",
        "ms_ssim",
    }
    assert "knows no classes" in (bare.missing(metrics.get("class_coverage")) or "")
    with pytest.raises(WorkshopError, match="Unknown metric 'fretchet'"):
        metrics.get("fretchet")


@pytest.mark.parametrize(
    ("name", "count"), [("frechet", 1), ("kid", 19), ("precision", 5), ("recall", 5), ("density", 5), ("coverage", 5)]
)
def test_too_few_pictures_are_one_sentence(name, count):
    with pytest.raises(WorkshopError, match="at least"):
        score(name, normal(count), normal(count))


# Fréchet distance


def test_frechet_of_identical_sets_is_zero():
    found = score("frechet", normal(500), normal(500))
    assert found.value == pytest.approx(0, abs=1e-6) and found.low == 0 and found.high < 1e-4


@pytest.mark.parametrize("shift", [0.0, 0.5, 3.0])
@pytest.mark.parametrize("stretch", [1.0, 0.2, 4.0])
def test_frechet_of_shifted_and_stretched_gaussians(shift, stretch):
    """‖Δμ‖² + Σ (σ₁ − σ₂)² in closed form."""
    real = exact(400)
    expected = 8 * (shift**2 + (stretch - 1) ** 2)
    assert score("frechet", real * stretch + shift, real).value == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_frechet_agrees_with_the_symmetric_form():
    one, two = normal(300, seed=1) @ normal(8, seed=2), normal(300, seed=3) @ normal(8, seed=4) + 1
    a, b = (np.cov(part.double().numpy(), rowvar=False) for part in (one, two))
    values, vectors = np.linalg.eigh(a)
    root = vectors * np.sqrt(values) @ vectors.T
    cross = np.sqrt(np.linalg.eigvalsh(root @ b @ root)).sum()
    shift = (one.double().mean(0) - two.double().mean(0)).square().sum().item()
    expected = shift + np.trace(a) + np.trace(b) - 2 * cross
    assert score("frechet", one, two).value == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("shift", [0.1, 1.0])
def test_the_standard_error_is_the_spread_of_repeated_draws(shift):
    """100 models scored with other noise each: their spread is what one of them says of itself."""
    draws = [(normal(400, seed=2 * i) * 1.2 + shift, normal(800, seed=2 * i + 1)) for i in range(100)]
    found = [score("frechet", one, two) for one, two in draws]
    spread = np.std([f.value for f in found], ddof=1)
    assert np.mean([f.details["standard_error"] for f in found]) == pytest.approx(spread, rel=0.25)


def test_frechet_falls_with_the_number_of_pictures():
    """The bias: the same distribution twice, whose distance is 0, seems about D (D + 5) / 4N apart."""
    distances = {
        n: score("frechet", normal(n, 16, seed=n), normal(10_000, 16)).value for n in (1000, 2000, 5000, 10_000)
    }
    assert distances[1000] > 1.5 * distances[2000] > 2 * distances[5000] > 2 * distances[10_000] > 0
    expected = 16 * 21 / 4 * (1 / 1000 + 1 / 10_000)
    assert distances[1000] == pytest.approx(expected, rel=0.15)


# KID and the classifier score


def test_kid_of_a_block_is_the_unbiased_sum_over_pairs():
    one, two = normal(7, 3, seed=1).double(), normal(7, 3, seed=2).double()
    kernel = lambda a, b: (float(a @ b) / 3 + 1) ** 3  # noqa: E731
    within = sum(kernel(s[i], s[j]) for s in (one, two) for i in range(7) for j in range(7) if i != j) / (7 * 6)
    between = sum(kernel(a, b) for a in one for b in two) / 49
    assert kid.block(one, two) == pytest.approx(within - 2 * between, rel=1e-9)


def test_kid_agrees_with_torch_fidelity_within_its_error():
    one, two = normal(2000) + 0.2, normal(2000, seed=1)
    theirs = kid_features_to_metric(one, two, kid_subsets=20, kid_subset_size=200, verbose=False)
    found = score("kid", one, two)
    assert found.value == pytest.approx(
        theirs["kernel_inception_distance_mean"], abs=4 * found.details["standard_error"]
    )
    assert 0 < found.low < found.value < found.high


def test_kid_of_one_distribution_is_about_zero():
    found = score("kid", normal(2000), normal(2000, seed=1))
    assert found.low < 0 < found.high


def test_classifier_score():
    labels = torch.arange(200).reshape(10, 20).T.flatten() % 4  # every block of any order has about all classes
    sure = score("classifier_score", Sample(normal(200), logits(labels)), Sample(normal(9), logits([0])))
    assert 3.5 < sure.value <= 4 and sure.details["most"] == 4
    one_class = score("classifier_score", Sample(normal(200), logits(labels * 0)), Sample(normal(9), logits([0])))
    unsure = score("classifier_score", Sample(normal(200), logits(labels) * 0), Sample(normal(9), logits([0])))
    assert one_class.value == pytest.approx(1) and unsure.value == pytest.approx(1)
    many = normal(5000, 4, seed=3) * 3
    theirs = isc_features_to_metric(many, splits=10)["inception_score_mean"]
    assert score("classifier_score", Sample(normal(5000), many), Sample(normal(9))).value == pytest.approx(theirs, 5e-3)


# Precision, recall, density, coverage


def test_precision_and_recall_are_those_of_torch_fidelity_and_of_the_paper():
    one, two = normal(150) * 0.7 + 0.3, normal(150, seed=1)
    theirs = prc_features_to_metric(one, two, prc_neighborhood=3, prc_batch_size=150, save_cpu_ram=False, verbose=False)
    between = (one[:, None] - two[None]).norm(dim=2)

    def radii(points):
        return (points[:, None] - points[None]).norm(dim=2).sort(dim=1).values[:, 3]  # the 0th is the point itself

    precision = (between <= radii(two)[None]).any(dim=1).float().mean().item()
    recall = (between <= radii(one)[:, None]).any(dim=0).float().mean().item()
    assert score("precision", one, two).value == pytest.approx(precision) == pytest.approx(theirs["precision"])
    assert score("recall", one, two).value == pytest.approx(recall) == pytest.approx(theirs["recall"])


def test_density_and_coverage_by_hand():
    """Real pictures at 0 … 9 on a line, k = 5: the balls at the ends reach 5, those in the middle 3."""
    real = torch.arange(10.0)[:, None]
    found = score("density", torch.full((10, 1), 4.5), real)
    inside = [abs(x - 4.5) < r for x, r in zip(range(10), (5, 4, 3, 3, 3, 3, 3, 3, 4, 5), strict=True)]
    assert found.value == pytest.approx(sum(inside) / 5) and found.low <= found.value <= found.high
    assert score("coverage", torch.full((10, 1), 4.5), real).value == pytest.approx(sum(inside) / 10)
    assert score("coverage", torch.full((10, 1), 100.0), real).value == 0


def test_identical_sets_have_all_precision_recall_and_coverage():
    points = normal(100)
    assert [score(name, points, points).value for name in ("precision", "recall", "coverage")] == [1, 1, 1]


def test_duplicates_keep_precision_and_lose_recall_and_coverage():
    real = normal(300)
    copies = real[:1].expand(300, -1) + 1e-3 * normal(300, seed=5)
    assert score("precision", copies, real).value == 1
    assert score("recall", copies, real).value < 0.02
    assert score("coverage", copies, real).value < 0.1


# Classes


def test_a_missing_class_is_named():
    real = Sample(normal(400), logits(torch.arange(400) % 4))
    found = score("class_coverage", Sample(normal(300), logits(torch.arange(300) % 3)), real, classes=CLASSES)
    assert found.value == 0.75 and found.details["missing"] == ["four"]
    assert found.details["generated"] == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0])
    assert found.details["real"] == [0.25] * 4
    assert (found.low, found.high) == (0.75, 0.75), "nothing drawn again can bring it back"


def test_a_class_that_is_only_taken_for_another_now_and_then_is_missing():
    labels = torch.tensor([0] * 160 + [1] * 120 + [2] * 100 + [3] * 20)  # 5 % of the last: a fifth of its share
    real = Sample(normal(400), logits(torch.arange(400) % 4))
    found = score("class_coverage", Sample(normal(400), logits(labels)), real, classes=CLASSES)
    assert found.details["missing"] == ["four"] and found.low == 0.75 and found.high in (0.75, 1.0)


def test_class_accuracy_by_hand():
    asked = torch.tensor([0, 0, 1, 1, 2, 2, 2, 2])
    seen = torch.tensor([0, 1, 1, 1, 2, 2, 2, 3])
    sample = Sample(normal(8), logits(seen), asked)
    found = score("class_accuracy", sample, Sample(normal(8), logits(seen), asked), classes=CLASSES)
    assert found.value == 6 / 8
    assert found.details["by_class"] == {"one": 0.5, "two": 1.0, "three": 0.75, "four": None}


def test_intra_frechet_is_the_mean_over_classes():
    real, labels = exact(200), torch.arange(400) // 200
    both = torch.cat([real, real + 5])
    generated = torch.cat([real + 1, real + 5])  # one class off by 1 in eight directions, the other right
    found = score("intra_frechet", Sample(generated, None, labels), Sample(both, None, labels), classes=("a", "b"))
    assert found.value == pytest.approx(4, rel=1e-6)
    assert found.details["by_class"] == pytest.approx({"a": 8, "b": 0}, abs=1e-5)


# Memorisation and diversity


def test_memorisation_by_hand():
    training = torch.tensor([[0.0], [100.0]])
    found = score(
        "memorisation",
        torch.tensor([[1.0], [97.0]]),
        normal(3, 1),
        training=training,
        unseen=torch.tensor([[2.0], [98.0]]),
    )
    assert found.value == 0.5 and found.details["nearest"] == [0, 1] and found.details["distances"] == [1, 3]


def test_memorisation_of_copies_of_unseen_pictures_and_of_strangers():
    training, unseen = normal(500), normal(500, seed=1)
    copies = training[:200] + 1e-3 * normal(200, seed=2)
    found = {
        "copies": score("memorisation", copies, unseen, training=training, unseen=unseen),
        "fresh": score("memorisation", normal(400, seed=3), unseen, training=training, unseen=unseen),
        "strange": score("memorisation", normal(200, seed=4) + 9, unseen, training=training, unseen=unseen),
    }
    assert found["copies"].value > 0.999 and found["copies"].details["copies"] == 1
    assert found["copies"].details["nearest"] == list(range(200))
    assert found["fresh"].low < 0.5 < found["fresh"].high and found["fresh"].details["copies"] < 0.05
    assert found["strange"].value < 0.001


def test_pairwise_distance():
    square = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    found = score("pairwise", square * 3, square)
    assert found.value == pytest.approx(3) and found.details["real"] == pytest.approx((4 + 2 * 2**0.5) / 6)
    assert score("pairwise", normal(1).expand(50, -1), normal(50)).value == pytest.approx(0, abs=1e-3)
    with pytest.raises(WorkshopError, match="no scale"):
        score("pairwise", square, square * 0)


def test_ms_ssim_of_the_same_and_of_other_pictures():
    images = torch.randint(0, 256, (40, 3, 32, 32), generator=torch.Generator().manual_seed(0)).byte()
    assert ms_ssim.similarity(images, images).tolist() == pytest.approx([1] * 40)
    assert ms_ssim.similarity(images, images.roll(1, 0)).mean() < 0.2
    assert ms_ssim.similarity(images, (images * 0.9).byte()).mean() > 0.95
    alike = images[:1].expand(40, -1, -1, -1)
    assert score("ms_ssim", Sample(normal(40), images=alike), normal(40)).value == pytest.approx(1)


def test_ms_ssim_of_one_scale_by_hand():
    """Constant pictures of 7 pixels: only luminance, (2 a b + c) / (a² + b² + c), to the power of the one weight, 1."""
    dark, bright = torch.full((1, 1, 7, 7), 51).byte(), torch.full((1, 1, 7, 7), 102).byte()
    expected = (2 * 0.2 * 0.4 + 0.01**2) / (0.2**2 + 0.4**2 + 0.01**2)
    assert ms_ssim.similarity(dark, bright).item() == pytest.approx(expected, rel=1e-4)  # in fp32, E[x²] − E[x]²


def test_ms_ssim_pairs_are_of_one_class_where_there_are_classes():
    first, second = ms_ssim._pairs(40, torch.arange(40) % 4, 0)
    assert ((first - second) % 4 == 0).all() and (first != second).all() and len(first) == ms_ssim.PAIRS


# Pieces


def test_some_of_many_pictures_are_of_every_class():
    labels = torch.arange(5000) % 10
    assert set(neighbours.subset(labels, 2000, 0).tolist()) == set(range(10))
    assert torch.equal(neighbours.subset(labels, 5000, 0), labels)
    assert not torch.equal(neighbours.subset(labels, 2000, 0), neighbours.subset(labels, 2000, 1))


def test_nearest_leaves_out_the_picture_itself():
    points = torch.tensor([[0.0], [1.0], [3.0]])
    distances, indices = neighbours.nearest(points, points, 1, leave_out_self=True)
    assert distances[:, 0].tolist() == [1, 1, 2] and indices[:, 0].tolist() == [1, 0, 1]
    distances, indices = neighbours.nearest(points, points, 5)
    assert indices.shape == (3, 3) and indices[:, 0].tolist() == [0, 1, 2]


def test_wilson():
    # the last by hand with z = 1.96: (0.8 + 3.8416/20 ± 1.96·sqrt(0.016 + 3.8416/400)) / 1.38416
    assert intervals.wilson(0.5, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    assert intervals.wilson(0.0, 10) == pytest.approx((0, 0.2775), abs=1e-4)
    assert intervals.wilson(0.8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert intervals.wilson(1.0, 10)[1] == pytest.approx(1)


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=10))
def test_intervals_hold_their_middle(values):
    mean, low, high = intervals.student(values)
    assert low <= mean <= high
    low, high = intervals.bootstrap(np.array(values), 0)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9


@given(st.integers(2, 60), st.integers(1, 12), st.floats(0, 3), st.integers(0, 99))
def test_frechet_is_finite_even_for_few_pictures_and_flat_features(count, width, scale, seed):
    one, two = normal(count, width, seed) * scale, normal(count, width, seed + 1)
    one[:, 0] = 0
    found = score("frechet", one, two)
    assert all(map(math.isfinite, (found.low, found.value, found.high))) and 0 <= found.low <= found.value <= found.high
    assert gaussian.frechet(gaussian.statistics(two), gaussian.statistics(one)) == pytest.approx(found.value, abs=1e-5)
