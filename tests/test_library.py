"""One name for any model: bundled, pulled, imported, a run's, or a file's."""

import json

import numpy as np
import pytest
from toys import TINY, finished

from gan_core import runs
from gan_core.models import bundled, library, store
from gan_core.models.store import Origin
from gan_core.presets import recipe
from gan_core.system.errors import WorkshopError

OLD, NEW = "a" * 40, "b" * 40


@pytest.fixture
def kept(home):
    """Two commits of one repository, and an imported file."""
    weights = bundled.weights("fashion-cgan")
    for commit in (OLD, NEW):
        origin = Origin(kind="pulled", repo="ann/clothes", commit=commit, file="model.safetensors", licence="mit")
        store.add(weights, f"ann/clothes@{commit[:7]}", origin)
    store.add(bundled.weights("digits-dcgan"), "my-digits", Origin(kind="imported", file="netG.pth"))
    return store.folder()


@pytest.fixture
def run(home):
    return finished(runs.create(recipe.build({"variant": "dcgan", **TINY, "data.limit": 50})))


def test_every_kind_has_a_name(kept, run):
    assert library.resolve("fashion-cgan") == bundled.weights("fashion-cgan")
    assert library.resolve("my-digits") == kept / "my-digits" / "model.safetensors"
    assert library.resolve("ann/clothes@aaaaaaa") == kept / "ann--clothes@aaaaaaa" / "model.safetensors"
    assert library.resolve("1") == library.resolve(run.name) == run.weights_at()[1]
    assert library.resolve(str(run.path)) == run.weights_at()[1]
    file = str(run.weights_at()[1])
    assert str(library.resolve(file)) == file and library.resolve_run(file) is None and library.resolve_run("1") == run


def test_a_repository_without_its_commit_is_the_newest(kept, monkeypatch):
    record = kept / "ann--clothes@bbbbbbb" / "record.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"added": "2999-01-01T00:00:00+00:00"}))
    assert library.resolve("ann/clothes") == kept / "ann--clothes@bbbbbbb" / "model.safetensors"


def test_all_can_be_chosen_the_bundled_first(kept, run):
    found = library.titles()
    assert list(found)[: len(bundled.names())] == [model.id for model in bundled.list_all()[0]]
    assert found["my-digits"] == "DCGAN · my-digits, imported"
    assert found["ann/clothes@aaaaaaa"] == "CGAN · ann/clothes@aaaaaaa, pulled"
    assert list(found)[-1] == run.name and found[run.name] == f"{run.name}, a run"


def test_what_is_known_of_each(kept, run):
    pulled = library.get("ann/clothes@aaaaaaa")
    assert (pulled.kind, pulled.dataset, pulled.licence) == ("pulled", "fashion-mnist", "MIT")
    assert pulled.origin == "pulled from ann/clothes, commit aaaaaaa"
    assert library.get("my-digits").origin == "imported from the file netG.pth"
    assert library.get("fashion-cgan").kind == "bundled" and library.get("1").name == run.name
    assert library.samples_path("my-digits") == kept / "my-digits" / "samples.png"
    assert library.samples_path("fashion-cgan") == bundled.samples_path("fashion-cgan")
    with pytest.raises(WorkshopError, match="neither a bundled model"):
        library.samples_path(run.name)


def test_an_unknown_name_is_told_what_there_is(kept):
    with pytest.raises(
        WorkshopError, match=r"no run 'clothes' .*Bundled models: .*fashion-cgan.* imported: .*my-digits"
    ):
        library.resolve("clothes")


@pytest.mark.parametrize(
    "name, what", [("fashion-cgan", "a bundled model"), ("my-digits", "imported"), ("ann/clothes", "pulled")]
)
def test_only_runs_have_several_weights(kept, name, what):
    with pytest.raises(WorkshopError, match=f"{what}; give the run instead"):
        library.resolve(name, at="best")


def test_the_command_line_takes_every_name_and_lists_them(kept, cli, tmp_path):
    drawn = []
    for number, name in enumerate(("ann/clothes", "ann/clothes@aaaaaaa", "fashion-cgan")):
        status, _, err = cli("sample", name, "--count", "4", "--out", tmp_path / f"{number}.npz")
        assert (status, err) == (0, "")
        with np.load(tmp_path / f"{number}.npz") as file:
            drawn.append(file["images"])
    assert (drawn[0] == drawn[2]).all() and (drawn[1] == drawn[2]).all()
    status, out, err = cli("models")
    assert status == 0 and not err and out.count("bundled; samples:") == len(bundled.names())
    assert "28 px, pulled from ann/clothes, commit aaaaaaa; samples:" in out
    rows = {row["id"]: row for row in json.loads(cli("models", "--json")[1])}
    assert rows["my-digits"]["kind"] == "imported" and rows["my-digits"]["origin"]["file"] == "netG.pth"
    assert rows["fashion-cgan"]["kind"] == "bundled" and rows["fashion-cgan"]["command"]
    (kept / "my-digits" / "samples.png").unlink()
    status, out, err = cli("models")
    assert status == 0 and "my-digits" not in out and "samples.png is missing: delete the model" in err
