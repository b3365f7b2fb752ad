"""The small Hub answers huggingface_hub's own calls as the large one does, so that tests against it say something."""

from pathlib import Path

import pytest
from huggingface_hub import hf_hub_download, snapshot_download
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

from gan_core.hub import _client as client

TOKEN = "hf_ann"


@pytest.fixture
def api(hub):
    return client.api(hub.user("ann", TOKEN))


def test_a_folder_goes_there_changes_and_comes_back(hub, api, tmp_path):
    folder = tmp_path / "folder"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.bin").write_bytes(b"weights")
    (folder / "deep" / "ü.txt").write_text("text")
    api.create_repo("ann/clothes", private=True)
    api.upload_folder(repo_id="ann/clothes", folder_path=folder)
    api.delete_file("a.bin", "ann/clothes")
    assert set(api.list_repo_files("ann/clothes")) == {".gitattributes", "deep/ü.txt"}
    before = hub.repos["ann/clothes"].commits[-2][0]
    place = snapshot_download(
        "ann/clothes", revision=before, cache_dir=tmp_path / "cache", endpoint=hub.url, token=TOKEN
    )
    assert (Path(place) / "a.bin").read_bytes() == b"weights"
    assert (Path(place) / "deep" / "ü.txt").read_text() == "text"
    with pytest.raises(RepositoryNotFoundError):
        client.api(None).model_info("ann/clothes")
    with pytest.raises(HfHubHTTPError, match="409"):
        api.create_repo("ann/clothes")


def test_a_large_file_is_fetched_from_elsewhere(hub, api, tmp_path):
    hub.add("bob/clothes", {"model.safetensors": b"weights" * 1000}, large=True)
    path = hf_hub_download("bob/clothes", "model.safetensors", cache_dir=tmp_path, endpoint=hub.url, token=TOKEN)
    assert Path(path).read_bytes() == b"weights" * 1000
    (asked,) = hub.requests("GET /objects/")
    assert "authorization" not in asked


def test_a_space_has_variables_and_secrets(hub, api):
    api.create_repo("ann/app", repo_type="space", space_sdk="docker")
    told = api.add_space_variable("ann/app", "GAN_PUBLIC", "1")
    assert told["GAN_PUBLIC"].value == "1"
    api.add_space_secret("ann/app", "GAN_OWNER_SECRET", "s")
    assert hub.repos["spaces/ann/app"].settings["secrets"] == {"GAN_OWNER_SECRET": "s"}
    api.upload_file(path_or_fileobj=b"FROM x", path_in_repo="Dockerfile", repo_id="ann/app", repo_type="space")
    assert hub.repos["spaces/ann/app"].head["Dockerfile"] == b"FROM x"
    assert api.repo_info("ann/app", repo_type="space").sha == hub.repos["spaces/ann/app"].commits[-1][0]
