"""Model cards: what they say, what the Hub reads in them, and what they never give away."""

import getpass
import json
from pathlib import Path

import pytest
import safetensors
import safetensors.torch
import yaml
from elsewhere import Example, saved
from huggingface_hub import EvalResult, ModelCard, ModelCardData
from hypothesis import given
from hypothesis import strategies as st
from toys import TINY, finished

from checkpoints import make
from gan_core import data, runs
from gan_core.data import sample_grid
from gan_core.hub import card
from gan_core.hub.card import _facts as facts
from gan_core.hub.card import _front_matter as front_matter
from gan_core.hub.card import _licences as licences
from gan_core.hub.card import _provenance as provenance
from gan_core.hub.card import _text as text
from gan_core.models import bundled, checkpoint, store
from gan_core.models.metadata import WeightsMetadata
from gan_core.models.store import Origin
from gan_core.nets.description import Description
from gan_core.presets import recipe
from gan_core.runs import scores
from gan_core.runs.scores import Score, ScoreReport, ScoringProtocol
from gan_core.system import places
from gan_core.system.errors import WorkshopError

COMMIT = "0123456789abcdef0123456789abcdef01234567"
BUNDLED = sorted(bundled.names())


@pytest.fixture
def run(home, tmp_path, monkeypatch):
    """A finished run in a folder with a name of its own."""
    strange = tmp_path / "of Ann O'Neil" / "secret-token-hf_abcdef"
    monkeypatch.setenv("GAN_HOME", str(strange))
    settings = {**TINY, "data.limit": 50, "optimiser.lr_g": 3e-4, "regularization.ema": 0.9}
    return finished(runs.create(recipe.build({"variant": "cgan", **settings})))


def rewritten(target: Path, config=None, about=None) -> Path:
    """A bundled model's file with other words in its head."""
    source = bundled.weights("fashion-cgan")
    with safetensors.safe_open(source, framework="pt") as file:
        head, tensors = file.metadata(), {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    head["config"] = json.dumps(json.loads(head["config"]) | (config or {}))
    head["about"] = json.dumps(json.loads(head["about"]) | (about or {}))
    target.write_bytes(safetensors.torch.save(tensors, head))
    return target


def head_of(made: str) -> ModelCardData:
    """The head of a card, as the Hub's own parser reads it."""
    data = ModelCard(made).data
    assert isinstance(data, ModelCardData)
    return data


def first_result(made: card.Card) -> EvalResult:
    """The first score in the head of a card."""
    found = head_of(made.text).eval_results
    assert found
    return found[0]


def report(extractor="inception-v3", count=10_000, **more) -> ScoreReport:
    how = {"extractor": extractor, "extractor_digest": "d", "count": count, "reference": "fashion-small, test pictures"}
    how |= {"reference_count": 9, "reference_digest": "h", "split": "test", "classes": (), "weights": "ema", "seed": 0}
    protocol = ScoringProtocol.model_validate(how)
    one = {"id": "frechet", "title": scores.frechet_title(protocol), "value": 12.3456789, "low": 12.0, "high": 12.7}
    score = Score.model_validate(one | {"better": "lower", "read": "", "interval": ""})
    return ScoreReport(subject="/home/ann/x", step=2, protocol=protocol, scores={"frechet": score}, **more)


@pytest.mark.parametrize("name", BUNDLED)
def test_the_bundled_cards_are_those_of_their_records(name):
    kept = bundled.folder() / "cards" / f"{name}.md"
    assert kept.read_text() == card.from_bundled(bundled.get(name), f"../{name}.png").text, (
        "python -m checkpoints.make --cards"
    )
    assert (kept.parent / f"../{name}.png").is_file()


def test_there_is_no_card_without_its_model():
    assert sorted(path.stem for path in (bundled.folder() / "cards").iterdir()) == BUNDLED


def test_only_the_cards_can_be_made(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    for path in bundled.folder().glob("digits-*"):
        (folder / path.name).write_bytes(path.read_bytes())
    first = (bundled.folder() / "cards" / "digits-cgan.md").read_bytes()
    monkeypatch.setenv("GAN_MODELS", str(folder))
    assert make.main(["--cards"]) == 0
    assert (folder / "cards" / "digits-cgan.md").read_bytes() == first
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.parametrize("name", BUNDLED)
def test_the_hub_reads_what_is_in_the_head(name):
    model = bundled.get(name)
    head = head_of((bundled.folder() / "cards" / f"{name}.md").read_text())
    assert head.library_name == "gan-workshop" and head.pipeline_tag == "unconditional-image-generation"
    assert head.tags == ["gan-workshop", model.variant, model.dataset]
    assert head.license in {"mit", "cc-by-sa-3.0", "ofl-1.1"}
    assert head.get("datasets", []) in (["zalando-datasets/fashion_mnist"], ["ylecun/mnist"], [])
    assert head.model_name == name and head.eval_results
    read_back = {result.metric_type: result for result in head.eval_results}
    assert len(read_back) == len(model.report.scores) and "fid" not in read_back
    score = model.frechet
    assert score is not None
    frechet = read_back[f"frechet-{model.report.protocol.extractor}"]
    assert frechet.metric_args and frechet.metric_value == pytest.approx(score.value, rel=1e-5)
    assert frechet.metric_args["interval_95"] == pytest.approx([score.low, score.high], rel=1e-5)
    assert frechet.dataset_split == "test" and frechet.metric_config == model.report.protocol.sentence()


def test_the_text_says_what_there_is_to_say():
    said = card.from_bundled(bundled.get("fashion-cgan"), "samples.png").text
    for part in (
        "# CGAN on Fashion-MNIST (60,000)",
        "![Samples of this model](samples.png)",
        "Licence of the pictures: MIT.",
        "480 s of training on",
        "python -m gan_core train --preset quality --variant cgan",
        "| Fréchet distance (fashion-cnn) | 0.131 (0.117 to 0.145) | lower |",
        "10,000 pictures (EMA weights, seed 0) against 10,000 of fashion-mnist, test pictures",
        "| Sneaker | 98.9% | 98.1% |",
        'Generator.from_pretrained("fashion-cgan")',
        "python -m gan_core sample fashion-cgan",
        "small model for teaching",
        "https://arxiv.org/abs/1411.1784",
    ):
        assert part in said
    code = said.split("```python\n")[1].split("```")[0]
    assert len(code.splitlines()) <= 10


def test_the_ten_lines_run(tmp_path, monkeypatch):
    said = card.from_bundled(bundled.get("fashion-cgan"), "samples.png").text
    monkeypatch.chdir(tmp_path)
    exec(compile(said.split("```python\n")[1].split("```")[0], "card", "exec"), {})
    assert (tmp_path / "picture.png").is_file()


def test_a_run_that_was_not_scored(run, tmp_path):
    made = card.write_repository(run.weights_at()[1], tmp_path / "out", repo="ann/clothes")
    assert made.name == "clothes" and "This model has not been scored." in made.text
    head = head_of(made.text)
    assert head.eval_results is None and "model-index" not in made.text
    assert head.datasets == ["zalando-datasets/fashion_mnist"] and head.license == "mit"
    assert "| Learning rate of G | `optimiser.lr_g` | 0.0003 |" in made.text
    assert "--variant cgan --dataset fashion-small" in made.text and "--set optimiser.lr_g=0.0003" in made.text
    assert "50 of its pictures" in made.text and "s of training on" in made.text
    assert 'Generator.from_pretrained("ann/clothes")' in made.text
    assert "python -m gan_core pull ann/clothes" in made.text
    written = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert set(written) == {"README.md", "model.safetensors", "samples.png", "config.json"}
    assert written["model.safetensors"] == run.weights_at()[1].read_bytes()
    assert written["README.md"].decode() == made.text
    sheet = checkpoint.load(run.weights_at()[1]).draw_sample_grid()
    assert (sample_grid.read(written["samples.png"]) == sheet).all()
    config = json.loads(written["config.json"])
    assert config["config"] == run.config().model_dump(mode="json") and config["model_type"] == "cgan"
    assert config["about"]["size"] == 28 and config["library_name"] == "gan-workshop"


def test_the_command_on_the_card_makes_the_same_settings(run):
    made = provenance.train_command(run.config())
    assert recipe.changes(run.config())["optimiser.lr_g"] == 3e-4
    assert made.startswith("python -m gan_core train --variant cgan --dataset fashion-small --set ")
    given = dict(part.split("=", 1) for part in made.split(" --set ")[1:])
    assert float(given["optimiser.lr_g"]) == 3e-4 and int(given["network.width"]) == 4


def test_the_scores_of_a_run_come_with_it(run):
    path = run.weights_at()[1]
    scores.save(report(), run.scores_path)
    made = card.from_weights(path)
    result = first_result(made)
    assert result.metric_type == "fid" and result.metric_name == "FID (10k)" and result.metric_value == 12.3457
    assert "| FID (10k) | 12.3 (12 to 12.7) | lower |" in made.text
    few = card.from_weights(path, report=report(count=5_000))
    assert first_result(few).metric_type == "frechet-inception-v3"
    other = card.from_weights(path, report=report("random-cnn"))
    assert first_result(other).metric_name == "Fréchet distance (random-cnn)"


def test_what_a_classifier_says_of_each_class_is_told(run):
    accuracy = {"id": "class_accuracy", "title": "Class accuracy", "value": 0.5, "low": 0.4, "high": 0.6}
    accuracy |= {"better": "higher", "read": "", "interval": "", "details": {"by_class": {"Bag": 0.75, "Coat": None}}}
    scored = report()
    scored = scored.model_copy(update={"scores": {"class_accuracy": Score.model_validate(accuracy)}})
    made = card.from_weights(run.weights_at()[1], report=scored).text
    assert "| Bag | 75.0% |" in made and "| Coat | – |" in made


def test_a_score_that_is_no_number_stays_out_of_the_head(run):
    scored = report()
    endless = scored.scores["frechet"].model_copy(update={"high": float("inf")})
    made = card.from_weights(run.weights_at()[1], report=scored.model_copy(update={"scores": {"frechet": endless}}))
    assert head_of(made.text).eval_results is None


def test_the_same_file_gives_the_same_bytes(run, tmp_path):
    for name in "ab":
        card.write_repository(run.weights_at()[1], tmp_path / name, repo="ann/x", licence="MIT")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_a_card_gives_no_path_user_or_token_away(run, tmp_path):
    scores.save(report(), run.scores_path)
    card.write_repository(run.weights_at()[1], tmp_path / "out", repo="ann/x")
    for path in (tmp_path / "out").iterdir():
        content = path.read_bytes()
        for secret in (str(tmp_path), "O'Neil", "hf_abcdef", str(places.ROOT), str(Path.home()), "/home/ann"):
            assert secret.encode() not in content, (path.name, secret)
        if getpass.getuser() != "root":
            assert getpass.getuser().encode() not in content


def test_pictures_of_ones_own_are_named_as_such(home, tmp_path):
    path = rewritten(tmp_path / "a.safetensors", {"data": {"dataset": "own-cats"}}, {"licence": "your own"})
    made = card.from_weights(path)
    head = head_of(made.text)
    assert "its maker's own pictures, own-cats" in made.text and made.title == "CGAN on own-cats"
    assert (head.license, head.license_name, head.datasets) == ("other", "your-own", None)
    assert "| Data set | `data.dataset` | own-cats |" in made.text and "To train it again" not in made.text


def test_a_licence_that_nobody_has_said(tmp_path):
    path = rewritten(tmp_path / "a.safetensors", about={"licence": ""})
    made = card.from_weights(path)
    assert made.licence == "unknown" and "Licence of the pictures: unknown." in made.text
    given = card.from_weights(path, licence="CC BY 4.0")
    assert given.licence == "cc-by-4.0" and "as its publisher states it: CC BY 4.0" in given.text


def test_what_others_have_named_is_no_markdown(tmp_path):
    nasty = ["[x](http://evil)", "a|b", "<script>", "# two", "`code`", "*b*", "", "7", "8", "9"]
    path = rewritten(tmp_path / "a.safetensors", about={"classes": nasty, "licence": "x --- tags: [evil]"})
    made = card.from_weights(path, licence="x\n---\ntags: [evil]\n# two").text
    body = made.split("\n---\n", 1)[1]
    assert "\\[x\\]" in body and "<script>" not in body and "\n# two" not in body and "\n---\n" not in body
    assert head_of(made).tags == ["gan-workshop", "cgan", "fashion-mnist"]


@given(st.text(max_size=60))
def test_any_text_becomes_one_line_without_markup(word):
    said = text.safe(word)
    assert len(said.splitlines()) <= 1
    assert not any(said[i] in "[]*_`" and said[i - 1] != "\\" for i in range(len(said)))


@given(st.text(max_size=80))
def test_any_text_has_a_licence_that_the_hub_takes(word):
    found = licences.hub_licence(word)
    assert found.id in licences.HUB_IDS | {"other", "unknown"}
    assert (found.id == "other") == bool(found.name)
    assert yaml.safe_load(yaml.safe_dump({"license_name": found.name}))["license_name"] == found.name


@pytest.mark.parametrize(
    "said, id",
    [
        ("MIT", "mit"),
        ("CC BY-SA 3.0", "cc-by-sa-3.0"),
        ("SIL OFL 1.1", "ofl-1.1"),
        ("Apache License 2.0", "other"),
        ("apache-2.0", "apache-2.0"),
        ("for research; no licence stated", "other"),
        ("", "unknown"),
    ],
)
def test_licences_by_what_people_call_them(said, id):
    assert licences.hub_licence(said).id == id


def test_a_pulled_model_says_where_it_is_from(home):
    origin = Origin(kind="pulled", repo="ann/clothes", commit=COMMIT, file="model.safetensors")
    kept = store.add(bundled.weights("fashion-cgan"), "ann/clothes@0123456", origin)
    made = card.from_weights(store.weights(kept.id))
    assert f"pulled from ann/clothes, commit `{COMMIT}`" in made.text and "not been scored" in made.text
    assert "time and machine are unknown" in made.text
    scores.save(report(), scores.model_folder(kept.sha256))
    assert "FID (10k)" in card.from_weights(store.weights(kept.id)).text


def test_a_file_of_another_program_claims_nothing():
    config = recipe.build({"variant": "dcgan"})
    config = config.model_copy(update={"data": config.data.model_copy(update={"dataset": data.UNKNOWN})})
    fields = {"size": 64, "channels": 3, "classes": (), "licence": "", "step": 0, "layout": "dcgan"}
    metadata = WeightsMetadata.model_construct(**fields, layers=Description.model_construct())
    imported = provenance.Provenance(found="5 layers.", origin=Origin(kind="imported", file="a.pth"))
    found = facts.CardFacts(config, metadata, imported)
    head, body = front_matter.build(found), text.body(found)
    assert head.tags == ["gan-workshop"] and head.datasets is None and head.license == "unknown"
    assert "nothing is known of its training" in body and "5 layers." in body and "1511.06434" not in body
    assert "What it was trained on is unknown" in body


def test_an_imported_generator_has_a_card_and_what_it_writes_is_taken_again(home, tmp_path):
    path = saved(tmp_path / "netG.pth", Example(nz=12, nc=3, size=32).state_dict())
    kept = store.add(path, "net-g", Origin(kind="imported", file="netG.pth"))
    made = card.write_repository(store.weights("net-g"), tmp_path / "out", repo="ann/net")
    assert head_of(made.text).tags == ["gan-workshop"] and made.licence == "unknown"
    assert "colour pictures of 32 × 32 pixels from z of 12 numbers" in made.text
    assert "It was imported from a file." in made.text and "nothing is known of its training" in made.text
    again = store.add(tmp_path / "out" / "model.safetensors", "again", Origin(kind="imported", file="a"))
    assert (
        again.sha256 == kept.sha256
        and store.samples_path("again").read_bytes() == store.samples_path("net-g").read_bytes()
    )


def test_a_file_that_is_no_model_and_a_folder_that_cannot_be(run, tmp_path):
    (tmp_path / "a.safetensors").write_bytes(b"nothing")
    with pytest.raises(WorkshopError, match="safetensors"):
        card.from_weights(tmp_path / "a.safetensors")
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkshopError, match="cannot be written to"):
        card.write_repository(run.weights_at()[1], tmp_path / "file")


def test_the_command_prints_the_card_or_writes_the_folder(run, cli, tmp_path):
    status, out, err = cli("card", "1", "--repo", "ann/clothes", "--licence", "CC0 1.0")
    assert (status, err) == (0, "") and head_of(out).license == "cc0-1.0"
    status, out, _ = cli("card", "fashion-dcgan", "--out", tmp_path / "made")
    assert status == 0 and out == f"{tmp_path / 'made'}\n"
    assert (tmp_path / "made" / "model.safetensors").read_bytes() == bundled.weights("fashion-dcgan").read_bytes()
    (tmp_path / "file").write_text("")
    status, _, err = cli("card", "fashion-dcgan", "--out", tmp_path / "file")
    assert status == 2 and "is a file; give the name of a folder" in err
    assert cli("card", "no-such")[0] == 2
