"""The container: what its files say, how it starts, and, where Docker runs, the image itself."""

import os
import re
import shlex
import subprocess
import time
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def of(name: str) -> list[str]:
    """The arguments of the Dockerfile's instructions of that name, each in one line."""
    joined = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text())
    return re.findall(rf"^{name} (.+)$", joined, re.M)


def test_it_runs_as_user_1000_on_one_port():
    assert of("FROM") == ["python:3.11-slim"] and of("USER") == ["user"]
    assert "useradd --create-home --uid 1000 user" in of("RUN")[0]
    assert all(rest.startswith("--chown=user ") for rest in of("COPY"))
    environment = dict(pair.split("=", 1) for pair in shlex.split(of("ENV")[0]))
    assert of("EXPOSE") == [environment["STREAMLIT_SERVER_PORT"]] == ["8501"]
    assert environment["STREAMLIT_SERVER_ADDRESS"] == "0.0.0.0" and environment["STREAMLIT_SERVER_HEADLESS"] == "true"
    assert "STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION" not in environment  # only on a Space: see .docker/start
    assert "/_stcore/health" in of("HEALTHCHECK")[0]


def test_outside_the_container_it_listens_on_this_machine_only():
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert settings["server"]["address"] == "127.0.0.1"


def test_nothing_unpinned_comes_from_another_index():
    elsewhere, rest = (command for command in of("RUN") if "pip install" in command)
    chosen = re.fullmatch(r"pip install --index-url https://download\.pytorch\.org/whl/cpu \$\((grep .*)\)", elsewhere)
    assert chosen and rest == "pip install -r requirements.txt"
    wanted = subprocess.run(["sh", "-c", chosen[1]], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    assert wanted.split() == [line for line in lines if line.startswith(("torch==", "torchvision=="))]
    assert len(wanted.split()) == 2


def test_the_files_that_it_names_are_there():
    copied = [rest.split()[1] for rest in of("COPY")]
    started = re.findall(r'"(\.docker/\w+)"', of("CMD")[0])
    left_out = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] not in ("#", "")]
    assert copied == ["requirements.txt", "."] and len(started) == 1
    assert all((ROOT / name).exists() for name in copied + started)
    assert {".git", ".ci", "benchmarks", "tests", "runs"} <= {*left_out}
    needed = {"app.py", "README.md", "checkpoints", "gan_core", "pages", "requirements.txt", "static", ".streamlit"}
    assert not ({".docker"} | needed) & {*left_out} and all((ROOT / name).exists() for name in needed)


def started(tmp_path, **environment: str) -> dict[str, str]:
    """The environment that the start script gives Streamlit."""
    fake = tmp_path / "bin" / "streamlit"
    fake.parent.mkdir()
    fake.write_text('#!/bin/sh\necho "ARGUMENTS=$*"\nenv\n')
    fake.chmod(0o755)
    env = {"PATH": f"{fake.parent}:{os.environ['PATH']}", "HOME": str(tmp_path), **environment}
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


def test_the_settings_of_the_space_are_in_the_readme():
    _, front, rest = (ROOT / "README.md").read_text().split("---\n", 2)
    settings = dict(re.findall(r"^(\w+): (.+)$", front, re.M))
    assert (settings["sdk"], settings["license"], [settings["app_port"]]) == ("docker", "mit", of("EXPOSE"))
    allowed = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert {settings["colorFrom"], settings["colorTo"]} <= allowed and settings["title"] and settings["emoji"]
    assert len(settings["short_description"]) <= 60
    assert "tags:\n" in front and rest.lstrip().startswith("# GAN Workshop")


@pytest.mark.timeout(1800)
def test_the_image_is_built_and_becomes_healthy():
    try:
        subprocess.run(["docker", "info"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no Docker runs here")

    def docker(*arguments: str) -> str:
        done = subprocess.run(["docker", *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout.strip()

    docker("build", "--tag", "gan-workshop-test", ".")
    container = docker("run", "--detach", "--health-interval", "2s", "gan-workshop-test")
    try:
        until = time.monotonic() + 120
        while (health := docker("inspect", "--format", "{{.State.Health.Status}}", container)) != "healthy":
            assert health == "starting" and time.monotonic() < until, docker("logs", container)
            time.sleep(1)
        assert docker("exec", container, "id", "-u") == "1000"
    finally:
        docker("rm", "--force", container)
