"""The Compare page by AppTest."""

import json
from pathlib import Path

import numpy as np
import pytest
import safetensors
import safetensors.torch
from elsewhere import Example, saved
from streamlit.testing.v1 import AppTest
from test_compare import made, report

from gan_core.evaluation import score_process
from gan_core.models import bundled, store
from gan_core.models.store import Origin
from gan_core.runs import scores
from gan_core.system.errors import WorkshopError
from pages.ui.comparison import selection
from pages.ui.live import film
from pages.ui.shell import messages

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _home(home):
    return home


def opened(chosen, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.switch_page("pages/compare.py")
    for name, value in {"runs": ",".join(run.name for run in chosen), **query}.items():
        app.query_params[name] = value
    return app.run()


def text(app: AppTest) -> str:
    kinds = ("markdown", "caption", "info", "warning", "error")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))


def address(app: AppTest) -> dict[str, str]:
    return {name: values[0] if isinstance(values, list) else values for name, values in app.query_params.items()}


def test_everything_chosen_is_in_the_address_and_comes_back_from_it():
    both = [made(), made("wgan_gp")]
    link = {"mode": "difference", "ref": both[1].name, "weights": "step", "x": "images", "charts": "grad,d/penalty"}
    link |= {"step": "2", "sample": "7", "smooth": "0.5"}
    app = opened(both, **link)
    assert not app.exception
    names = ",".join(run.name for run in both)
    assert address(app) == {"runs": names, **link}
    assert "Sample 8 of 60" in text(app) and "Parts of D's loss: penalty" in str(
        app.multiselect(key="compare-charts").options
    )
    judged = app.table[0].value
    for run, judge in zip(both, judged["D of"], strict=True):
        assert judge == f"{messages.short_name(run.name)}, step {min(run.weights(), key=lambda at: (abs(at - 2), at))}"
    assert "real, above" in judged[messages.short_name(both[0].name)][0] and str(judged["real"][1]).startswith("score ")
    next(button for button in app.button if button.label == "Next").click().run()
    assert address(app)["sample"] == "8" and "Sample 9 of 60" in text(app)
    next(button for button in app.button if button.label == "Close").click().run()
    assert "sample" not in address(app) and "Sample 9" not in text(app)
    app.multiselect(key="compare-charts").set_value([]).run()
    assert address(app)["charts"] == "none" and not app.exception


def test_what_an_address_cannot_mean_is_left_out():
    run = made()
    app = opened([run], mode="upside-down", ref="nobody", weights="first", x="parsecs", charts="gone,loss", sample="60")
    assert not app.exception
    assert address(app) == {"runs": run.name, "sample": "60", "charts": "loss"}
    assert "Sample" not in "".join(str(element.value) for element in app.markdown)


def test_the_tournament_is_played_on_demand_and_kept(home, monkeypatch):
    from pages.ui.comparison import tournament

    monkeypatch.setattr(tournament, "COUNT", 20)
    both = [made(), made("wgan_gp")]
    app = opened(both)
    assert "Every D judges 20 pictures of every G" in text(app)
    app.button(key="play").click().run()
    assert not app.exception
    assert "A row is a discriminator." in text(app) and "A critic's score has no zero" in text(app)
    assert f"20 pictures of each generator and 20 real test pictures; {both[0].name[:5]} at step 3" in text(app)
    (kept,) = (home / "tournaments").glob("*.json")
    shares = json.loads(kept.read_text())
    assert shares["names"] == [run.name for run in both] and np.shape(shares["fake"]) == (2, 2)
    assert not [button for button in opened(both).button if button.key == "play"]  # it comes back from the disk


def test_runs_of_other_pictures_do_not_play():
    app = opened([made(), made(**{"data.dataset": "digits"})])
    assert not app.exception
    assert "a tournament needs runs of the same data set, classes and size" in text(app)


def test_an_old_run_without_weights_says_so_in_one_sentence():
    run = made()
    for path in run.weights().values():
        path.unlink()
    app = opened([run], sample="0")
    assert not app.exception
    assert f"{run.name} has kept no weights yet, so its discriminator cannot be shown." in text(app)


def test_kept_scores_are_shown():
    run = made()
    scores.save(report(run.name, 3.0), run.scores_path)
    app = opened([run])
    assert not app.exception and "3 (2.9 to 3.1)" in str(app.table[0].value) and "extractor x" in text(app)


# Models


def kept(name="ann/clothes@0123456", source="digits-cgan") -> str:
    """A model as it is after it was pulled."""
    origin = Origin(kind="pulled", repo="ann/clothes", commit="0123456" + "0" * 33, file="model.safetensors")
    store.add(bundled.weights(source), name, origin)
    return name


def unpacked(content: bytes) -> tuple[dict, list[bytes]]:
    """What a film was sent: its head, and its pictures."""
    size = int.from_bytes(content[:4], "little")
    header, rest, found = json.loads(content[4 : 4 + size]), content[4 + size :], []
    for _, _, length in header["pictures"]:
        found.append(rest[:length])
        rest = rest[length:]
    return header, found


@pytest.fixture
def sent(monkeypatch) -> list[bytes]:
    """What the film is given."""
    found = []
    monkeypatch.setattr(film, "_film", lambda data, **_: found.append(data))
    return found


@pytest.mark.parametrize("mode", ["side", "flicker", "difference"])
def test_a_model_stands_beside_a_run_as_a_still_one(mode, sent):
    run, name = made(**{"data.dataset": "digits"}), kept()
    app = opened([run], models=f"digits-dcgan,{name}", mode=mode, ref="digits-dcgan")
    assert not app.exception and not app.error and not app.warning
    link = {"runs": run.name, "models": f"digits-dcgan,{name}", "ref": "digits-dcgan"}
    assert address(app) == link | ({"mode": mode} if mode != "side" else {})
    header, pngs = unpacked(sent[-1])
    assert [film["id"] for film in header["films"]] == [run.name, "digits-dcgan", name, "real"]
    assert [film.get("still", False) for film in header["films"]] == [False, True, True, True]
    assert [film.get("apart", False) for film in header["films"]] == [False, False, False, True]
    assert header["steps"] == sorted(run.samples()) and header["films"][1]["steps"] == [0]
    assert (header["mode"], header["reference"]) == (mode, "digits-dcgan")
    drawn = {film: png for (film, _, _), png in zip(header["pictures"], pngs, strict=True)}
    assert drawn["digits-dcgan"] == bundled.samples_path("digits-dcgan").read_bytes()
    assert drawn[name] == store.samples_path(name).read_bytes()
    assert "has another size" not in text(app) and "Settings" in text(app)


def test_two_models_need_no_run(sent, monkeypatch):
    app = opened([], models="digits-cgan,digits-dcgan", sample="3")
    assert not app.exception and not app.error and not app.warning
    header, pngs = unpacked(sent[-1])
    assert header["steps"] == [0] and len(pngs) == 3
    assert "Curves" not in text(app) and "Summary" not in text(app)
    assert "Sample 4 of 60" in text(app)
    judged, scored = app.table[0].value, app.table[1].value
    assert list(judged["D of"]) == [
        f"{name}, step {bundled.get(name).step:,}" for name in ("digits-cgan", "digits-dcgan")
    ]
    assert list(scored.columns) == ["Score", "digits-cgan", "digits-dcgan"]
    frechet = scored[scored["Score"] == "Fréchet distance (digits-cnn)"].iloc[0]
    assert frechet["digits-cgan"].startswith(
        f"{bundled.get('digits-cgan').report.scores['frechet'].value:.3g} ("
    ) and "10,000 pictures (EMA weights" in text(app)
    assert not [button for button in app.button if button.key == "score"]
    assert "Every D judges" in text(app)
    settings = app.dataframe[-1].value
    assert "Variant" in set(settings["Setting"])


def test_a_model_is_scored_like_a_run_where_their_scores_cannot_be_compared():
    run = made(**{"data.dataset": "digits"})
    scores.save(report(run.name, 5.0, step=3), run.scores_path)
    app = opened([run], models="digits-dcgan")
    assert not app.exception
    assert "These scores cannot be compared" in "".join(str(w.value) for w in app.warning)
    assert "Not scored yet: digits-dcgan." in text(app)
    folder = scores.model_folder(bundled.get("digits-dcgan").sha256)
    scores.save(report("x", 4.0), folder)
    app = opened([run], models="digits-dcgan")
    assert not app.warning and "Not scored yet" not in text(app)
    row = app.table[0].value.iloc[0]
    assert (row[run.name], row["digits-dcgan"]) == ("5 (4.9 to 5.1)", "4 (3.9 to 4.1), better")


def test_models_play_the_tournament_where_they_have_a_discriminator(monkeypatch, tmp_path):
    from pages.ui.comparison import tournament

    monkeypatch.setattr(tournament, "COUNT", 20)
    with safetensors.safe_open(bundled.weights("digits-dcgan"), framework="pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys() if key.startswith("ema.")}  # noqa: SIM118
        head = file.metadata()
    (tmp_path / "a.safetensors").write_bytes(safetensors.torch.save(tensors, head))
    store.add(tmp_path / "a.safetensors", "no-d", Origin(kind="imported", file="a.safetensors"))
    app = opened([], models="digits-cgan,digits-dcgan,no-d", sample="1")
    assert "no-d has no discriminator in its file, so it cannot play." in text(app)
    assert "The file of no-d contains no discriminator." in text(app)
    app.button(key="play").click().run()
    assert not app.exception
    assert "digits-cgan at step" in text(app) and "20 pictures of each generator" in text(app)


def test_a_model_whose_pictures_are_not_here_says_so_in_one_sentence_each(tmp_path):
    from test_card import rewritten

    file = rewritten(tmp_path / "a.safetensors", {"data": {"dataset": "own-cats"}})
    store.add(file, "cats", Origin(kind="imported", file="a.safetensors"))
    app = opened([], models="cats,digits-dcgan", sample="0")
    assert not app.exception and not app.error
    gone = "The training pictures of this model, own-cats, are not on this machine."
    for said in (
        f"No real pictures are shown. {gone}",
        f"No real picture is beside them. {gone}",
        f"The discriminator of cats cannot be shown. {gone}",
        f"cats: {gone}",
        f"cats cannot be scored. {gone}",
        "learned from other pictures than",
    ):
        assert said in text(app), said


def test_a_generator_from_elsewhere_stands_beside_a_model_and_claims_nothing(tmp_path):
    path = saved(tmp_path / "netG.pth", Example(nz=12, size=28).state_dict())
    store.add(path, "net-g", Origin(kind="imported", file="netG.pth"))
    app = opened([], models="net-g,digits-dcgan", sample="2")
    assert not app.exception and not app.error
    for said in (
        "net-g was trained by another program; its settings are not known.",
        "The file of net-g contains no discriminator.",
        "net-g has no discriminator in its file, so it cannot play.",
        "net-g cannot be scored. It is not known which pictures this model was trained on.",
        "No real pictures are shown. It is not known which pictures this model was trained on.",
    ):
        assert said in text(app), said
    assert list(app.dataframe[-1].value.columns) == ["", "Setting", "digits-dcgan"]
    assert "no run to compare yet" not in text(app) and "no run to compare yet" in text(opened([]))


def test_links_to_models_that_are_not_here_and_too_many():
    app = opened([made()], models="gone,fashion-r3gan,fashion-dcgan,fashion-cgan,fashion-wgan")
    assert not app.exception
    assert "The link names models that are not here: gone." in text(app)
    assert "At most 4 can be compared side by side; left out: fashion-wgan." in text(app)


def test_a_bundled_card_on_home_leads_to_both_pages():
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    links = [(link.proto.page, link.proto.query_string) for link in app.get("page_link")]
    assert any("latent" in page and query == "model=fashion-r3gan" for page, query in links)
    assert any("compare" in page and query == "models=fashion-r3gan" for page, query in links)


def test_scoring_in_a_process_of_its_own_keeps_the_reports(home):
    run = made(**{"data.dataset": "digits"})  # whose real pictures are seen sooner than those of others
    model = selection.model_item("digits-dcgan")
    assert model.weights is not None
    wanted = [
        score_process.ScoreJob(run.name, run.weights()[3], run.path / "scores"),
        score_process.ScoreJob(model.name, model.weights, model.scores_folder),
    ]
    work = score_process.score(wanted, count=60)
    told = []
    while True:
        try:
            told.append(next(work))
        except StopIteration as end:
            reports = end.value
            break
    assert told[0].name == run.name and (told[0].done, told[0].total, told[0].left) == (0, 2, None)
    assert {at.name for at in told} == {run.name, "digits-dcgan"}
    assert [(one.subject, one.protocol.count) for one in reports] == [(run.name, 60), ("digits-dcgan", 60)]
    assert scores.at_step(run, 3) == reports[0]
    # a model's are kept by its content, beside those it came with
    assert [found.protocol.count for found in model.reports(model.weights)] == [60, 10_000]
    assert str(model.scores_folder).startswith(str(home))
    with pytest.raises(WorkshopError, match=f"{run.name}: .*cannot be read"):
        list(
            score_process.score([score_process.ScoreJob(run.name, run.path / "none.safetensors", run.path / "scores")])
        )
