"""Publishing against a Hub on this machine: what is sent, what is refused before, and that it comes back the same."""

import json

import pytest

from gan_core import hub as ours
from gan_core.hub import HubError
from gan_core.models import bundled, checkpoint, store
from gan_core.system.errors import WorkshopError

pytestmark = pytest.mark.slow

TOKEN = "hf_annsecretannsecretannsecret"


@pytest.fixture
def ann(hub):
    return hub.user("ann", TOKEN, orgs=("atelier",))


@pytest.fixture
def folder(tmp_path):
    """What a repository of ours holds."""
    made = tmp_path / "to publish"
    made.mkdir()
    (made / "README.md").write_text("---\nlicense: mit\ntags: [gan-workshop, acgan, fashion-mnist]\n---\n# Clothes\n")
    (made / "model.safetensors").write_bytes(bundled.weights("fashion-acgan").read_bytes())
    (made / "samples.png").write_bytes(bundled.samples_path("fashion-acgan").read_bytes())
    (made / "config.json").write_text(json.dumps({"variant": "acgan"}))
    return made


def refused(call, *arguments, **options):
    with pytest.raises(WorkshopError) as told:
        call(*arguments, **options)
    assert "\n" not in str(told.value) and TOKEN not in str(told.value)
    return getattr(told.value, "kind", ""), str(told.value)


@pytest.mark.parametrize("large", [False, True])
def test_pushed_found_and_pulled_back_it_draws_the_same_pixels(hub, ann, folder, large):
    hub.large = large
    told = []
    pushed = ours.push(folder, "ann/clothes", private=False, token=ann, on_progress=lambda *at: told.append(at))
    assert pushed.url == f"{hub.url}/ann/clothes" and pushed.commit == hub.repos["ann/clothes"].commits[-1][0]
    assert {path.name: path.read_bytes() for path in folder.iterdir()}.items() <= hub.repos["ann/clothes"].head.items()
    assert len(hub.requests("PUT /upload/")) == large
    total = sum(path.stat().st_size for path in folder.iterdir())
    assert told[0] == (0, total) and told[-1] == (total, total) and told == sorted(told)
    assert len({done for done, _ in told}) > 20  # byte by byte, not file by file
    (found,) = ours.search(author="ann")
    assert (found.repo, found.variant, found.dataset) == ("ann/clothes", "acgan", "fashion-mnist")
    kept = ours.pull(found.repo)
    assert kept.origin.commit == pushed.commit
    before, after = checkpoint.load(bundled.weights("fashion-acgan")), checkpoint.load(store.weights(kept.id))
    assert (before.sample(30, seed=1)[0] == after.sample(30, seed=1)[0]).all()


def test_a_private_one_is_private_and_an_organisation_will_do(hub, ann, folder):
    ours.push(folder, "atelier/clothes", private=True, token=ann)
    assert hub.repos["atelier/clothes"].private and ours.search() == []


def test_one_of_ours_is_updated_and_nothing_new_makes_no_commit(hub, ann, folder):
    first = ours.push(folder, "ann/clothes", private=False, token=ann)
    assert ours.push(folder, "ann/clothes", private=False, token=ann).commit == first.commit
    (folder / "config.json").write_text("{}")
    second = ours.push(folder, "ann/clothes", private=False, token=ann)
    assert second.commit != first.commit and hub.repos["ann/clothes"].head["config.json"] == b"{}"
    assert len(hub.repos["ann/clothes"].commits) == 3


def test_what_is_there_and_not_like_that_is_left_alone(hub, ann, folder):
    hub.add("ann/thesis", {"model.safetensors": b"years of work"})
    assert "no model of ours" in refused(ours.push, folder, "ann/thesis", private=False, token=ann)[1]
    others = ("model-00001-of-00002.safetensors", "tf_model.h5", "net.gguf", "config.json", "data/a.csv")
    for number, file in enumerate(others):  # what `pull` would not take is somebody's work as well
        hub.add(f"ann/work{number}", {".gitattributes": b"", "README.md": b"mine", file: b"years of work"})
        assert "no model of ours" in refused(ours.push, folder, f"ann/work{number}", private=False, token=ann)[1], file
    hub.add("ann/open", {"README.md": b""})
    assert "exists already and is public" in refused(ours.push, folder, "ann/open", private=True, token=ann)[1]
    hub.add("ann/hidden", {"README.md": b""}, private=True)
    assert "exists already and is private" in refused(ours.push, folder, "ann/hidden", private=False, token=ann)[1]
    assert all(len(repo.commits) == 1 for repo in hub.repos.values())


def test_an_empty_one_made_on_the_page_will_do(hub, ann, folder):
    hub.add("ann/new", {".gitattributes": b"", "README.md": b"---\nlicense: mit\n---\n"})
    ours.push(folder, "ann/new", private=False, token=ann)
    assert "model.safetensors" in hub.repos["ann/new"].head


def test_what_is_refused_before_anything_is_sent(hub, ann, folder, tmp_path):
    for name in ("clothes", "ann/..", "ann/a--b", "ann/clothes.git"):
        assert "repository: " in refused(ours.push, folder, name, private=False, token=ann)[1]
    assert refused(ours.push, folder, "ann/clothes", private=False)[0] == "login"
    assert "has no model.safetensors" in refused(ours.push, tmp_path, "ann/clothes", private=False, token=ann)[1]
    assert "but is no folder" in refused(ours.push, tmp_path / "x", "ann/clothes", private=False, token=ann)[1]
    assert hub.seen == []


def test_whose_the_token_is_is_told_before_anything_is_made(hub, ann, folder):
    kind, sentence = refused(ours.push, folder, "bob/clothes", private=False, token=ann)
    assert kind == "login" and sentence.endswith("but the token may only publish under ann/…, atelier/….")
    reader = hub.user("ann", "hf_reader", role="read")
    assert "may only read" in refused(ours.push, folder, "ann/clothes", private=False, token=reader)[1]
    assert refused(ours.push, folder, "ann/clothes", private=False, token="hf_unknown")[0] == "login"
    assert hub.repos == {}


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("status", [429, 500])
def test_a_hub_in_trouble_is_asked_again(hub, ann, folder, status, large):
    hub.large = large
    for where in ("whoami", "create", "/commit/"):
        hub.fail(where, status=status, headers={"Retry-After": "0"})
    pushed = ours.push(folder, "ann/clothes", private=False, token=ann)
    assert len(hub.repos["ann/clothes"].commits) == 2
    assert pushed.commit == hub.repos["ann/clothes"].commits[-1][0]


def test_a_hub_that_stays_in_trouble_is_said(hub, ann, folder):
    hub.fail("/commit/", status=503, times=None)
    assert refused(ours.push, folder, "ann/clothes", private=False, token=ann)[0] == "server"
    hub.faults.clear()
    hub.fail("POST", status=403, times=None)
    assert refused(ours.push, folder, "ann/clothes", private=False, token=ann)[0] == "login"


def test_a_large_file_that_cannot_be_uploaded_is_said(hub, ann, folder):
    hub.large = True
    hub.fail("PUT /upload/", status=403, times=None)
    kind, sentence = refused(ours.push, folder, "ann/clothes", private=False, token=ann)
    assert kind == "login" and "Error while uploading" not in sentence


def test_a_card_that_the_hub_refuses_is_said(hub, ann, folder):
    (folder / "README.md").write_text("---\ntags: [a\n---\n")
    kind, sentence = refused(ours.push, folder, "ann/clothes", private=False, token=ann)
    assert kind == "format" and "Invalid metadata in README.md" in sentence


def test_offline_nothing_is_published(hub, ann, folder, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert refused(ours.push, folder, "ann/clothes", private=False, token=ann)[0] == "offline"


def test_the_command_publishes_a_folder(hub, ann, folder, cli, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", ann)
    status, out, err = cli("push", folder, "ann/clothes", "--private")
    assert (status, out.strip()) == (0, f"{hub.url}/ann/clothes") and TOKEN not in err
    assert hub.repos["ann/clothes"].private
    for option, value in (("--licence", "mit"), ("--at", "best")):
        status, _, err = cli("push", folder, "ann/clothes", option, value)
        assert status == 2 and f"error: {option}: '{value}' was given, but " in err and "goes as it is" in err
    assert len(hub.repos["ann/clothes"].commits) == 2
    monkeypatch.delenv("HF_TOKEN")
    status, out, err = cli("push", folder, "ann/clothes")
    assert (status, out) == (2, "") and "error: Publishing needs a token" in err


def test_the_command_makes_the_card_of_a_model(hub, ann, cli, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", ann)
    assert cli("push", "fashion-cgan", "ann/trousers")[0] == 0
    head = hub.repos["ann/trousers"].head
    assert {"README.md", "model.safetensors", "samples.png", "config.json"} <= set(head)
    assert head["model.safetensors"] == bundled.weights("fashion-cgan").read_bytes()
    (found,) = ours.search("trousers")
    assert (found.variant, found.dataset, found.licence) == ("cgan", "fashion-mnist", "mit")
    assert ours.preview(found) is not None
    assert ours.pull(found.repo).variant == "cgan"
    status, _, err = cli("push", "no-such-model", "ann/x")
    assert status == 2 and "no-such-model" in err


def test_a_hub_error_is_a_workshop_error_of_a_kind():
    assert issubclass(HubError, WorkshopError)
