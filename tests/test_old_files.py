"""What an older version has left on people's disks and in their links still opens. fixtures/README.md lists it."""

import json
import shutil
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import onnxruntime
import pytest
import torch
from toys import opened

from gan_core import Generator, config, data, runs
from gan_core.data import sample_grid
from gan_core.explore import direction_names, point_file
from gan_core.models import bundled, checkpoint, library, store
from gan_core.nets import latent
from gan_core.presets import recipe
from gan_core.runs import race, scores
from gan_core.runs.history import History

OLD = Path(__file__).parent / "fixtures"
FINISHED, STOPPED, DCGAN, LSGAN = (path.name for path in sorted((OLD / "home").glob("0*")))
LINKS = json.loads((OLD / "links.json").read_text())
NEAR = 1.0
"""How far pixels (0 to 255) may be from the kept ones on the mean: another processor adds up in another order."""


def now(field: str) -> str:
    """What a setting of then is called now, by its dotted name."""
    return config.current_name(field)


@pytest.fixture(autouse=True)
def old(home):
    """A GAN_HOME as the older version has left it."""
    shutil.copytree(OLD / "home", home, dirs_exist_ok=True)
    return home


# Runs


def test_the_runs_are_listed_with_their_states(cli):
    assert [run.name for run in runs.list_runs()] == [LSGAN, DCGAN, STOPPED, FINISHED]
    told = {run.name: (run.status().state, run.status().step, run.status().steps) for run in runs.list_runs()}
    assert told == {
        FINISHED: ("finished", 40, 40),
        STOPPED: ("stopped", 7, 60),
        DCGAN: ("finished", 12, 12),
        LSGAN: ("finished", 12, 12),
    }
    status, said, _ = cli("list", "--json")
    assert status == 0 and [row["run"] for row in json.loads(said)] == [LSGAN, DCGAN, STOPPED, FINISHED]


@pytest.mark.parametrize("name", [FINISHED, STOPPED, DCGAN, LSGAN])
def test_the_settings_of_a_run_are_as_they_were_written(name):
    written = json.loads((OLD / "home" / name / "config.json").read_text())
    found = config.flatten(runs.find(name).config())
    for group, value in written.items():
        for field, one in value.items() if isinstance(value, dict) else [("", value)]:
            assert found[now(f"{group}.{field}".rstrip("."))] == one
    assert recipe.build(recipe.changes(runs.find(name).config())) == runs.find(name).config()


def test_a_finished_run_is_read():
    run = runs.find("1")
    columns = History(run.metrics_path).refresh()
    assert columns["step"].tolist() == list(range(1, 41))
    assert np.isfinite(columns["loss/d"]).all() and np.isfinite(columns["loss/g"]).all()
    scored = np.flatnonzero(np.isfinite(columns["frechet/distance"]))
    assert columns["step"][scored].tolist() == [20, 40]
    best = run.best()
    assert best and best.step == 40 and best.value == pytest.approx(columns["frechet/distance"][39], rel=1e-4)
    assert list(run.samples()) == [0, 20, 40] and list(run.weights()) == [20, 40]
    assert run.weights_at("best")[0] == 40 and run.weights_at("20")[1].is_file()
    (report,) = scores.load_all(run.path / "scores")
    assert (report.step, report.protocol.count, report.protocol.extractor) == (40, 200, "fashion-cnn")
    assert len(report.scores) > 8 and report.scores["frechet"].low < report.scores["frechet"].value


def test_the_stopped_run_goes_on_to_its_end(cli):
    run = runs.find("2")
    before = run.metrics_path.read_bytes()
    assert len(before.splitlines()) == 7
    status, said, wrong = cli("resume", "2")
    assert status == 0, wrong
    assert said.strip() == str(run.path)
    assert (run.status().state, run.status().step) == ("finished", 60)
    assert run.metrics_path.read_bytes().startswith(before), "it went on, it did not start anew"
    columns = History(run.metrics_path).refresh()
    assert columns["step"].tolist() == list(range(1, 61)) and np.isfinite(columns["loss/g"]).all()
    assert columns["lr/g"][7] == pytest.approx(columns["lr/g"][6] * 53 / 54, rel=1e-4), "the decay goes on where it was"
    assert {7, 40, 60} <= set(run.weights()) and 60 in run.samples()


def test_the_race_is_read():
    (contest,) = race.list_races()
    assert contest == race.find("1") and [run.name for run in contest.runs()] == [DCGAN, LSGAN]
    assert [race.of_run(run) for run in contest.runs()] == [contest, contest]


# Models


@pytest.mark.parametrize("name", ["netG", "ann/clothes@0123456"])
def test_a_kept_model_draws_what_its_picture_shows(name, cli, tmp_path):
    kept = store.get(name)
    assert store.names() == ["ann/clothes@0123456", "netG"] and kept.origin.kind == library.get(name).kind
    model = checkpoint.load(library.resolve(name))
    assert near(model.draw_sample_grid(), sample_grid.read(store.samples_path(name).read_bytes()))
    status, *_ = cli("sample", name, "--count", "5", "--out", tmp_path / "drawn.npz")
    with np.load(tmp_path / "drawn.npz") as drawn:
        assert status == 0 and drawn["images"].shape == (5, kept.size, kept.size, 1) and drawn["images"].std() > 1


@pytest.mark.parametrize("name", [FINISHED, STOPPED, DCGAN, LSGAN])
def test_the_kept_weights_of_a_run_draw_its_last_picture(name):
    run = runs.find(name)
    step, path = run.weights_at("last")
    assert near(checkpoint.load(path).draw_sample_grid(), sample_grid.read(run.samples()[step].read_bytes()))
    assert checkpoint.load_discriminator(path).step == step


def test_an_exported_generator_draws_what_the_run_does():
    model = checkpoint.load(runs.find("1").weights_at("last")[1])
    z = latent.fixed(4, model.config.network.z_dim, seed=0)
    session = onnxruntime.InferenceSession(OLD / "exported" / "dcgan.onnx")
    (drawn,) = map(np.asarray, session.run(None, {session.get_inputs()[0].name: z.numpy()}))
    with torch.inference_mode():
        np.testing.assert_allclose(drawn, model.generator(z, None).numpy(), atol=1e-3)


def test_a_repository_of_ours_is_loaded():
    made = Generator.from_pretrained(OLD / "exported" / "repository")
    trained = checkpoint.load(runs.find(LSGAN).weights_at("last")[1])
    assert made.config == trained.config and made.licence == "MIT"
    np.testing.assert_array_equal(made.sample(6), trained.sample(6, 0)[0])


def near(drawn: np.ndarray, kept: np.ndarray) -> bool:
    return drawn.shape == kept.shape and bool(np.abs(drawn.astype(float) - kept).mean() < NEAR)


# What else people keep


@pytest.mark.parametrize("path", sorted((OLD / "points").glob("*.json")), ids=lambda path: path.stem)
def test_a_point_file_is_drawn(path):
    found = json.loads(path.read_text())
    model = checkpoint.load(library.resolve(found["model"]))
    assert found["format"] == point_file.FORMAT and found["points"]
    for point in found["points"]:
        z = torch.tensor([point["z"]])
        if "seed" in point:
            usual = latent.fixed(point["index"] + 1, z.shape[1], seed=point["seed"])[-1:]
            np.testing.assert_allclose(z.numpy(), usual.numpy(), atol=1e-5)
        y = torch.tensor([model.classes.index(point["class"])]) if "class" in point else None
        with torch.inference_mode():
            assert model.generator(z, y).isfinite().all()


def test_own_pictures_and_names_of_directions_are_still_there():
    assert data.get("own-two-colours").title.startswith("Two colours")
    dataset = data.load("own-two-colours")
    assert dataset.classes == ("blue", "red") and dataset.images.shape[1:] == (3, 16, 16)
    assert direction_names.load(direction_names.weights_key(runs.find("1").weights_at("last")[1])) == {
        "pca-0": "sleeve length"
    }


# Links


def address(app) -> dict[str, str]:
    return {name: value if isinstance(value, str) else value[0] for name, value in app.query_params.items()}


def shown(app) -> str:
    """All text of a page."""
    kinds = ("title", "subheader", "markdown", "caption", "info", "warning", "error")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))


def values(app) -> dict:
    """What the widgets of a page say, by their labels."""
    kinds = ("selectbox", "multiselect", "number_input", "slider", "select_slider", "toggle", "text_input")
    found = {widget.label: widget.value for kind in kinds for widget in getattr(app, kind)}
    return found | {group.label: group.value for group in app.get("button_group")}


RELABELLED = {
    "Way": "Path",
    "− take away that of": "− subtract the mean of",
    "+ add that of": "+ add the mean of",
    "How far it strays": "How far it goes",
    "Turn its shades over": "Invert its shades",
    "Frames a second": "Frames per second",
    "Pixels across, about": "Width in pixels, about",
}
"""Widgets whose labels have changed since; the links are the same."""


@pytest.mark.slow
@pytest.mark.parametrize("link", LINKS, ids=[link["name"].replace(" ", "-") for link in LINKS])
def test_a_link_opens_and_shows_what_it_says(link, monkeypatch):
    place = urlsplit(link["link"])
    query = dict(parse_qsl(place.query))
    app = opened("app.py" if place.path == "/" else f"pages{place.path}.py", **query)
    assert not app.exception and not app.error and not app.warning and "left out" not in shown(app)
    assert address(app) == {now(name): value for name, value in query.items()}
    told = values(app)
    for label, value in link.get("widgets", {}).items():
        assert told[RELABELLED.get(label, label)] == value, label
    for text in link.get("shows", []):
        assert text in shown(app)
    if "run" in link:
        assert f"**{link['run']}**" in shown(app)
        assert f"--variant {runs.find(link['run']).config().variant}" in app.code[0].value
    if "race" in link:
        assert "**DCGAN** against **LSGAN**" in shown(app)
        addresses = [element.proto.query_string for element in app.get("page_link")]
        assert {f"run={name}" for name in link["race"]} <= {*addresses}
    if "compared" in link:
        assert [*told["Runs"], *told["Models"]] == link["compared"]
    if "model" in link:
        assert told["Model"] == link["model"] and app.title[0].value == "Latent space"
    if "fields" in link:
        in_the_form(link, told)
        monkeypatch.setattr(runs.Run, "start", lambda run: None)
        app.button(key="start-race" if "lanes" in link else "start").click().run()
        assert not app.exception and not app.error
        as_started(link)


def in_the_form(link: dict, told: dict) -> None:
    """The form has every linked value."""
    for field, value in link["fields"].items():
        label = recipe.title(now(field))
        if label in told:  # a race shows only what a lane changes
            typed = ", ".join(map(str, value)) if field == "schedule.sample_epochs" else value
            assert told[label] == typed, field
        else:
            assert "lanes" in link, field
    for number, name in enumerate(link.get("lanes", []), start=1):
        assert told[f"Lane {number}"] == name


def as_started(link: dict) -> None:
    """The new run, or one of the race's, has every linked value."""
    new = race.find("2").runs() if "lanes" in link else runs.list_runs()[:1]
    settings = [config.flatten(run.config()) for run in new]
    assert len(settings) == len(link.get("lanes", [1])) and new[-1].name not in (FINISHED, STOPPED, DCGAN, LSGAN)
    for field, value in link["fields"].items():
        assert value in [one[now(field)] for one in settings], field


def test_the_links_name_every_setting():
    fields = {now(field) for link in LINKS for field in link.get("fields", {})}
    newer = set(config.fields()) - fields
    assert newer <= {"schedule.device"} | NEWER, f"{newer}: a setting that is newer than the links belongs into NEWER"
    assert bundled.names(), "links to bundled models are among them"


NEWER: set[str] = set()
"""Settings that came after the links were made."""
