"""The command `space` with the real client of the Hub, against a small server on this machine."""

import base64
import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from gan_core import space
from gan_core.errors import WorkshopError

TOKEN = "hf_" + "x" * 34
SECRET = "a long secret, really"
README = "---\ntitle: A\nsdk: docker\napp_port: 8501\n---\n# A\n"


class Hub:
    """What the server has: Spaces by name with their files, variables and secrets; and what it was asked."""

    def __init__(self) -> None:
        self.spaces: dict[str, dict] = {}
        self.asked: list[tuple[str, str]] = []
        self.fails: dict[str, tuple[int, str]] = {}
        """By the end of a path: the status and the message to refuse it with."""
        self.commits = 0
        self.endpoint = ""

    def new(self, name: str, **given) -> dict:
        files = {".gitattributes": b"*.bin lfs"}
        about = {"files": files, "variables": {}, "secrets": {}, "private": False, "sdk": "docker", "hardware": None}
        self.spaces[name] = about | given
        return self.spaces[name]

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, object]:
        self.asked.append((method, path))
        for end, (status, message) in self.fails.items():
            if path.endswith(end):
                return status, {"error": message}
        if path == "/api/repos/create":
            given = json.loads(body)
            assert (given["type"], given["sdk"]) == ("space", "docker")
            name = f"{given['organization']}/{given['name']}"
            self.new(name, private=given.get("visibility") == "private", hardware=given.get("hardware"))
            return 200, {"url": f"{self.endpoint}/spaces/{name}"}
        if path == "/api/validate-yaml":
            return 200, {"warnings": [], "errors": []}
        parts = path.split("/")
        name, what = "/".join(parts[3:5]), "/".join(parts[5:])
        if name not in self.spaces:
            return 404, {"error": "Repository not found"}
        return 200, self.about(name, self.spaces[name], method, what, body)

    def about(self, name: str, its: dict, method: str, what: str, body: bytes) -> object:
        sha = f"{self.commits:040x}"
        if what in ("", "revision/main"):
            siblings = [{"rfilename": path} for path in its["files"]]
            return {"id": name, "sha": sha, "private": its["private"], "sdk": its["sdk"], "siblings": siblings}
        if what == "variables" and method == "GET":
            return {key: {"key": key, "value": value} for key, value in its["variables"].items()}
        if what in ("variables", "secrets"):
            given = json.loads(body)
            its[what][given["key"]] = given["value"]
            return {key: {"key": key, "value": value} for key, value in its["variables"].items()}
        if what == "hardware":
            its["hardware"] = json.loads(body)["flavor"]
            return {"stage": "BUILDING", "hardware": {"current": None, "requested": its["hardware"]}}
        if what.startswith("tree/"):
            return [{"type": "file", "path": p, "size": len(c), "oid": "0" * 40} for p, c in its["files"].items()]
        if what.startswith("preupload/"):
            files = json.loads(body)["files"]
            return {"files": [{"path": f["path"], "uploadMode": "regular", "shouldIgnore": False} for f in files]}
        assert what.startswith("commit/"), what
        for line in map(json.loads, body.splitlines()):
            if line["key"] == "file":
                its["files"][line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            if line["key"] == "deletedFile":
                its["files"].pop(line["value"]["path"])
        self.commits += 1
        oid = f"{self.commits:040x}"
        return {"commitUrl": f"{self.endpoint}/spaces/{name}/commit/{oid}", "commitOid": oid}


@pytest.fixture
def hub(monkeypatch):
    """A hub on this machine, which the client is told to use."""
    made = Hub()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            assert self.headers["Authorization"] == f"Bearer {TOKEN}"
            status, content = made.answer(self.command, urlsplit(self.path).path, body)
            text = json.dumps(content).encode()
            self.send_response(status)
            if status == 404:
                self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_HEAD = _serve

        def log_message(self, format, *args) -> None:
            """The test's output stays clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.endpoint = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("HF_ENDPOINT", made.endpoint)
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _online(monkeypatch):
    """The client reads HF_HUB_OFFLINE once, when it is imported; other tests want it offline."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    for name in ("GAN_PUBLIC", "GAN_MAX_MINUTES", "GAN_MAX_SIZE", "GAN_MAX_QUEUE", "GAN_OWNER_SECRET"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A small checkout that stands for the program's."""
    folder = tmp_path / "checkout"
    (folder / "pages").mkdir(parents=True)
    for name, text in {"README.md": README, "Dockerfile": "FROM a\n", "app.py": "", "requirements.txt": "a\n"}.items():
        (folder / name).write_text(text)
    (folder / "pages" / "one.bin").write_bytes(bytes(range(256)))
    (folder / "untracked.txt").write_text("not for others")
    git(folder, "init", "--quiet")
    git(folder, "add", *(name for name in space.NEEDED), "pages")
    monkeypatch.setattr(space.runs, "ROOT", folder)
    return folder


def git(folder, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


FILES = {"README.md", "Dockerfile", "app.py", "requirements.txt", "pages/one.bin"}


def test_it_creates_a_space(hub, checkout, cli, monkeypatch):
    monkeypatch.setenv("GAN_OWNER_SECRET", SECRET)
    monkeypatch.setenv("GAN_MAX_MINUTES", "5")
    status, out, err = cli("space", "me/demo", "--private", "--secret", "--hardware", "cpu-upgrade")
    assert status == 0, err
    assert out.splitlines()[-1] == f"{space.plan('me/demo').endpoint}/spaces/me/demo"
    assert out.startswith("Created, commit 0000000; the Hub builds it now.")
    made = hub.spaces["me/demo"]
    assert set(made["files"]) == FILES | {".gitattributes"}
    assert made["files"]["pages/one.bin"] == bytes(range(256)) and made["files"]["README.md"] == README.encode()
    assert made["variables"] == {"GAN_PUBLIC": "1", "GAN_MAX_MINUTES": "5", "GAN_MAX_SIZE": "64", "GAN_MAX_QUEUE": "8"}
    assert made["secrets"] == {"GAN_OWNER_SECRET": SECRET}
    assert (made["private"], made["hardware"]) == (True, "cpu-upgrade")
    assert "sent: 100%" in err
    assert TOKEN not in out + err and SECRET not in out + err


def test_it_brings_one_up_to_date_and_leaves_its_settings(hub, checkout, cli, monkeypatch):
    its = hub.new("me/demo", variables={"GAN_MAX_MINUTES": "30", "GAN_MAX_SIZE": "128"}, private=True)
    its["files"] |= {"old.py": b"1", "pages/one.bin": b"before"}
    monkeypatch.setenv("GAN_MAX_SIZE", "32")
    status, out, err = cli("space", "me/demo")
    assert status == 0, err
    assert out.startswith("Brought up to date")
    assert set(its["files"]) == FILES | {".gitattributes"} and its["files"]["pages/one.bin"] == bytes(range(256))
    assert its["variables"]["GAN_MAX_MINUTES"] == "30"  # as it was set there
    assert its["variables"]["GAN_MAX_SIZE"] == "32"  # as is asked for now
    assert its["secrets"] == {} and its["private"] and its["hardware"] is None
    assert ("POST", "/api/repos/create") not in hub.asked


def test_progress_never_goes_back_and_ends_at_the_end(hub, checkout):
    told: list[tuple[int, int]] = []
    wanted = space.plan("me/demo")
    space.publish(wanted, TOKEN, on_progress=lambda done, total: told.append((done, total)))
    assert told[0] == (0, wanted.bytes) and told[-1] == (wanted.bytes, wanted.bytes) and len(told) > 4
    assert told == sorted(told)


def test_a_dry_run_asks_nobody(hub, checkout, cli, monkeypatch):
    monkeypatch.delenv("HF_TOKEN")
    status, out, _ = cli("space", "me/demo", "--dry-run", "--secret")
    assert status == 0 and not hub.asked and not hub.spaces
    assert "Files: 5 that git tracks" in out and "GAN_MAX_MINUTES=10" in out and "Owner's secret: set" in out
    assert out.splitlines()[-1].endswith("/spaces/me/demo")


@pytest.mark.parametrize(
    ("end", "status", "said"),
    [
        ("/create", 401, "The Hub does not know this token; run `hf auth login` anew"),
        ("/create", 402, "The Hub asks me for a subscription or paid hardware (--hardware) for a Space with Docker."),
        ("/create", 403, "This token may not write to me"),
        ("/create", 400, "The Hub refuses: Invalid hardware."),
        ("/variables", 429, "The Hub asks to wait"),
        ("/commit/main", 409, "Somebody else is changing me/demo at this moment"),
        ("/commit/main", 500, "The Hub has trouble of its own (status 500)"),
        ("/validate-yaml", 400, "The Space could not be written: Invalid metadata in README.md"),
    ],
)
def test_what_the_hub_refuses_is_one_sentence(hub, checkout, cli, end, status, said):
    hub.fails[end] = (status, "Invalid hardware")
    code, _, err = cli("space", "me/demo")
    (line,) = [line for line in err.splitlines() if line.startswith("error: ")]
    assert code == 2 and said in line and TOKEN not in err


def test_a_space_of_another_kind_is_left_alone(hub, checkout, cli):
    hub.new("me/demo", sdk="gradio")
    code, _, err = cli("space", "me/demo")
    assert code == 2 and "me/demo is there already, with the SDK 'gradio'; choose another name." in err
    hub.new("me/open")
    code, _, err = cli("space", "me/open", "--private")
    assert code == 2 and "me/open is there already and public" in err
    assert all(set(its["files"]) == {".gitattributes"} for its in hub.spaces.values())


def test_no_hub_no_login_and_offline_are_a_sentence_each(checkout, cli, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    code, _, err = cli("space", "me/demo")
    assert code == 2 and "The Hub at http://127.0.0.1:9 cannot be reached (ConnectError)." in err
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "HF_HUB_OFFLINE is set" in cli("space", "me/demo")[2]
    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
    assert "You are not logged in to the Hub" in cli("space", "me/demo")[2]


@pytest.mark.parametrize("name", ["demo", "me/", "a/b/c", "../x", "me/demo?x", "/demo", "me/de mo", ""])
def test_a_name_that_cannot_be_is_refused(checkout, name):
    with pytest.raises(WorkshopError, match=r"SPACE: .* was given; allowed: OWNER/NAME"):
        space.plan(name)


def test_a_folder_that_could_not_be_built_is_refused(checkout, tmp_path):
    with pytest.raises(WorkshopError, match="is no checkout of the program"):
        space.plan("me/demo", tmp_path)
    git(checkout, "rm", "--cached", "--quiet", "Dockerfile")
    with pytest.raises(WorkshopError, match="lacks Dockerfile, which git must track"):
        space.plan("me/demo")
    git(checkout, "add", "Dockerfile")
    (checkout / "README.md").write_text("# No settings\n")
    with pytest.raises(WorkshopError, match=r"README\.md must begin with the Space's settings"):
        space.plan("me/demo")


@pytest.mark.parametrize(("typed", "said"), [("short\n", "GAN_OWNER_SECRET: 5 letters"), ("", "0 letters")])
def test_the_secret_is_typed_where_the_environment_has_none(hub, checkout, cli, monkeypatch, typed, said):
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    code, _, err = cli("space", "me/demo", "--secret")
    assert code == 2 and said in err and not hub.asked
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{SECRET}\n"))
    assert cli("space", "me/demo", "--secret")[0] == 0
    assert hub.spaces["me/demo"]["secrets"] == {"GAN_OWNER_SECRET": SECRET}


def test_this_program_is_ready_for_a_space():
    wanted = space.plan("me/demo")
    assert {"app.py", "gan_core/space.py", ".docker/start", ".streamlit/config.toml"} <= set(wanted.files)
    assert wanted.bytes < 200e6
