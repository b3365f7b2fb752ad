"""Names from others, the environment, and one sentence for each kind of error; no server is needed."""

import errno

import httpx2
import pytest
from huggingface_hub import errors as theirs
from hypothesis import given
from hypothesis import strategies as st

from gan_core.hub import HubError, credentials, names
from gan_core.hub import _errors as errors
from gan_core.system.errors import WorkshopError

TOKEN = "hf_abcdefghijklmnopqrstuvwxyz0123456789"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ann/clothes", ("ann/clothes", None)),
        (" ann/clothes@main ", ("ann/clothes", "main")),
        ("ann/clothes@refs/pr/1", ("ann/clothes", "refs/pr/1")),
        ("https://huggingface.co/ann/clothes", ("ann/clothes", None)),
        ("https://huggingface.co/ann/clothes/tree/v1", ("ann/clothes", "v1")),
        ("https://hf.co/ann/clothes/", ("ann/clothes", None)),
    ],
)
def test_what_a_repository_may_be_called(text, expected):
    assert names.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "clothes",
        "a/b/c",
        "../b",
        "a/..",
        "a/b--c",
        "a/b.git",
        "a/-b",
        "a /b",
        "/a/b",
        "ä/b",
        "a\n/b",
        "x" * 97 + "/b",
    ],
)
def test_what_it_may_not_be_called(text):
    with pytest.raises(WorkshopError, match=r"repository: .* was given; allowed: OWNER/NAME"):
        names.parse(text)


@pytest.mark.parametrize("revision", ["", "a b", "../x", "a..b", "-x", "x" * 300, "a\nb"])
def test_revisions_that_are_refused(revision):
    with pytest.raises(WorkshopError, match="revision: "):
        names.parse("ann/clothes", revision)


def test_two_revisions_at_once_are_refused():
    with pytest.raises(WorkshopError, match="give only one"):
        names.parse("ann/clothes@v1", "v2")


@pytest.mark.parametrize(
    ("files", "chosen"),
    [
        (["README.md", "model.safetensors", "pytorch_model.bin"], "model.safetensors"),
        (["pytorch_model.bin", "other.pth"], "pytorch_model.bin"),
        (["generator.pth", "discriminator.pth"], "generator.pth"),
        (["weights/netG.pth", "README.md"], "weights/netG.pth"),
    ],
)
def test_which_file_is_pulled(files, chosen):
    assert names.choose(files, "ann/clothes") == chosen


def test_a_named_file_and_what_cannot_be_chosen():
    files = ["a.pth", "b.pth", "README.md"]
    assert names.choose(files, "ann/clothes", "b.pth") == "b.pth"
    with pytest.raises(HubError, match=r"several files of weights, name one of them: a\.pth, b\.pth\.") as told:
        names.choose(files, "ann/clothes")
    assert told.value.kind == "format"
    with pytest.raises(HubError, match=r"file: 'c\.pth' was given; ann/clothes has a\.pth, b\.pth"):
        names.choose(files, "ann/clothes", "c.pth")
    with pytest.raises(HubError, match=r"no file of weights .*; it has README\.md"):
        names.choose(["README.md"], "ann/clothes")
    with pytest.raises(HubError, match="it has no files"):
        names.choose([], "ann/clothes")


@pytest.mark.parametrize(
    "name",
    [
        "../evil.pth",
        "a/../../evil.pth",
        "/etc/evil.pth",
        "C:/evil.pth",
        "a\\evil.pth",
        "a//b.pth",
        "./a.pth",
        "a\x00.pth",
        "a\n.pth",
    ],
)
def test_names_that_would_leave_the_folder_are_refused_whatever_else_is_there(name):
    with pytest.raises(HubError, match="unsafe file name") as told:
        names.choose(["model.safetensors", name], "ann/clothes")
    assert "\n" not in str(told.value) and told.value.kind == "format"


@pytest.mark.parametrize("name", ["nul.pth", "CON.safetensors", "com1/model.pth", "aux"])
def test_devices_are_not_pulled(name):
    with pytest.raises(HubError):
        names.choose([name], "ann/clothes")


@given(st.lists(st.text(max_size=30), max_size=6))
def test_what_is_chosen_stays_in_its_folder(files):
    try:
        chosen = names.choose(files, "ann/clothes")
    except HubError as error:
        assert "\n" not in str(error) and len(str(error)) < 3000
        return
    assert chosen in files and not chosen.startswith("/") and ".." not in chosen.split("/") and "\\" not in chosen


@given(st.text(max_size=60))
def test_any_text_is_a_repository_or_refused_in_one_line(text):
    try:
        repo, revision = names.parse(text)
    except WorkshopError as error:
        assert "\n" not in str(error)
        return
    assert repo.count("/") == 1 and ".." not in repo and (revision is None or ".." not in revision)


def test_where_the_token_comes_from(monkeypatch, tmp_path):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    assert credentials.token() is None
    (tmp_path / "token").write_text("hf_of_the_login\n")
    assert credentials.token() == "hf_of_the_login"
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_environment")
    assert credentials.token() == credentials.token("") == "hf_of_the_environment"
    assert credentials.token(" hf_typed ") == "hf_typed"
    assert credentials.token(False) is None


@pytest.mark.parametrize("text", [f"{TOKEN} x", f"{TOKEN}\nx", "ü" * 20, "x" * 2000])
def test_what_is_no_token_is_not_shown_again(text):
    with pytest.raises(HubError, match="token: what was given is not a token") as told:
        credentials.token(text)
    assert told.value.kind == "login" and TOKEN not in str(told.value)


def answered(status: int, sent: bool = True, **headers: str) -> httpx2.Response:
    secret = {"authorization": f"Bearer {TOKEN}"} if sent else {}
    request = httpx2.Request("GET", "https://huggingface.co/x", headers=secret)
    named = {key.replace("_", "-"): text for key, text in headers.items()}
    return httpx2.Response(status, headers=named, request=request)


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (httpx2.ConnectError("x"), "network", "cannot be reached"),
        (httpx2.ReadTimeout("x"), "network", "did not answer in time"),
        (theirs.OfflineModeIsEnabled("x"), "offline", "HF_HUB_OFFLINE"),
        (OSError(errno.ENOSPC, "x"), "disk_full", "The disk is full"),
        (PermissionError(errno.EACCES, "Permission denied"), "disk_full", "Permission denied"),
        (theirs.GatedRepoError("x", response=answered(401, sent=False)), "gated", "hf auth login"),
        (theirs.GatedRepoError("x", response=answered(403)), "gated", "ask for access"),
        (theirs.RepositoryNotFoundError("x", response=answered(401, sent=False)), "not_found", "if it is private"),
        (theirs.RepositoryNotFoundError("x", response=answered(404)), "not_found", "that your token may read"),
        (theirs.RevisionNotFoundError("x", response=answered(404)), "not_found", "no such revision"),
        (theirs.RemoteEntryNotFoundError("x", response=answered(404)), "not_found", "no file 'a.pth'"),
        (theirs.HfHubHTTPError("x", response=answered(401)), "login", "does not accept the token"),
        (theirs.HfHubHTTPError("x", response=answered(403)), "login", "may not do this"),
        (theirs.HfHubHTTPError("x", response=answered(429, Retry_After="30")), "busy", "in 30 seconds"),
        (theirs.HfHubHTTPError("x", response=answered(503)), "server", "503"),
        (theirs.HfHubHTTPError("x", response=answered(418), server_message=f"no\n{TOKEN}"), "server", "no hf_…"),
        (ValueError("Invalid metadata in README.md.\n- bad licence"), "format", "bad licence"),
        (KeyError("id"), "server", "HF_ENDPOINT"),
    ],
)
def test_each_error_is_one_sentence_of_its_kind_without_a_token(monkeypatch, error, kind, says):
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    told = errors.explain(error, "ann/clothes", "a.pth")
    assert isinstance(told, HubError) and told.kind == kind
    text = str(told)
    assert says in text and "\n" not in text and text.endswith(".") and TOKEN not in text
    assert errors.explain(told) is told
