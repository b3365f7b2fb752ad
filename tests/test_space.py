"""The command `space` with the real client of the Hub, against a small Hub on this machine."""

import io
import subprocess

import pytest

from gan_core import hub as ours
from gan_core.hub import space
from gan_core.system import settings
from gan_core.system.errors import WorkshopError

pytestmark = pytest.mark.slow

TOKEN = "hf_mesecretmesecretmesecretme"
SECRET = "a long secret, really"
README = "---\ntitle: A\nsdk: docker\napp_port: 8501\n---\n# A\n"
OURS = {"README.md": README, "Dockerfile": "FROM a\n", "app.py": "", "requirements.txt": "a\n"}
OURS |= {"gan_core/__main__.py": ""}
FILES = {*OURS, "pages/one.safetensors"}


@pytest.fixture(autouse=True)
def _unlimited(monkeypatch):
    for name in ("GAN_PUBLIC", "GAN_MAX_MINUTES", "GAN_MAX_SIZE", "GAN_MAX_QUEUE", "GAN_OWNER_SECRET"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def mine(hub, monkeypatch):
    """The Hub, with a login of `me`, who is also in `club`."""
    monkeypatch.setenv("HF_TOKEN", hub.user("me", TOKEN, orgs=("club",)))
    return hub


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A small checkout that stands for the program's."""
    folder = tmp_path / "checkout"
    (folder / "pages").mkdir(parents=True)
    (folder / "gan_core").mkdir()
    for name, text in OURS.items():
        (folder / name).write_text(text)
    (folder / "pages" / "one.safetensors").write_bytes(bytes(range(256)) * 1000)
    (folder / "untracked.txt").write_text("not for others")
    git(folder, "init", "--quiet")
    git(folder, "add", *OURS, "pages")
    settings.current()  # whose defaults are places in the real checkout, and are made once
    monkeypatch.setattr(space.places, "ROOT", folder)
    return folder


def git(folder, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def there(hub, name: str, **settings):
    """A Space of an earlier version of this program that is there already."""
    files = {file: b"of before" for file in (".gitattributes", *OURS, "old.py")}
    return another(hub, name, files, **settings)


def another(hub, name: str, files: dict[str, bytes], **settings):
    """A Space with these files."""
    known = {"variables": {}, "secrets": {}, "sdk": "docker"} | settings
    return hub.add(name, files, kind="space", settings=known)


@pytest.mark.parametrize("large", [False, True])
def test_it_creates_a_space(mine, checkout, cli, monkeypatch, large):
    mine.large = large
    monkeypatch.setenv("GAN_OWNER_SECRET", SECRET)
    monkeypatch.setenv("GAN_MAX_MINUTES", "5")
    status, out, err = cli("space", "me/demo", "--private", "--secret", "--hardware", "cpu-upgrade")
    assert status == 0, err
    made = mine.repos["spaces/me/demo"]
    commit = made.commits[-1][0]
    assert out == f"Created, commit {commit[:7]}; the Hub builds it now.\n{mine.url}/spaces/me/demo\n"
    assert set(made.head) == FILES | {".gitattributes"} and len(made.commits) == 2
    assert made.head["pages/one.safetensors"] == bytes(range(256)) * 1000 and made.head["README.md"] == README.encode()
    variables = {"GAN_PUBLIC": "1", "GAN_MAX_MINUTES": "5", "GAN_MAX_SIZE": "64", "GAN_MAX_QUEUE": "8"}
    assert made.settings["variables"] == variables and made.settings["secrets"] == {"GAN_OWNER_SECRET": SECRET}
    asked = made.settings["made_with"]
    assert (asked["type"], asked["sdk"], asked["hardware"], made.private) == ("space", "docker", "cpu-upgrade", True)
    assert "sent: 100%" in err and TOKEN not in out + err and SECRET not in out + err


def test_it_brings_one_up_to_date_and_leaves_its_settings(mine, checkout, cli, monkeypatch):
    its = there(mine, "club/demo", variables={"GAN_PUBLIC": "0", "GAN_MAX_MINUTES": "30", "GAN_MAX_SIZE": "128"})
    monkeypatch.setenv("GAN_MAX_SIZE", "32")
    status, out, err = cli("space", "club/demo", "--hardware", "t4-small")
    assert status == 0, err
    assert out.startswith("Brought up to date") and not mine.requests("repos/create")
    assert set(its.head) == FILES | {".gitattributes"}
    # as they were set there, but for the one that is asked for now
    expected = {"GAN_PUBLIC": "0", "GAN_MAX_MINUTES": "30", "GAN_MAX_SIZE": "32", "GAN_MAX_QUEUE": "8"}
    assert its.settings["variables"] == expected
    assert its.settings["secrets"] == {} and its.settings["hardware"] == "t4-small"
    assert cli("space", "club/demo")[0] == 0
    assert len(its.commits) == 2  # nothing had changed, so the Hub need not build it again


def test_progress_never_goes_back_and_ends_at_the_end(mine, checkout):
    told: list[tuple[int, int]] = []
    wanted = space.plan("me/demo")
    space.publish(wanted, on_progress=lambda done, total: told.append((done, total)))
    assert told[0] == (0, wanted.bytes) and told[-1] == (wanted.bytes, wanted.bytes)
    assert told == sorted(told) and len({*told}) > 4


def test_a_dry_run_asks_nobody(hub, checkout, cli):
    status, out, _ = cli("space", "me/demo", "--dry-run", "--secret")
    assert status == 0 and not hub.seen
    assert "Files: 6 that git tracks" in out and "GAN_MAX_MINUTES=10" in out and "Owner's secret: set" in out
    assert out.splitlines()[-1] == f"{hub.url}/spaces/me/demo"


@pytest.mark.parametrize(
    ("where", "status", "kind", "said"),
    [
        ("POST /api/repos/create", 402, "login", "The Hub asks me for a subscription, or for paid hardware"),
        ("POST /api/repos/create", 403, "login", "The token may not do this with me/demo"),
        ("POST .*/variables", 429, "busy", "has received too many requests from here"),
        ("POST .*/commit/main", 500, "server", "is in trouble (it answered 500): try again later."),
        ("GET /api/whoami-v2", 401, "login", "does not accept the token"),
    ],
)
def test_what_the_hub_refuses_is_one_sentence(mine, checkout, cli, where, status, kind, said):
    mine.fail(where, status=status, times=None)
    code, _, err = cli("space", "me/demo")
    (line,) = [line for line in err.splitlines() if line.startswith("error: ")]
    assert code == 2 and said in line and TOKEN not in err
    with pytest.raises(ours.HubError) as told:
        space.publish(space.plan("me/demo"))
    assert told.value.kind == kind


def test_a_busy_hub_is_asked_again(mine, checkout, cli):
    for where in ("POST /api/repos/create", "POST .*/variables", "POST .*/commit/main"):
        mine.fail(where, status=503, times=1)
    assert cli("space", "me/demo")[0] == 0
    assert set(mine.repos["spaces/me/demo"].head) == FILES | {".gitattributes"}


def test_what_failed_is_finished_by_the_same_command(mine, checkout, cli):
    mine.fail("POST .*/commit/main", status=400, times=1)
    assert cli("space", "me/demo")[0] == 2
    assert set(mine.repos["spaces/me/demo"].head) == {".gitattributes"}
    status, out, _ = cli("space", "me/demo")
    assert status == 0 and out.startswith("Brought up to date")


def test_a_space_of_another_kind_is_left_alone(mine, checkout, cli):
    there(mine, "me/demo", sdk="gradio")
    code, _, err = cli("space", "me/demo")
    assert code == 2 and "me/demo exists already, with the SDK 'gradio': name another." in err
    there(mine, "me/open")
    code, _, err = cli("space", "me/open", "--private")
    assert code == 2 and "me/open exists already and is public" in err
    assert all("old.py" in repo.head for repo in mine.repos.values())
    code, _, err = cli("space", "others/demo")
    assert code == 2 and "the token may only publish under me/…, club/…" in err


TAGGED = b"---\nsdk: docker\ntags: [gan-workshop]\n---\n# It shows a model of mine\n"


@pytest.mark.parametrize(
    "files", [{"server.js": b"1"}, {"README.md": TAGGED, "Dockerfile": b"FROM a\n", "app.py": b"1"}]
)
def test_a_space_of_something_else_is_left_as_it_is(mine, checkout, cli, files):
    its = another(mine, "me/work", {".gitattributes": b"*.bin lfs"} | files)
    code, _, err = cli("space", "me/work", "--hardware", "t4-small")
    assert code == 2 and "me/work exists already and is no Space of this program: name another." in err
    assert len(its.commits) == 1 and its.settings == {"variables": {}, "secrets": {}, "sdk": "docker"}


def test_an_empty_space_made_on_the_page_will_do(mine, checkout, cli):
    its = another(mine, "me/new", {".gitattributes": b"*.bin lfs", "README.md": b"---\nsdk: docker\n---\n"})
    assert cli("space", "me/new")[0] == 0 and set(its.head) == FILES | {".gitattributes"}


def test_no_hub_no_login_and_offline_are_a_sentence_each(hub, checkout, cli, monkeypatch):
    assert "Publishing needs a token that may write" in cli("space", "me/demo")[2]
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    code, _, err = cli("space", "me/demo")
    assert code == 2 and "The Hub at http://127.0.0.1:9 cannot be reached" in err
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "HF_HUB_OFFLINE is set" in cli("space", "me/demo")[2]


@pytest.mark.parametrize("name", ["demo", "me/", "a/b/c", "../x", "me/demo?x", "/demo", "me/de mo", ""])
def test_a_name_that_cannot_be_is_refused(checkout, name):
    with pytest.raises(WorkshopError, match=r"repository: .* was given; allowed: OWNER/NAME"):
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
def test_the_secret_is_typed_where_the_environment_has_none(mine, checkout, cli, monkeypatch, typed, said):
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    code, _, err = cli("space", "me/demo", "--secret")
    assert code == 2 and said in err and not mine.seen
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{SECRET}\n"))
    assert cli("space", "me/demo", "--secret")[0] == 0
    assert mine.repos["spaces/me/demo"].settings["secrets"] == {"GAN_OWNER_SECRET": SECRET}


def test_this_program_is_ready_for_a_space():
    wanted = space.plan("me/demo")
    assert {"app.py", "gan_core/hub/space.py", ".docker/start", ".streamlit/config.toml"} <= set(wanted.files)
    assert wanted.bytes < 200e6
