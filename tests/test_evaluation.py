"""Scores of models: the protocol, the cache, what is kept, what may be compared, and the quick score."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch_fidelity.feature_extractor_inceptionv3
from toys import pictures, tiny

from gan_core import data, runs
from gan_core.__main__ import main
from gan_core.evaluation import _feature_cache as feature_cache
from gan_core.evaluation import evaluate as evaluation
from gan_core.evaluation import metrics
from gan_core.evaluation.evaluate import draw_real, evaluate
from gan_core.evaluation.extractors import Extractor, choice, classifier, preprocess
from gan_core.evaluation.extractors import _inception as inception
from gan_core.evaluation.extractors import _random_cnn as random_cnn
from gan_core.evaluation.reference import MemorisationReference, Reference
from gan_core.evaluation.training_score import quick_score
from gan_core.models import checkpoint
from gan_core.runs import scores
from gan_core.system.errors import WorkshopError
from gan_core.training.trainer import Trainer

SMALL = {"data.classes": (0, 8), "data.limit": 300}


@pytest.fixture(scope="module", autouse=True)
def shared_home(tmp_path_factory):
    """One GAN_HOME, and so one cache of features, for all tests here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAN_HOME", str(tmp_path_factory.mktemp("home")))
        patch.delenv("GAN_INCEPTION", raising=False)
        patch.setenv("TORCH_HOME", str(tmp_path_factory.mktemp("torch")))
        yield


def a_run(variant, **given):
    """A run of a tiny model that has kept its weights after a step."""
    config = tiny(variant, **SMALL, **given)
    run = runs.create(config)
    dataset = data.load(config.data.dataset, classes=config.data.classes, limit=config.data.limit)
    trainer = Trainer(config, dataset)
    trainer.advance()
    checkpoint.save(run.path / "weights" / "000001.safetensors", trainer, dataset)
    return run


@pytest.fixture(scope="module")
def run():
    return a_run("cgan")


@pytest.fixture(scope="module")
def report(run):
    return evaluation.evaluate_file(run.weights()[1], count=100, subject=run.name, floor=True)


def protocol(**changes):
    given = {"extractor": "fashion-cnn", "extractor_digest": "1", "count": 5000, "reference_count": 10_000}
    given |= {"reference": "fashion-mnist, training pictures", "reference_digest": "2", "classes": ("a", "b")}
    return scores.ScoringProtocol(**{**given, "weights": "ema", "seed": 0, **changes})


def a_score(value, half):
    low, high = value - half, value + half
    return scores.Score(id="x", title="X", value=value, low=low, high=high, better="lower", read="r", interval="i")


# A report


def test_a_report_says_how_it_came_about(report, run):
    how = report.protocol
    assert (how.extractor, how.count, how.weights, how.seed) == ("fashion-cnn", 100, "ema", 0)
    assert how.reference == "fashion-small, training pictures" and how.reference_count == 2000
    assert how.classes == ("T-shirt/top", "Bag") and report.step == 1 and report.subject == run.name
    assert how.sentence() == (
        "100 pictures (EMA weights, seed 0) against 2,000 of fashion-small, training pictures; extractor fashion-cnn."
    )


def test_a_conditional_model_has_every_score_with_its_interval_and_a_floor(report):
    assert not report.skipped
    assert set(report.scores) == set(report.floor) == set(metrics.all_metrics())
    assert all(score.low <= score.value <= score.high for score in report.scores.values())
    assert report.scores["frechet"].title == "Fréchet distance (fashion-cnn)"
    assert report.floor["frechet"].high < report.scores["frechet"].low, "real pictures beat one step of training"
    assert report.floor["class_accuracy"].value > 0.95, "T-shirts and bags are easy to tell apart"
    assert len(report.scores["memorisation"].details["nearest"]) == 100
    assert max(report.scores["memorisation"].details["nearest"]) < 300, "the limit's pictures, and no others"


def test_the_same_model_has_the_same_scores(report, run):
    again = evaluation.evaluate_file(run.weights()[1], count=100, subject=run.name)
    assert again.scores == report.scores
    raw = evaluation.evaluate_file(run.weights()[1], count=100, raw=True)
    assert raw.protocol.weights == "raw" and raw.scores["frechet"] != report.scores["frechet"]


def test_an_unconditional_model_has_no_class_accuracy():
    found = evaluation.evaluate_file(a_run("dcgan").weights()[1], count=60)
    assert set(found.skipped) == {name for name, metric in metrics.all_metrics().items() if "labels" in metric.needs}
    assert found.skipped["class_accuracy"] == "Only for conditional models."


def test_too_few_unseen_pictures_make_no_floor(run):
    found = evaluation.evaluate_file(run.weights()[1], count=401, floor=True)
    assert not found.floor and found.skipped["floor"].startswith("There are 400 unseen real pictures")


@pytest.mark.parametrize("count", [0, 49, 100_001])
def test_a_count_out_of_range(run, count):
    with pytest.raises(WorkshopError, match=f"count: {count} was given; allowed: 50 to 100,000"):
        evaluation.evaluate_file(run.weights()[1], count=count)


def test_real_pictures_score_near_the_floor_and_a_missing_class_shows():
    whole = data.load("fashion-small", classes=(0, 1, 8))
    against = Reference.from_dataset(whole)
    unseen = data.load("fashion-small", split="test", classes=(0, 1, 8))
    found = evaluate(draw_real(unseen), against, subject="real", weights="real", count=300)
    one_missing = data.stratified_subset(data.load("fashion-small", split="test", classes=(0, 1)), 300)
    lacking = evaluate(
        lambda count: (one_missing.images[:count], np.full(count, -1)), against, subject="", weights="real", count=300
    )
    assert found.scores["class_coverage"].value == 1 and found.scores["precision"].value > 0.75
    assert lacking.scores["class_coverage"].details["missing"] == ["Bag"]
    assert lacking.scores["class_coverage"].value == pytest.approx(2 / 3)
    assert lacking.scores["frechet"].low > 3 * found.scores["frechet"].high
    assert found.skipped["memorisation"] == "Needs the training pictures and unseen ones."


def test_memorised_pictures_show():
    learned = data.load("fashion-small", classes=(0, 8), limit=300)
    config = tiny("dcgan", **SMALL).data
    against = Reference.from_dataset(data.load("fashion-small", classes=(0, 8)))
    memory = MemorisationReference.from_config(config, against.extractor)
    found = {}
    for name, dataset in {"learned": learned, "unseen": memory.unseen}.items():
        report = evaluate(draw_real(dataset), against, memory, subject=name, weights="real", count=200)
        found[name] = report.scores["memorisation"]
    assert found["learned"].value > 0.99 and found["learned"].details["copies"] > 0.99
    assert found["unseen"].low < 0.5 < found["unseen"].high


def test_only_the_metrics_asked_for():
    unseen = data.load("fashion-small", split="test", classes=(0, 8))
    against = Reference.from_dataset(data.load("fashion-small", classes=(0, 8)))
    names = {"frechet", "class_accuracy", "memorisation"}
    found = evaluate(draw_real(unseen, labelled=True), against, subject="", weights="real", count=100, only=names)
    assert set(found.scores) == {"frechet", "class_accuracy"} and set(found.skipped) == {"memorisation"}


# Kept scores


def test_scores_are_kept_with_their_run(report, run):
    path = scores.save(report, run.scores_path)
    assert path == run.path / "scores" / "000001-ema-fashion-cnn-100-s0.json"
    assert scores.load_all(run.scores_path) == [report]
    path.write_text(path.read_text()[:100])
    with pytest.raises(WorkshopError, match=path.name):
        scores.load_all(run.scores_path)
    path.unlink()
    assert scores.load_all(run.scores_path) == []


def test_scores_against_the_test_pictures_stand_beside_those_against_the_training_pictures(report, run):
    against_test = evaluation.evaluate_file(run.weights()[1], count=100, subject=run.name, split="test")
    how = against_test.protocol
    assert how.reference == "fashion-small, test pictures" and (how.split, how.reference_count) == ("test", 400)
    assert report.protocol.split == "train", "as it always was"
    assert against_test.scores["frechet"] != report.scores["frechet"]
    assert "different references" in (scores.incomparable_reason(report.protocol, how) or "")
    paths = scores.save(against_test, run.scores_path), scores.save(report, run.scores_path)
    assert paths[0].name == "000001-ema-fashion-cnn-100-s0-test.json" and len(scores.load_all(run.scores_path)) == 2
    assert scores.at_step(run, 1) == report, "as many pictures: the usual reference"
    for path in paths:
        path.unlink()


def test_scores_of_raw_weights_are_not_those_of_a_model_that_draws_with_its_average(report, run):
    raw = evaluation.evaluate_file(run.weights()[1], count=120, raw=True)
    assert raw.protocol.by_choice and not report.protocol.by_choice
    paths = [scores.save(raw, run.scores_path)]
    assert scores.at_step(run, 1) is None
    paths.append(scores.save(report, run.scores_path))
    assert scores.at_step(run, 1) == scores.preferred([raw, report]) == report, "though on fewer pictures"
    for path in paths:
        path.unlink()


def test_without_an_average_the_last_weights_are_the_model():
    run = a_run("cgan", **{"regularization.ema": 0.0})
    plain = evaluation.evaluate_file(run.weights()[1], count=100, raw=True)
    assert plain.protocol.weights == "raw" and not plain.protocol.by_choice
    scores.save(plain, run.scores_path)
    assert scores.at_step(run, 1) == plain


def test_the_test_pictures_cannot_be_reference_and_floor_at_once(run):
    with pytest.raises(WorkshopError, match="floor: it was asked for against the test pictures"):
        evaluation.evaluate_file(run.weights()[1], count=100, split="test", floor=True)


def test_scores_of_before_there_was_a_split_are_read():
    old = protocol().model_dump(exclude={"split"})
    assert scores.ScoringProtocol.model_validate(old).split == "train"


def test_only_scores_of_one_protocol_are_compared():
    base = protocol()
    assert scores.incomparable_reason(base, protocol(weights="raw", seed=3)) is None, "of a model that has no average"
    chosen = protocol(weights="raw", by_choice=True)
    assert "of raw weights of a model that draws with their average" in (scores.incomparable_reason(base, chosen) or "")
    assert "cannot be compared" in (scores.incomparable_reason(chosen, base) or "")
    assert scores.incomparable_reason(chosen, protocol(weights="raw")) is None
    assert scores.incomparable_reason(base, protocol()) is None
    changes = {
        "count": (1000, "different numbers of generated pictures (5,000 and 1,000)"),
        "extractor": ("random-cnn", "different extractors (fashion-cnn and random-cnn)"),
        "extractor_digest": ("9", "different versions of the extractor"),
        "reference": ("digits, training pictures", "different references"),
        "reference_count": (60_000, "different numbers of real pictures (10,000 and 60,000)"),
        "reference_digest": ("9", "different real pictures"),
    }
    for field, (value, said) in changes.items():
        sentence = scores.incomparable_reason(base, protocol(**{field: value}))
        assert sentence is not None and said in sentence and sentence.endswith(".")


def test_only_inceptions_distance_with_a_usual_count_is_called_fid():
    title = scores.frechet_title
    assert title(protocol(extractor="inception-v3", count=50_000)) == "FID (50k)"
    assert title(protocol(extractor="inception-v3", count=10_000)) == "FID (10k)"
    assert title(protocol(extractor="inception-v3")) == "Fréchet distance (inception-v3)"
    assert title(protocol(extractor="inception-v3-other", count=50_000)) == "Fréchet distance (inception-v3-other)"
    assert title(protocol(count=50_000)) == "Fréchet distance (fashion-cnn)"


def test_whether_a_difference_is_more_than_chance():
    assert scores.differ(a_score(10, 1), a_score(12, 1)) and scores.differ(a_score(12, 1), a_score(10, 1))
    assert not scores.differ(a_score(10, 1), a_score(11.4, 1)), "√2 is needed"
    assert not scores.differ(a_score(10, 0), a_score(10, 0))


# Features


def test_features_come_from_the_cache_the_second_time(monkeypatch):
    dataset = pictures(count=12)
    extractor = random_cnn.load(1, 28)
    first = feature_cache.features(extractor, dataset.images)
    with monkeypatch.context() as patch:
        patch.setattr(Extractor, "features", lambda *_: pytest.fail("they were in the cache"))
        again = feature_cache.features(extractor, dataset.images)
        assert torch.equal(again.features, first.features) and again.logits is None
        with pytest.raises(pytest.fail.Exception):
            feature_cache.features(extractor, 255 - dataset.images)
    kept = list((runs.home() / "cache" / "features").glob("*.safetensors"))
    for path in kept:
        path.write_bytes(path.read_bytes()[:-1])  # torn: it is made again
    assert torch.equal(feature_cache.features(extractor, dataset.images).features, first.features)


def test_the_cache_forgets_what_was_used_least_lately(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_HOME", str(tmp_path))
    monkeypatch.setattr(feature_cache, "MAX_BYTES", 10_000)
    for key in "abc":
        feature_cache.tensors(key, lambda: {"x": torch.zeros(1000)})
    assert {path.stem for path in (tmp_path / "cache" / "features").iterdir()} == {"b", "c"}


def test_another_process_may_empty_the_cache_at_the_same_time(tmp_path, monkeypatch):
    folder, stat = tmp_path / "cache" / "features", Path.stat
    monkeypatch.setenv("GAN_HOME", str(tmp_path))
    monkeypatch.setattr(feature_cache, "MAX_BYTES", 10_000)
    for key in "ab":
        feature_cache.tensors(key, lambda: {"x": torch.zeros(1000)})

    def gone_before_a_look(path, **options):
        if path.name == "b.safetensors":
            path.unlink(missing_ok=True)
        return stat(path, **options)

    monkeypatch.setattr(Path, "stat", gone_before_a_look)
    feature_cache._prune(folder)
    assert {path.stem for path in folder.iterdir()} == {"a"}


def test_without_a_place_for_the_cache_all_is_computed(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_HOME", str(tmp_path))
    (tmp_path / "cache").write_bytes(b"no folder")
    for value in (1.0, 2.0):
        assert feature_cache.tensors("a", lambda v=value: {"x": torch.full((1,), v)})["x"].item() == value


def test_a_cached_file_of_others_is_used_though_it_cannot_be_marked(tmp_path, monkeypatch):
    def refused(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setenv("GAN_HOME", str(tmp_path))
    feature_cache.tensors("a", lambda: {"x": torch.ones(1)})
    monkeypatch.setattr(os, "utime", refused)
    assert feature_cache.tensors("a", lambda: pytest.fail("it is there"))["x"].item() == 1


def test_every_data_set_has_its_extractor():
    served = {name: classifier.classifier_for(name) for name in data.sources() if not name.startswith("own-")}
    assert {name: by for name, by in served.items() if by} == {
        "fashion-small": "fashion",
        "fashion-mnist": "fashion",
        "digits": "digits",
        "mnist": "digits",
        "emoji": "emoji",
    }
    chosen = choice.choose(pictures())
    assert chosen.name == "random-cnn" and chosen.classes is None
    with pytest.raises(WorkshopError, match="Unknown extractor 'fashion-cn'"):
        choice.choose(pictures(), "fashion-cn")
    with pytest.raises(WorkshopError, match="Inception's weights are not on this machine: download"):
        choice.choose(pictures(), "inception-v3")


@pytest.mark.parametrize(("name", "least"), [("fashion", 0.92), ("digits", 0.99), ("emoji", 0.8)])
def test_the_bundled_classifiers_are_as_good_as_they_say(name, least: float):
    extractor = classifier.load(name)
    assert extractor.accuracy is not None and extractor.accuracy >= least
    assert classifier.path_of(name).stat().st_size < 1_500_000
    assert classifier.path_of(name).with_name(f"{name}.LICENSE.txt").is_file()
    test = data.stratified_subset(data.load("fashion-small" if name == "fashion" else name, split="test"), 300)
    logits = extractor.features(test.images).logits
    assert logits is not None and extractor.classes == test.classes
    right = (logits.argmax(1).numpy() == test.labels).mean()
    assert right == pytest.approx(
        extractor.accuracy, abs=4 * (extractor.accuracy * (1 - extractor.accuracy) / 300) ** 0.5 + 0.005
    )


def test_logits_are_narrowed_to_the_classes_at_hand():
    extractor = classifier.load("digits")
    assert choice.class_columns(extractor, ("3", "1")) == [3, 1] and choice.class_columns(extractor, ("3", "x")) is None
    found = extractor.features(data.load("digits", split="test").images[:20])
    assert found.logits is not None and found.features.shape == (20, 128)
    selected = choice.select_logits(found, [3, 1])
    assert selected is not None and torch.equal(selected[:, 0], found.logits[:, 3])


def test_an_extractor_takes_other_sizes_and_colours():
    grey = torch.full((2, 1, 40, 40), 255).byte()
    for images, channels, size in ((grey, 3, 64), (grey.expand(-1, 3, -1, -1), 1, 28)):
        seen = preprocess(images, channels, size)
        assert seen.shape == (2, channels, size, size) and seen.min() > 0.99
    small = data.load("fashion-small", split="test", limit=100, size=32)
    logits = classifier.load("fashion").features(small.images).logits
    assert logits is not None and (logits.argmax(1).numpy() == small.labels).mean() > 0.75


def test_classes_are_asked_for_as_often_as_they_appear(run):
    dataset = data.load("fashion-small", classes=(0, 8))
    uneven = data.stratified_subset(replace(dataset, labels=(np.arange(len(dataset)) % 4 == 0).astype(np.int64)), 400)
    model = checkpoint.load(run.weights()[1])
    images, labels = evaluation.draw_from_model(model, 0, Reference.from_dataset(uneven))(80)
    assert np.bincount(labels).tolist() == [60, 20] and images.shape == (80, 1, 28, 28)
    again, _ = evaluation.draw_from_model(model, 0, Reference.from_dataset(uneven))(80)
    assert (again == images).all()


def test_the_random_network_is_the_same_everywhere():
    state = torch.get_rng_state()
    classifier.load("digits")
    assert random_cnn.load(1, 28) and torch.equal(torch.get_rng_state(), state)
    one, two = random_cnn.load(3, 32), random_cnn.load(3, 32)
    assert one.digest == two.digest != random_cnn.load(1, 32).digest
    images = pictures(32, 3).images
    assert torch.equal(one.features(images).features, two.features(images).features)


def test_inceptions_weights_from_a_path(tmp_path, monkeypatch):
    path = tmp_path / "weights.pth"
    monkeypatch.setenv("GAN_INCEPTION", str(path))
    with pytest.raises(WorkshopError, match="GAN_INCEPTION"):
        inception.weights()
    torch.save({"nothing": torch.zeros(1)}, path)
    with pytest.raises(WorkshopError, match="does not hold Inception's weights"):
        inception.load()
    path.write_bytes(b"cos\nsystem\n(S'false'\ntR.")  # a pickle that would run a program
    with pytest.raises(WorkshopError, match="does not hold Inception's weights"):
        inception.load()


def test_inception_runs_with_whatever_weights_are_given_and_says_so(tmp_path, monkeypatch):
    """Random weights in the real network: the true ones cannot be had without internet."""
    network = torch_fidelity.feature_extractor_inceptionv3
    with monkeypatch.context() as patch:
        patch.setattr(network, "load_state_dict_from_url", lambda *_, **__: {})
        patch.setattr(network.FeatureExtractorInceptionV3, "load_state_dict", lambda *_: None)
        torch.save(network.FeatureExtractorInceptionV3("any", ["2048"]).state_dict(), tmp_path / "weights.pth")
    monkeypatch.setenv("GAN_INCEPTION", str(tmp_path / "weights.pth"))
    extractor = choice.choose(pictures())
    assert extractor.name == "inception-v3-other", "only the original weights may be called Inception's"
    found = extractor.features(pictures(count=2).images)
    assert found.logits is not None and (found.features.shape, found.logits.shape) == ((2, 2048), (2, 1008))
    assert choice.choose(pictures(), "random-cnn").name == "random-cnn"


# During training


def test_the_quick_score_is_the_full_one_of_fewer_pictures():
    dataset, unseen = (data.load("fashion-small", split=split, classes=(0, 8)) for split in ("train", "test"))
    score = quick_score(dataset, count=200)
    found = score(draw_real(unseen))
    reference = Reference.from_dataset(dataset)
    full = evaluate(draw_real(unseen), reference, subject="", weights="real", count=200).scores
    assert [found.value, found.low, found.high] == [getattr(full["frechet"], end) for end in ("value", "low", "high")]
    assert found.row["coverage/classes"] == full["class_coverage"].value == 1
    assert found.row["diversity/features"] == full["pairwise"].value == pytest.approx(1, abs=0.1)
    assert set(found.row) == {f"frechet/{end}" for end in ("distance", "low", "high")} | {
        "coverage/classes",
        "diversity/features",
    }
    assert (found.extractor, found.count) == ("fashion-cnn", 200)
    one = data.stratified_subset(unseen, 1)
    collapsed = score(lambda count: (one.images.repeat(count, 0), np.full(count, -1)))
    assert collapsed.row["coverage/classes"] == 0.5
    assert collapsed.row["diversity/features"] < 0.01 and collapsed.low > found.high


def test_the_quick_score_of_pictures_nobody_knows():
    found = quick_score(pictures(count=60), count=50)(draw_real(pictures(count=60)))
    assert "coverage/classes" not in found.row and found.extractor == "random-cnn" and found.value < 1


# The command line


def call(capsys, *arguments):
    status = main([*map(str, arguments)])
    return status, *capsys.readouterr()


def test_evaluate_prints_everything(run, report, capsys):
    status, out, err = call(capsys, "evaluate", run.name, "--count", 100, "--floor")
    assert status == 0 and "Kept as" in err
    assert report.protocol.sentence() in out and "lower is better" in out and "T-shirt/top" in out
    for score in report.scores.values():
        assert score.title in out and score.text() in out
    assert scores.load_all(run.scores_path)[0].scores == report.scores


def test_evaluate_a_file_as_json(run, report, capsys):
    status, out, err = call(capsys, "evaluate", run.weights()[1], "--count", 100, "--json")
    assert (status, err) == (0, "")
    assert scores.ScoreReport.from_json(out).scores == report.scores
    assert json.loads(out)["protocol"]["extractor"] == "fashion-cnn"


def test_evaluate_against_the_test_pictures(run, capsys):
    status, out, _ = call(capsys, "evaluate", run.weights()[1], "--count", 100, "--split", "test", "--json")
    assert status == 0 and json.loads(out)["protocol"]["reference"] == "fashion-small, test pictures"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--floor", "--split", "test"], "floor: it was asked for against the test pictures"),
        (["--count", 3], "count: 3 was given; allowed: 50 to 100,000."),
        (["--extractor", "none"], "Unknown extractor 'none'."),
        (["--seed", -1], "seed: -1 was given"),
    ],
)
def test_evaluate_with_a_mistake(run, capsys, arguments, said):
    status, out, err = call(capsys, "evaluate", run.name, *arguments)
    assert (status, out) == (2, "") and err.startswith(f"error: {said}")
