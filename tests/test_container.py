"""The container of a Space, without Docker: what the Dockerfile says, what goes into it, and how it starts."""

import os
import re
import subprocess
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def docker_free():
    """The check, as a module."""
    loader = SourceFileLoader("docker_free", str(ROOT / ".ci" / "docker_free"))
    spec = spec_from_loader("docker_free", loader)
    assert spec
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def steps(docker_free):
    return docker_free.parse((ROOT / "Dockerfile").read_text())


def of(steps, name: str) -> list[str]:
    return [rest for known, rest in steps if known == name]


def test_it_runs_as_user_1000(steps):
    names = [name for name, _ in steps]
    assert of(steps, "FROM") == ["python:3.11-slim"] and of(steps, "USER") == ["user"]
    assert "useradd --create-home --uid 1000 user" in of(steps, "RUN")[0]
    assert not [name for name in names[: names.index("USER")] if name not in ("FROM", "RUN")]
    assert [rest for rest in of(steps, "COPY") if not rest.startswith("--chown=user ")] == []


def test_one_port_and_a_check_of_health(steps, docker_free):
    environment = docker_free.environment(docker_free.one(steps, "ENV"), {"PATH": "/usr/bin"})
    assert environment["STREAMLIT_SERVER_PORT"] == docker_free.one(steps, "EXPOSE") == "8501"
    assert environment["STREAMLIT_SERVER_ADDRESS"] == "0.0.0.0" and environment["STREAMLIT_SERVER_HEADLESS"] == "true"
    assert environment["PATH"] == "/home/user/.local/bin:/usr/bin"
    assert "STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION" not in environment  # only on a Space: see .docker/start
    check = docker_free.exec_form(docker_free.one(steps, "HEALTHCHECK"))
    assert check[0] == "python" and "/_stcore/health" in check[-1]
    compile(check[-1], "HEALTHCHECK", "exec")
    assert docker_free.exec_form(docker_free.one(steps, "CMD")) == ["sh", ".docker/start"]


def test_nothing_unpinned_comes_from_another_index(steps):
    pip = [rest for rest in of(steps, "RUN") if "pip install" in rest]
    (elsewhere,) = [rest for rest in pip if "index" in rest]
    assert "--extra-index-url" not in elsewhere and "--index-url https://download.pytorch.org/whl/cpu " in elsewhere
    chosen = re.search(r"\$\((grep .*)\)", elsewhere)
    assert chosen
    wanted = subprocess.run(["sh", "-c", chosen[1]], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    pinned = [line for line in lines if line.startswith(("torch==", "torchvision=="))]
    assert wanted.split() == pinned and len(pinned) == 2
    assert elsewhere.replace(chosen[0], "").split()[-1] == "https://download.pytorch.org/whl/cpu"
    assert [rest for rest in pip if rest != elsewhere] == ["pip install -r requirements.txt"]


def test_what_goes_into_it(docker_free):
    names = docker_free.context(ROOT)
    assert {"app.py", "README.md", "requirements.txt", ".streamlit/config.toml", "pages/train.py"} <= {*names}
    assert {"gan_core/__init__.py", "checkpoints/fashion-r3gan.safetensors", "static/train-page.png"} <= {*names}
    assert {name.split("/")[0] for name in names} & {"tests", "benchmarks", ".git", ".ci", "runs"} == set()


@pytest.mark.parametrize(
    ("name", "left_out"),
    [
        ("tests/e2e/conftest.py", True),
        ("gan_core/data/__pycache__/own.pyc", True),
        ("testsuite.py", False),
        ("gan_core/tests.py", False),
        ("static/plotly.min.js", True),
        ("static/train-page.png", False),
    ],
)
def test_the_rules_for_what_is_left_out(docker_free, name, left_out):
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert docker_free.ignored(name, [line for line in lines if line and not line.startswith("#")]) == left_out


def test_an_unknown_step_is_refused(docker_free):
    with pytest.raises(SystemExit, match="docker_free knows no ADD"):
        docker_free.parse("FROM a\nADD b c\n")
    assert docker_free.parse("# a\nRUN a \\\n    # b\n    && c\n") == [("RUN", "a  && c")]


def started(tmp_path, **environment: str) -> dict[str, str]:
    """The environment that the start script gives Streamlit."""
    told = tmp_path / "bin" / "streamlit"
    told.parent.mkdir()
    told.write_text('#!/bin/sh\necho "ARGUMENTS=$*"\nenv\n')
    told.chmod(0o755)
    env = {"PATH": f"{told.parent}:{os.environ['PATH']}", "HOME": str(tmp_path), **environment}
    command = ["sh", str(ROOT / ".docker" / "start")]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=True)
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)


def test_a_container_at_home_keeps_the_protections_and_has_no_limits(tmp_path):
    found = started(tmp_path)
    assert found["ARGUMENTS"] == "run app.py"
    assert found["GAN_HOME"] == ("/data" if os.access("/data", os.W_OK) else f"{tmp_path}/gan-home")
    assert not {"GAN_PUBLIC", "STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION"} & set(found)


def test_a_space_is_shared_and_takes_uploads(tmp_path):
    found = started(tmp_path, SPACE_ID="me/demo")
    assert (found["GAN_PUBLIC"], found["STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION"]) == ("1", "false")


def test_what_is_set_stays(tmp_path):
    found = started(tmp_path, SPACE_ID="me/demo", GAN_PUBLIC="0", GAN_HOME="/elsewhere")
    assert (found["GAN_PUBLIC"], found["GAN_HOME"]) == ("0", "/elsewhere")


def test_the_settings_of_the_space_are_in_the_readme(steps, docker_free):
    _, front, rest = (ROOT / "README.md").read_text().split("---\n", 2)
    settings = dict(re.findall(r"^(\w+): (.+)$", front, re.M))
    assert settings["sdk"] == "docker" and settings["license"] == "mit"
    assert settings["app_port"] == docker_free.one(steps, "EXPOSE")
    allowed = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert {settings["colorFrom"], settings["colorTo"]} <= allowed and settings["title"] and settings["emoji"]
    assert len(settings["short_description"]) <= 60
    assert "tags:\n" in front and rest.lstrip().startswith("# GAN Workshop")
