"""The Checkpoints page, run by AppTest: what is here, what is deleted, imported, damaged, and the Hub switched off."""

import pytest
import torch
from test_card import rewritten
from test_pages import made, shown
from toys import opened

from gan_core.models import bundled, store
from gan_core.models.store import Origin
from pages.ui.shell import messages, visitor

pytestmark = pytest.mark.slow

PAGE = "pages/checkpoints.py"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
PULLED = Origin(kind="pulled", repo="ann/clothes", commit=COMMIT, file="model.safetensors", licence="mit")


@pytest.fixture(autouse=True)
def _home(home):
    return home


def pulled() -> str:
    return store.add(bundled.weights("fashion-acgan"), "ann/clothes@0123456", PULLED).id


def titles(app) -> list[str]:
    """The cards on the page."""
    return [text.value.strip("*") for text in app.markdown if text.value.startswith("**")]


def test_all_kinds_of_models_stand_side_by_side():
    name, run = pulled(), made()
    store.add(bundled.weights("digits-cgan"), "mine", Origin(kind="imported", file="mine.safetensors"))
    found = " ".join(titles(opened(PAGE, kind="all", filter="")))
    assert all(word in found for word in (name, "mine ·", "fashion-r3gan"))
    assert [title.partition(" ")[0] for title in titles(opened(PAGE, kind="runs"))] == [run.name]
    assert [title.partition(" ")[0] for title in titles(opened(PAGE, kind="pulled"))] == [name]
    assert {title.partition(" ")[0] for title in titles(opened(PAGE, filter="digits dcgan"))} == {"digits-dcgan"}


def test_what_was_pulled_says_where_from_and_goes_again():
    name = pulled()
    app = opened(PAGE, kind="pulled")
    assert "Pulled from ann/clothes at 0123456" in shown(app)
    label = f"Delete ({messages.file_size(store.size_on_disk(name))})"
    assert label in [block.proto.popover.label for block in app.get("popover")]
    app.button(key=f"delete-now-{name}").click().run()
    assert store.names() == [] and "No model here matches" in shown(app)


def test_a_damaged_one_is_said_and_can_be_deleted():
    name = pulled()
    store.samples_path(name).unlink()
    app = opened(PAGE)
    assert "samples.png is missing" in app.warning[0].value
    app.button(key=f"delete-now-{name}").click().run()
    assert not app.exception and not app.warning and store.names() == []


def test_a_sound_one_is_not_taken_for_a_damaged_one_by_its_name():
    store.add(bundled.weights("digits-cgan"), "folder", Origin(kind="imported", file="a.safetensors"))
    store.samples_path(pulled()).unlink()  # its sentence has the word "folder" in it
    app = opened(PAGE)
    assert not app.exception
    assert len([button for button in app.button if button.key == "delete-now-folder"]) == 1


def test_the_hub_switched_off_is_said(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    app = opened(PAGE, view="hub")
    assert not app.exception and "switched off" in app.info[0].value


def test_the_model_card_opens():
    app = opened(PAGE, filter="fashion-cgan")
    app.button(key="card-fashion-cgan").click().run()
    assert not app.exception and not app.error
    assert any("## How to use it" in text.value for text in app.markdown)
    assert "library_name: gan-workshop" in app.code[0].value


def test_a_foreign_file_is_imported_from_the_page(tmp_path):
    path = tmp_path / "my_net.pth"
    layers = {"0": torch.nn.Linear(16, 32), "2": torch.nn.Linear(32, 784)}
    torch.save(torch.nn.ModuleDict(layers).state_dict(), path)
    app = opened(PAGE, kind="bundled")
    app.file_uploader(key="import-file").upload(path.name, path.read_bytes(), "application/octet-stream").run()
    app.button(key="import").click().run()
    assert not app.exception and not app.error
    kept = store.get("my-net")
    assert (kept.size, kept.z_dim, kept.origin.file) == (28, 16, "my_net.pth")
    assert titles(app) == [f"my-net · {kept.title}"]

    app.text_input(key="import-name").set_value("my-net").run()
    app.button(key="import").click().run()
    assert app.error[0].value.startswith("Name: my-net is taken")
    app.text_input(key="import-name").set_value("fashion-r3gan").run()
    app.button(key="import").click().run()
    assert "that is a bundled model" in app.error[0].value and store.names() == ["my-net"]


def test_a_file_that_is_no_model_is_refused_by_its_own_name(tmp_path):
    app = opened(PAGE)
    app.file_uploader(key="import-file").upload("holiday.pth", b"not weights", "application/octet-stream").run()
    app.button(key="import").click().run()
    assert not app.exception and "holiday.pth" in app.error[0].value and "/tmp" not in app.error[0].value
    assert store.names() == []


def test_without_runs_there_is_nothing_to_publish():
    assert "nothing to publish" in opened(PAGE, view="publish").info[0].value


def test_the_card_of_a_run_is_shown_before_it_is_published(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    run = made()
    app = opened(PAGE, view="publish", subject=run.name)
    assert not app.exception and not app.error
    assert "gan-workshop" in app.code[0].value
    assert app.button(key="push").disabled


def test_a_link_to_another_view_of_the_same_page_is_followed(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    first, second = made(), made("lsgan")
    app = opened(PAGE)
    for name in (second.name, first.name):  # as the links on the cards do
        app.query_params["view"], app.query_params["subject"] = "publish", name
        app.run()
        assert not app.exception and app.selectbox(key="subject").value == name
        assert app.text_input(key=f"push-repo/{name}").placeholder == f"your-name/{name.partition('-')[2]}"
    app.selectbox(key="subject").set_value(second.name).run()
    assert (
        app.query_params.get("subject", second.name) == second.name and app.selectbox(key="subject").value != first.name
    )
    app.query_params["view"] = ""  # Back
    app.run()
    assert "fashion-r3gan" in " ".join(titles(app))


def test_a_strangers_words_are_shown_as_they_are(tmp_path):
    file = rewritten(tmp_path / "a.safetensors", {}, {"licence": "[log in](https://evil)"})
    name = store.add(file, "mine", Origin(kind="imported", file="a.pth")).id
    assert "evil" in store.get(name).licence
    assert "](https://evil)" not in shown(opened(PAGE, kind="imported"))
    app = opened("pages/latent.py", model="[log in](https://evil)")
    assert "evil" in app.warning[0].value and "](https://evil)" not in app.warning[0].value


def test_visitors_of_a_shared_instance_neither_delete_nor_fill_it(monkeypatch, tmp_path):
    monkeypatch.setenv("GAN_PUBLIC", "1")
    monkeypatch.setattr(visitor, "MAX_KEPT_MODELS", 1)
    name = pulled()
    app = opened(PAGE, kind="pulled")
    assert not app.exception and not any(button.key == f"delete-now-{name}" for button in app.button)
    content = bundled.weights("fashion-cgan").read_bytes()
    app.file_uploader(key="import-file").upload("mine.safetensors", content, "application/octet-stream").run()
    app.button(key="import").click().run()
    assert "keeps 1 pulled or imported models at most" in app.error[0].value
    assert store.names() == [name]
