"""The Latent space page, run by AppTest: every view, every kind of model, and links that lie."""

import pytest
from elsewhere import Example, Rows, saved
from test_data import write_fashion
from test_pages import made, shown
from toys import opened

from gan_core.explore import inversion
from gan_core.explore.points import LatentPoint
from gan_core.models import bundled, store
from gan_core.models.store import Origin
from pages.ui.latent import pointer, selection

pytestmark = pytest.mark.slow
PAGE = "pages/latent.py"
VIEWS = ("samples", "morph", "sheet", "steer", "sums", "explain", "invert", "carry")
PINS = "0.7@7~3.1@9~0.3@3"
ELSEWHERE = {"dcgan": Example(nz=12, size=32, nc=3), "mlp": Rows(16, 32, 784)}


@pytest.fixture(autouse=True)
def _home(home, tmp_path, monkeypatch):
    """With a small Fashion-MNIST, which some of the bundled models have learned from."""
    write_fashion(tmp_path / "data")
    monkeypatch.setenv("GAN_DATA_DIR", str(tmp_path / "data"))
    return home


@pytest.mark.parametrize(
    "link",
    [
        {
            "view": view,
            "model": ("fashion-cgan", "fashion-dcgan", "emoji-r3gan")[number % 3],
            "pins": ("", PINS)[number % 2],
        }
        for number, view in enumerate(VIEWS)
    ],
    ids=lambda link: "-".join(link.values()),
)
def test_every_view_opens_for_every_kind_of_model(link):
    app = opened(PAGE, **link)
    assert not app.exception and not app.error and not app.warning
    assert app.query_params["model"] == link["model"]


@pytest.fixture
def lost(home, tmp_path):
    """A pulled model that has learned from pictures which are not on this machine."""
    from test_card import rewritten

    file = rewritten(tmp_path / "a.safetensors", {"data": {"dataset": "own-cats"}}, {"licence": ""})
    store.add(file, "ann/cats@0123456", Origin(kind="pulled", repo="ann/cats", commit="0123456" + "0" * 33, file="a"))
    return "ann/cats@0123456"


@pytest.mark.parametrize("view", [*VIEWS[::2], "near"])
def test_every_view_opens_for_a_pulled_model_whose_pictures_are_not_here(lost, view):
    app = opened(PAGE, model=lost, view=view, pins=PINS)
    assert not app.exception and not app.error
    assert app.query_params["model"] == lost
    assert "Pulled from ann/cats, commit 0123456" in shown(app) and "licence unknown" in shown(app)
    gone = "The training pictures of this model, own-cats, are not on this machine."
    assert shown(app).count(gone) == (1 if view in ("invert", "near") else 0)


@pytest.mark.parametrize("view", ["steer", "sheet"])
def test_weights_that_go_while_a_slider_is_moved_are_followed_by_others(view, monkeypatch):
    run = made("dcgan")
    app, path = opened(PAGE, model=run.name, view=view), run.weights_at("last")[1]
    kept, drawn = selection.check_weights, []

    def goes(chosen):
        if not drawn:
            path.rename(path.with_name("000001.safetensors"))  # as when a better score takes the place of the best
        drawn.append(chosen.path.name)
        kept(chosen)

    monkeypatch.setattr(selection, "check_weights", goes)
    app.run()
    assert not app.exception and drawn == [path.name, "000001.safetensors"]


@pytest.mark.parametrize("view", [*VIEWS[1::2], "near"])
def test_every_view_opens_for_an_imported_model(view, home):
    store.add(bundled.weights("digits-dcgan"), "my-digits", Origin(kind="imported", file="netG.pth"))
    app = opened(PAGE, model="my-digits", view=view, beside="fashion-cgan")
    assert not app.exception and not app.error and not app.warning
    assert "Imported from the file netG.pth. It was trained on digits; licence" in shown(app)


@pytest.mark.parametrize(
    ("view", "network"),
    [
        *((view, "dcgan" if number % 2 else "mlp") for number, view in enumerate(VIEWS)),
        *(("near", network) for network in ELSEWHERE),
    ],
)
def test_every_view_opens_for_a_generator_from_elsewhere(view, network, home, tmp_path):
    path = saved(tmp_path / "netG.pth", ELSEWHERE[network].state_dict())
    store.add(path, "net-g", Origin(kind="imported", file="netG.pth"))
    app = opened(PAGE, model="net-g", view=view, pins="0.1~0.2~0.3")
    assert not app.exception and not app.error
    assert "It was trained on an unknown data set; licence unknown" in shown(app)
    gone = "It is not known which pictures this model was trained on."
    assert shown(app).count(gone) == (1 if view in ("invert", "near") else 0)


def test_a_kept_model_draws_what_its_original_draws(lost):
    both = [opened(PAGE, model=name, view="explain") for name in (lost, "fashion-cgan")]
    said = [next(m.value for m in app.markdown if "discriminator says" in m.value) for app in both]
    assert said[0] == said[1]
    code = opened(PAGE, model=lost, view="carry").code[0].value
    assert "checkpoint.load(Path(" in code and "ann--cats@0123456" in code


def test_a_run_can_be_looked_at_at_any_kept_step():
    run = made("cgan", **{"network.z_distribution": "uniform", "regularization.ema": 0.9})
    app = opened(PAGE, model=run.name, view="morph", at="3", g="raw", **{"class": "2"})
    assert not app.exception and not app.error
    assert "Linear" in shown(app) or "Linear" in str(app.main)
    assert app.query_params["g"] == "raw" and app.query_params["at"] == "3"


def test_the_training_pictures_nearest_to_the_pins():
    run = made("dcgan")
    app = opened(PAGE, model=run.name, view="near", pins="0.1")
    assert not app.exception and "50 training pictures" in shown(app)


@pytest.mark.parametrize(
    "link, said",
    [
        ({"model": "no-such"}, "The link names a model that is not here: no-such."),
        ({"pins": "<script>"}, "The link's pins are left out."),
        ({"pins": "~".join(["0.1"] * 9)}, "9 were given; allowed: 8 at most"),
        ({"pins": str(LatentPoint.from_z([1.0, 2.0]))}, "it is for a model with another size of z"),
        ({"view": "steer", "move": "pca-0:1e99,pca-x:1,foo,pca-1:nan,sefa-0:2"}, ""),
        ({"view": "sheet", "at_x": "7", "at_y": "-1"}, ""),
        ({"view": "none", "class": "77", "seed": "-4", "how": "round", "far": "abc"}, ""),
        ({"view": "sums", "a": "Z", "b": "", "pins": PINS}, ""),
    ],
)
def test_links_that_lie_do_no_harm(link, said):
    app = opened(PAGE, **{"model": "fashion-cgan"} | link)
    assert not app.exception and not app.error
    assert said in shown(app)


def test_a_damaged_model_is_said(tmp_path, monkeypatch):
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    for path in bundled.folder().glob("digits-cgan.*"):
        (folder / path.name).write_bytes(path.read_bytes())
    monkeypatch.setenv("GAN_MODELS", str(folder))
    weights = folder / "digits-cgan.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4])
    app = opened(PAGE, model="digits-cgan")
    assert not app.exception and "SHA-256 differs" in shown(app)


def test_what_the_browser_tells_is_taken_with_care(monkeypatch):
    import streamlit as st

    told = {"form": "a", "serial": 5, "rest": False, "values": {"x": 0.5, "y": "nonsense", "z": None}}
    monkeypatch.setattr(st, "session_state", {"key": {"pointer": told}})
    state = pointer.pointer_state("key", "a", {})
    assert state.values == {"x": 0.5} and not state.rest and state.serial == 5
    first = {"x": 1.0}
    for key, form in (("key", "another form"), ("nothing", "a")):
        assert pointer.pointer_state(key, form, first) == pointer.PointerState(key, form, first)


def test_a_real_picture_is_found_again_and_can_be_pinned(monkeypatch):
    monkeypatch.setattr(inversion, "ROUNDS", ((4, 30), (1, 60)))
    monkeypatch.setattr(inversion, "POOL", 250)
    run = made("cgan", **{"network.z_dim": 4})
    app = opened(PAGE, model=run.name, view="invert")
    next(button for button in app.button if button.label == "Find its z").click().run(timeout=60)
    assert not app.exception and not app.error
    assert "Distance **0." in shown(app)
    next(button for button in app.button if button.label == "Pin it, to edit it").click().run()
    assert not app.exception and app.query_params["pins"].startswith("z")
    assert "It is pinned" in shown(app)


def test_the_address_says_all_that_is_needed_to_draw_it_again():
    app = opened(PAGE, model="fashion-cgan", view="carry", pins="3.4@9", far="1.5")
    code = app.code[0].value
    assert "torch.tensor([[" in code, "with truncation the numbers of z are given, not their seed"
    assert (
        "latent.fixed(5, network.z_dim, seed=3"
        in opened(PAGE, model="fashion-cgan", view="carry", pins="3.4@9").code[0].value
    )
