"""What all tests share."""

import os
from typing import Any

import forked
import pytest
import torch
from hypothesis import HealthCheck, settings
from loopback_hub import LoopbackHub

from gan_core.cli import main
from gan_core.system import processes

# toy networks gain nothing from two threads, and lose much to their coordination; so do the workers that tests start
torch.set_num_threads(1)
os.environ.setdefault("OMP_NUM_THREADS", "1")
# a busy machine is no reason to fail
settings.register_profile("ours", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ours")
os.environ.setdefault("HF_HUB_OFFLINE", "1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests first, so that no process is left with one of them at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Neighbours run in the same process, for they share fixtures; one that is done takes from the end of another's."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)


@pytest.fixture(autouse=True, scope="session")
def _quick_processes():
    """What the program starts of itself is forked from one that has imported torch."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(processes, "COMMAND", (*forked.command(), "-m", "gan_core"))
        yield


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A fresh GAN_HOME for one test."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("GAN_HOME", str(folder))
    return folder


@pytest.fixture
def cli(capsys):
    """The command line in this process: gives its status, and what it wrote to stdout and to stderr."""

    def call(*arguments):
        capsys.readouterr()
        status = main([*map(str, arguments)])
        return status, *capsys.readouterr()

    return call


@pytest.fixture
def hub(home, tmp_path, monkeypatch):
    """A Hub on this machine that all asks go to, without a login; a fresh GAN_HOME."""
    from huggingface_hub import constants

    from gan_core.hub import configure_client

    configure_client()
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "TRANSFORMERS_OFFLINE", "GAN_PULL_MB"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "login" / "token"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "login"))  # for processes that a test starts
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("GAN_HUB_WAIT", "0.02")
    with LoopbackHub() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server
