"""The real client against a Hub on this machine: look, pull, and everything that may go wrong on the way."""

import errno
import io
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gan_core import hub as ours
from gan_core.hub import HubError, Listing
from gan_core.hub import _client as client
from gan_core.hub import _download as download
from gan_core.hub import _pulling as pulling
from gan_core.models import bundled, checkpoint, store
from gan_core.system.errors import WorkshopError

TOKEN = "hf_annsecretannsecretannsecret"
GET = r"GET /ann/clothes/resolve/"
ASK = r"GET /api/models/ann/clothes"


@pytest.fixture(scope="module")
def weights():
    return bundled.weights("fashion-acgan").read_bytes()


@pytest.fixture
def clothes(hub, weights):
    """A public model of ours."""
    readme = b"---\nlicense: mit\ntags: [gan-workshop, acgan, fashion-mnist]\n---\nclothes"
    sheet = bundled.samples_path("fashion-acgan").read_bytes()
    files = {"README.md": readme, "model.safetensors": weights, "samples.png": sheet}
    return hub.add("ann/clothes", files, likes=3, downloads=70)


@pytest.fixture
def private(hub, clothes):
    """The same, for ann alone; gives her token."""
    clothes.private = True
    return hub.user("ann", TOKEN)


def kind(call, *arguments, **options):
    """The kind and the sentence of the HubError that a call must raise."""
    with pytest.raises(HubError) as told:
        call(*arguments, **options)
    assert "\n" not in str(told.value) and TOKEN not in str(told.value)
    return told.value.kind, str(told.value)


def left() -> list[str]:
    """What is in the store's folder beside locks: models, and files that were begun."""
    place = store.folder()
    return sorted(str(p.relative_to(place)) for p in place.rglob("*") if p.is_file() and "lock" not in p.name)


# looking


def test_search_by_tag_author_and_text(hub, clothes, weights):
    hub.add("bob/clothes", {"pytorch_model.bin": b"x"}, tags=["pytorch"])
    hub.add("ann/digits", {"model.safetensors": weights}, tags=["gan-workshop", "variant:dcgan", "dataset:mnist-5k"])
    hub.add("ann/hidden", {"model.safetensors": weights}, tags=["gan-workshop"], private=True)
    assert [found.repo for found in ours.search()] == ["ann/clothes", "ann/digits"]
    assert [found.repo for found in ours.search("CLOTHES", tag="")] == ["ann/clothes", "bob/clothes"]
    assert [found.repo for found in ours.search(author="bob", tag="")] == ["bob/clothes"]
    assert len(ours.search(tag="", limit=1)) == 1
    assert [found.repo for found in ours.search("hidden", token=hub.user("ann", TOKEN))] == ["ann/hidden"]
    first, second = ours.search()
    assert (first.variant, first.dataset, first.licence) == ("acgan", "fashion-mnist", "mit")
    assert (first.likes, first.bytes, first.file) == (3, None, "model.safetensors")
    assert (second.variant, second.dataset) == ("dcgan", "")  # no data set of ours has that name
    with pytest.raises(WorkshopError, match=r"limit: 0 was given; allowed: 1 to 100\."):
        ours.search(limit=0)


@pytest.mark.parametrize("large", [False, True])
def test_info_says_what_would_be_pulled(clothes, weights, large):
    clothes.large = large
    found = ours.info("ann/clothes")
    assert (found.commit, found.file, found.bytes) == (clothes.commits[-1][0], "model.safetensors", len(weights))
    assert (found.licence, found.author, found.samples) == ("mit", "ann", "samples.png")
    assert (len(found.sha256), len(found.git_sha1)) == ((64, 0) if large else (0, 40))
    assert not found.gated and not found.private and found.last_modified and not found.problem


def test_info_of_what_cannot_be_pulled_says_why(hub):
    hub.add("bob/two", {"a.pth": b"x", "b.pth": b"x"})
    assert "name one of them: a.pth, b.pth" in ours.info("bob/two").problem
    assert ours.info("bob/two", file="b.pth").file == "b.pth"
    hub.add("bob/evil", {"../evil.safetensors": b"x"})
    assert "unsafe" in ours.info("bob/evil").problem
    assert kind(ours.pull, "bob/evil")[0] == "format"
    assert not hub.requests("resolve")


def test_the_picture_of_a_repository(hub, clothes):
    shown = ours.preview(ours.info("ann/clothes"))
    assert shown is not None
    there, drawn = (np.array(Image.open(io.BytesIO(c))) for c in (clothes.head["samples.png"], shown))
    assert (there == drawn).all()
    for content in (b"no picture", clothes.head["samples.png"][:3000], b"\x89PNG" + bytes(3_000_000), _wide_png()):
        clothes.commit({"samples.png": content})
        assert ours.preview(ours.info("ann/clothes")) is None
    clothes.commit({"samples.png": None})
    asked = len(hub.requests("resolve"))
    assert ours.preview(ours.info("ann/clothes")) is None and len(hub.requests("resolve")) == asked


def _wide_png() -> bytes:
    buffer = io.BytesIO()
    Image.new("1", (5000, 10)).save(buffer, "PNG")
    return buffer.getvalue()


# pulling


@pytest.mark.parametrize("large", [False, True])
def test_a_pull_keeps_the_model_and_where_it_is_from(hub, clothes, weights, large):
    clothes.large = large
    told = []
    kept = ours.pull("ann/clothes", token=hub.user("bob", "hf_bob"), on_progress=lambda *at: told.append(at))
    commit = clothes.commits[-1][0]
    assert kept.id == f"ann/clothes@{commit[:7]}" and kept == store.get(kept.id)
    origin = kept.origin
    assert (origin.repo, origin.commit, origin.file) == ("ann/clothes", commit, "model.safetensors")
    assert (origin.endpoint, origin.licence, origin.kind) == (hub.url, "mit", "pulled")
    assert store.weights(kept.id).read_bytes() == weights
    assert told[0] == (0, len(weights)) and told[-1] == (len(weights), len(weights))
    assert len(told) > 20 and told == sorted(told)
    assert not any("pulling" in name for name in left())
    # the token stays with the Hub: where large files are, nobody is told it
    assert all("authorization" in seen for seen in hub.requests(GET))
    assert len(hub.requests("GET /objects/")) == large
    assert not any("authorization" in seen for seen in hub.requests("GET /objects/"))


def test_a_pulled_model_draws_the_same_pixels(clothes):
    pulled = checkpoint.load(store.weights(ours.pull("ann/clothes").id))
    before = checkpoint.load(bundled.weights("fashion-acgan"))
    assert (pulled.sample(20, seed=3)[0] == before.sample(20, seed=3)[0]).all()


def test_a_revision_is_pinned_by_its_commit(hub, clothes, weights):
    first = clothes.commits[-1][0]
    clothes.branches["v1"] = first
    second = clothes.commit({"model.safetensors": bundled.weights("fashion-cgan").read_bytes()})
    assert ours.pull("ann/clothes@v1").variant == "acgan"
    assert ours.pull("ann/clothes").variant == "cgan"
    assert sorted(store.names()) == sorted(f"ann/clothes@{commit[:7]}" for commit in (first, second))
    asked = len(hub.seen)
    assert ours.pull("ann/clothes", first).origin.commit == first  # here already: the Hub is not asked
    assert ours.pull(f"ann/clothes@{second[:10]}").origin.commit == second
    assert len(hub.seen) == asked
    assert len(hub.requests(GET)) == 2
    ours.pull("ann/clothes")
    assert len(hub.requests(GET)) == 2  # asked for the newest commit, which is here
    told = kind(ours.pull, "ann/clothes@v9")
    assert told == ("not_found", "ann/clothes has no such revision; leave it out for the newest.")


def test_two_files_of_one_commit_are_two_models(hub, clothes, cli, monkeypatch):
    first = ours.pull("ann/clothes")
    clothes.commit({"late/g-2.safetensors": bundled.weights("fashion-cgan").read_bytes()})
    usual, other = ours.pull("ann/clothes"), ours.pull("ann/clothes", file="late/g-2.safetensors")
    assert (other.id, other.variant, usual.variant) == (f"{usual.id}-late-g-2-safetensors", "cgan", "acgan")
    assert sorted(store.names()) == sorted([first.id, usual.id, other.id])
    asked = len(hub.seen)
    assert ours.pull(usual.id) == ours.pull(usual.id, file="model.safetensors") == usual
    assert ours.pull(usual.id, file="late/g-2.safetensors") == other and len(hub.seen) == asked
    assert cli("pull", "ann/clothes", "--file", "model.safetensors")[1].splitlines()[0] == usual.id  # named in vain
    assert cli("sample", other.id, "--count", 2, "--out", store.folder() / "a.npz")[0] == 0
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert ours.pull("ann/clothes") in (first, usual)


def test_a_file_does_not_take_the_place_of_another(hub, clothes):
    commit = clothes.commit({"b.safetensors": bundled.weights("fashion-cgan").read_bytes()})
    path = store.folder().parent / "b.safetensors"
    path.write_bytes(clothes.head["b.safetensors"])
    origin = {"kind": "pulled", "repo": "ann/clothes", "commit": commit, "endpoint": hub.url, "file": path.name}
    old = store.add(path, f"ann/clothes@{commit[:7]}", store.Origin.model_validate(origin))  # as it was called before
    assert ours.pull("ann/clothes", file="b.safetensors") == old
    with pytest.raises(WorkshopError, match=r"made of the file b\.safetensors: delete it first to pull model\.safe"):
        ours.pull("ann/clothes")
    assert store.list_all()[0] == [old] and not hub.requests(GET)


def test_private_gated_and_unknown_ones(hub, clothes, private):
    told = kind(ours.pull, "ann/clothes")
    assert told[0] == "not_found" and "if it is private, log in with `hf auth login` or set HF_TOKEN" in told[1]
    assert kind(ours.pull, "ann/clothes", token=hub.user("bob", "hf_bob"))[0] == "not_found"
    assert kind(ours.pull, "ann/clothes", token="hf_unknown")[0] == "login"
    assert ours.info("ann/clothes", token=private).private
    assert ours.pull("ann/clothes", token=private).origin.repo == "ann/clothes"
    assert kind(ours.pull, "ann/none")[0] == "not_found"
    assert ours.whoami(private) == "ann" and ours.whoami() is None and kind(ours.whoami, "hf_unknown")[0] == "login"


def test_a_gated_one_says_how_to_get_in(hub, clothes):
    clothes.gated = True
    assert ours.info("ann/clothes").gated
    told = kind(ours.pull, "ann/clothes")
    assert told[0] == "gated" and f"{hub.url}/ann/clothes" in told[1] and "hf auth login" in told[1]
    bob = hub.user("bob", "hf_bob")
    assert "ask for access" in kind(ours.pull, "ann/clothes", token=bob)[1]
    clothes.readers.add("bob")
    assert ours.pull("ann/clothes", token=bob)


def test_the_token_of_the_environment_is_used_and_a_visitor_has_none(hub, clothes, private, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", private)
    assert kind(ours.pull, "ann/clothes", token=False)[0] == "not_found"
    assert ours.pull("ann/clothes").origin.repo == "ann/clothes"


# a Hub in trouble


@pytest.mark.slow
@pytest.mark.parametrize("where", [ASK, GET])
def test_a_busy_hub_is_asked_again_when_it_says_so(hub, clothes, where):
    hub.fail(where, status=429, headers={"Retry-After": "1"})
    began = time.monotonic()
    assert ours.pull("ann/clothes")
    assert time.monotonic() - began >= 1 and len(hub.requests(where)) == 2


def test_a_hub_that_stays_busy_is_not_waited_for(hub, clothes):
    hub.fail(ASK, status=429, headers={"Retry-After": "3600"}, times=None)
    told = kind(ours.pull, "ann/clothes")
    assert told[0] == "busy" and "in 3,600 seconds" in told[1] and len(hub.requests(ASK)) == 1
    hub.faults.clear()
    hub.fail("GET /api/models", status=429, times=None)
    assert kind(ours.search)[0] == "busy" and len(hub.requests("GET /api/models$")) == client.MAX_TRIES


@pytest.mark.parametrize("where", [ASK, GET])
def test_errors_of_the_server(hub, clothes, where):
    hub.fail(where, status=500, times=2)
    assert ours.pull("ann/clothes")
    store.delete(store.names()[0])
    hub.fail(where, status=503, times=None)
    told = kind(ours.pull, "ann/clothes")
    assert told[0] == "server" and "it answered 503" in told[1]


def test_a_dropped_connection_goes_on_where_it_was(hub, clothes, weights):
    hub.fail(GET, drop_after=1_000_000)
    hub.fail(GET, drop_after=500_000)
    told = []
    kept = ours.pull("ann/clothes", on_progress=lambda *at: told.append(at))
    assert store.weights(kept.id).read_bytes() == weights and told == sorted(told)
    asked = [seen.get("range") for seen in hub.requests(GET)]
    assert asked[0] is None and len(asked) == 3
    starts = [int(text.removeprefix("bytes=").removesuffix("-")) for text in asked[1:]]
    assert 900_000 <= starts[0] <= 1_000_000 and starts[0] + 400_000 <= starts[1] <= 1_500_000


def test_a_broken_pull_is_resumed_by_the_next(hub, clothes, weights):
    hub.fail(GET, drop_after=1_000_000)
    hub.fail(GET, status=503, times=None)
    assert kind(ours.pull, "ann/clothes")[0] == "server"
    assert store.names() == [] and len(left()) == 1
    hub.faults.clear()
    before = len(hub.requests(GET))
    told = []
    kept = ours.pull("ann/clothes", on_progress=lambda *at: told.append(at))
    (resumed,) = hub.requests(GET)[before:]
    start = int(resumed["range"].removeprefix("bytes=").removesuffix("-"))
    assert 900_000 <= start <= 1_000_000 and told[0] == (start, len(weights))
    assert store.weights(kept.id).read_bytes() == weights
    assert not any("pulling" in name for name in left())


def test_what_was_begun_and_changed_is_not_taken(hub, clothes, weights):
    hub.fail(GET, drop_after=1_000_000)
    hub.fail(GET, status=503, times=None)
    kind(ours.pull, "ann/clothes")
    hub.faults.clear()
    (begun,) = (path for path in (store.folder() / ".pulling").rglob("model.safetensors"))
    content = begun.read_bytes()
    begun.write_bytes(bytes(len(content)))
    told = kind(ours.pull, "ann/clothes")
    assert told[0] == "damaged" and "hash differs" in told[1] and store.names() == [] and left() == []
    assert store.weights(ours.pull("ann/clothes").id).read_bytes() == weights


def test_a_slow_hub_is_waited_for_and_a_silent_one_is_not(hub, clothes, monkeypatch):
    hub.fail(GET, rate=8_000_000)
    assert ours.pull("ann/clothes")
    monkeypatch.setenv("GAN_HUB_TIMEOUT", "0.2")
    hub.fail(ASK, stall=1.0, times=None)  # whoever waits longer has an answer
    told = kind(ours.info, "ann/clothes")
    assert told[0] == "network" and "did not answer in time" in told[1]


def test_a_silent_download_is_begun_again(hub, clothes, monkeypatch):
    monkeypatch.setenv("GAN_HUB_TIMEOUT", "0.8")
    hub.fail(GET, stall=1.6)
    assert ours.pull("ann/clothes")
    assert len(hub.requests(GET)) == 2


CONTENT = bytes(range(256)) * 1000


@given(st.lists(st.tuples(st.integers(0, 300_000), st.booleans()), max_size=4))
def test_wherever_it_breaks_the_file_gets_whole(breaks):
    """Each break: after how many bytes, and whether that answer begins anew although a part was asked for."""
    left, told = [*breaks], []

    @contextmanager
    def reading(url, headers):
        cut, anew = left.pop(0) if left else (None, False)
        start = 0 if anew else int(headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        part = {"Content-Range": f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"} if start else {}
        yield Stand(206 if start else 200, part, CONTENT[start:], cut)

    asked = Listing("a/b", "0" * 40, "a", 0, None, "", (), False, False, "", "", "a.pth", len(CONTENT), "")
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "stream", reading)
        for name, text in (("HF_HUB_OFFLINE", "0"), ("GAN_HUB_WAIT", "0")):
            patch.setenv(name, text)
        download.download(asked, Path(folder, "a"), None, lambda *at: told.append(at))
        assert Path(folder, "a").read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT)) and all(0 <= done <= total for done, total in told)


@dataclass
class Stand:
    """Stands for an answer of the server, which breaks off after `cut` bytes."""

    status_code: int
    headers: dict[str, str]
    content: bytes
    cut: int | None

    def iter_bytes(self, size):
        if self.cut is not None and self.cut < len(self.content):
            yield self.content[: self.cut]
            raise httpx2.ReadError("broken")
        yield from (self.content[at : at + size] for at in range(0, len(self.content), size))


@pytest.mark.parametrize("large", [False, True])
def test_damaged_content_is_refused(hub, clothes, weights, large):
    clothes.large = large
    where = "GET /objects/" if large else GET
    for content in (weights[:-1] + b"x", weights + b"x"):
        hub.fail(where, content=content)
        assert kind(ours.pull, "ann/clothes")[0] == "damaged"
        assert store.names() == [] and left() == []
    assert ours.pull("ann/clothes")


@pytest.mark.parametrize("wrong", [-500_000, 7])
def test_a_wrong_length_does_no_harm(hub, clothes, weights, wrong):
    hub.fail(GET, add_to_length=wrong)
    assert store.weights(ours.pull("ann/clothes").id).read_bytes() == weights


def test_a_file_that_never_gets_whole_is_given_up(hub, clothes, weights):
    hub.fail(GET, content=weights[:1000])
    hub.fail(GET, drop_after=0, times=None)
    assert kind(ours.pull, "ann/clothes")[0] == "network"
    assert len(hub.requests(GET)) == 1 + download.MAX_TRIES


@pytest.mark.parametrize(
    "content", [b"<html>Log in to the hotel</html>", b"[]", b'{"id": 5}', b'{"siblings": "x", "id": "a/b"}']
)
def test_what_is_no_hub_is_said(hub, clothes, content):
    hub.fail("GET /api/models", content=content, times=None)
    told = kind(ours.info, "ann/clothes")
    assert told[0] == "server" and "HF_ENDPOINT" in told[1]
    if content != b"[]":
        assert kind(ours.search)[0] == "server"


# a machine in trouble


def test_too_large_is_said_before_anything_is_pulled(hub, clothes, monkeypatch):
    monkeypatch.setenv("GAN_PULL_MB", "1")
    told = kind(ours.pull, "ann/clothes")
    assert told[0] == "too_large" and "has 2.4 MB; at most 1.0 MB are pulled, set GAN_PULL_MB to raise that" in told[1]
    assert not hub.requests("resolve") and left() == []


def test_a_full_disk_is_said_before_and_while_it_pulls(hub, clothes, monkeypatch):
    free = pulling.shutil.disk_usage(store.folder().parent)._replace(free=1_000_000)
    with monkeypatch.context() as patch:
        patch.setattr(pulling.shutil, "disk_usage", lambda place: free)
        told = kind(ours.pull, "ann/clothes")
    assert told[0] == "disk_full" and "has 1.0 MB left, and this needs 4.8 MB" in told[1]
    assert not hub.requests("resolve")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(download, "_resume", full)
    assert kind(ours.pull, "ann/clothes")[0] == "disk_full"


def test_what_is_refused_is_called_by_its_name_there(hub):
    hub.add("bob/junk", {"pytorch_model.bin": b"not weights of any kind"})
    told = kind(ours.pull, "bob/junk")
    assert told[0] == "format" and told[1].startswith("bob/junk/pytorch_model.bin ") and " model.bin" not in told[1]


def test_what_is_no_model_is_refused_and_not_kept(hub):
    hub.add("bob/junk", {"model.safetensors": b"not a model" * 100})
    told = kind(ours.pull, "bob/junk")
    assert told[0] == "format" and "bob/junk/model.safetensors" in told[1] and str(store.folder()) not in told[1]
    assert store.names() == [] and left() == []


def test_offline_and_without_a_server_what_was_pulled_works(hub, clothes, monkeypatch):
    first = ours.pull("ann/clothes")
    (record,) = store.folder().glob("[!.]*/record.json")
    record.write_text(record.read_text().replace(first.added, "2020-01-01T00:00:00+00:00"))
    first = store.get(first.id)
    clothes.commit({"model.safetensors": bundled.weights("fashion-cgan").read_bytes()})
    newest = ours.pull("ann/clothes")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    asked = len(hub.seen)
    assert ours.pull("ann/clothes") == newest and ours.pull(first.id) == first
    for call in (lambda: ours.pull("ann/other"), ours.search, lambda: ours.info("ann/clothes")):
        told = kind(call)
        assert told[0] == "offline" and "HF_HUB_OFFLINE" in told[1]
    assert len(hub.seen) == asked
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    hub.stop()
    assert ours.pull("ann/clothes") == newest and ours.pull(first.id) == first
    assert kind(ours.pull, "ann/other")[0] == kind(ours.search)[0] == "network"


def test_two_pulls_of_the_same_at_once_fetch_it_once(hub, clothes):
    hub.fail(GET, rate=8_000_000, times=None)
    found = []
    both = [threading.Thread(target=lambda: found.append(ours.pull("ann/clothes"))) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(30)
    assert len(found) == 2 and found[0] == found[1] and len(hub.requests(GET)) == 1


def test_the_command(hub, clothes, cli):
    status, out, err = cli("pull", "ann/clothes@main")
    (name,) = store.names()
    assert (status, out.split()) == (0, [name, str(store.weights(name))])
    assert "100%" in err and "2.38M" in err  # the bar
    status, out, err = cli("pull", "ann/none")
    assert (status, out) == (2, "") and err.startswith("error: There is no public ann/none")
