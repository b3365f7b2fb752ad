"""Models kept on this machine: added whole or not at all, listed, deleted."""

import json
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_core.data import sample_grid
from gan_core.models import bundled, checkpoint, store
from gan_core.models.store import Origin
from gan_core.system.errors import WorkshopError

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PULLED = Origin(kind="pulled", repo="ann/clothes", commit=COMMIT, file="model.safetensors")


@pytest.fixture(scope="module")
def weights():
    return bundled.weights("fashion-acgan")


def test_a_model_is_added_with_its_record_and_its_samples(home, weights):
    kept = store.add(weights, "ann/clothes@0123456", PULLED)
    assert store.names() == ["ann/clothes@0123456"]
    assert store.get(kept.id) == kept
    assert (kept.variant, kept.size, kept.channels, len(kept.classes)) == ("acgan", 28, 1, 10)
    assert "Zalando" in kept.licence or "MIT" in kept.licence
    assert store.weights(kept.id).read_bytes() == weights.read_bytes()
    sheet = sample_grid.read(store.samples_path(kept.id).read_bytes())
    assert (sheet == checkpoint.load(weights).draw_sample_grid()).all()
    assert store.size_on_disk(kept.id) > kept.bytes


def test_a_name_taken_again_is_replaced_and_a_deleted_one_is_gone(home, weights):
    store.add(weights, "clothes", Origin(kind="imported", file="a.safetensors"))
    store.add(bundled.weights("digits-cgan"), "clothes", Origin(kind="imported", file="b.safetensors"))
    assert [kept.origin.file for kept in store.list_all()[0]] == ["b.safetensors"]
    store.delete("clothes")
    assert store.list_all() == ([], [])
    assert [path.name for path in store.folder().iterdir()] == [".lock"]
    with pytest.raises(WorkshopError, match="Unknown model 'clothes'"):
        store.delete("clothes")


def test_what_is_no_model_leaves_nothing(home, tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"not a model")
    with pytest.raises(WorkshopError, match="safetensors"):
        store.add(path, "clothes", Origin(kind="imported", file="a.safetensors"))
    assert store.names() == []
    assert list(store.folder().iterdir()) == []


def test_a_file_knows_its_model_and_no_other_name_does(home, weights, tmp_path):
    name = store.add(weights, "ann/clothes@0123456", PULLED).id
    assert store.id_of(store.weights(name)) == name
    assert store.id_of(store.samples_path(name)) is None and store.id_of(tmp_path / "model.safetensors") is None
    for other in ("ann--clothes@0123456", "..", ".lock", "../models/ann--clothes@0123456"):
        with pytest.raises(WorkshopError, match="Unknown model"):
            store.get(other)


@pytest.mark.parametrize("break_it", ["sheet", "record", "other"])
def test_a_damaged_one_is_said_and_the_others_stay(home, weights, break_it):
    store.add(weights, "whole", Origin(kind="imported", file="a.safetensors"))
    store.add(weights, "broken", Origin(kind="imported", file="a.safetensors"))
    place = store.folder() / "broken"
    if break_it == "sheet":
        (place / "samples.png").unlink()
    elif break_it == "record":
        (place / "record.json").write_text("{}")
    else:
        shutil.copy(store.folder() / "whole" / "record.json", place)
    found, problems = store.list_all()
    assert [kept.id for kept in found] == ["whole"]
    assert len(problems) == 1 and "broken" in problems[0] and "delete the model" in problems[0]
    store.delete("broken")
    assert store.list_all()[1] == []


@pytest.mark.parametrize(
    "name", ["", "..", "../a", "a/../b", "/a", "a--b", ".hidden", "a/b/c", "a\\b", "a b", "x" * 201, "00001-dcgan-x-s0"]
)
def test_names_that_are_refused(home, weights, name):
    with pytest.raises(WorkshopError, match="name: "):
        store.add(weights, name, PULLED)


def test_the_name_of_a_bundled_model_is_not_given_again(home, weights, cli, tmp_path):
    for name in bundled.names():
        with pytest.raises(WorkshopError, match="that is a bundled model's, choose another"):
            store.add(weights, name, PULLED)
    file = shutil.copy(weights, tmp_path / "fashion-r3gan.safetensors")
    assert "Kept as fashion-r3gan-2: " in cli("import", file)[1]
    assert cli("import", file, "--name", "fashion-r3gan")[0] == 2
    assert store.names() == ["fashion-r3gan-2"]


@given(st.text(max_size=30))
def test_any_name_stays_in_the_folder_or_is_refused(name):
    try:
        store.check_id(name)
    except WorkshopError:
        return
    place = store._folder(name)
    assert place.parent == store.folder() and place.name not in (".", "..") and not place.name.startswith(".")
    assert store._id(place) == name


def test_a_record_with_another_commit_is_refused():
    with pytest.raises(ValueError, match="commit"):
        Origin.model_validate(json.loads(PULLED.model_dump_json()) | {"commit": "main"})
