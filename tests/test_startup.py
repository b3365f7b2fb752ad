"""What needs no torch does not import it: its import takes two seconds, and a server without is a third as large."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

TELL = "print('LOADED', sorted({'torch', 'torchvision', 'scipy', 'pandas', 'streamlit'} & set(sys.modules)))"

RUN = f"""
import contextlib, io, sys
from gan_core.__main__ import main
for command in sys.argv[1:]:
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            status = main(command.split())
        except SystemExit as end:  # argparse's way out of --help
            status = end.code
    assert status in (0, None, 2), (command, status)
    print(command)
    {TELL}
"""

PAGES = f"""
import sys

from gan_core.presets import recipe
from pages.ui.form import race, train
from pages.ui.live import race, run
assert recipe.changes(recipe.build({{'preset': 'fast'}}))
{TELL}
"""


def output(code: str, *arguments: str) -> list[str]:
    """What a fresh Python prints that runs `code`."""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def loaded(code: str) -> list[str]:
    """Which of the heavy packages a fresh Python has imported after `code`."""
    return eval(output(code)[-1].removeprefix("LOADED "))


COMMANDS = ["--help", "train --help", "space --help", "import --help", "list", "variants", "datasets --json"]
COMMANDS += ["presets", "studies", "train --variant gan9000", "train --set optimiser.lr=1"]


def test_commands_that_do_not_train_import_nothing_heavy(home):
    assert output(RUN, *COMMANDS) == [line for command in COMMANDS for line in (command, "LOADED []")]


HUB = f"""
import sys

import huggingface_hub

from gan_core import hub
from gan_core.hub import _client, _listing, _pulling, jobs
assert _client.api(None) and jobs.list_all() == []
{TELL}
"""


UNTOUCHED = """
import huggingface_hub
from huggingface_hub.utils import _http, are_progress_bars_disabled, logging

before = _http._GLOBAL_CLIENT_FACTORY, are_progress_bars_disabled(), logging.get_verbosity()
from gan_core import Generator, hub
from gan_core.hub import _client, publishing, space

_client.api(None)
_client.check_online()
assert before == (_http._GLOBAL_CLIENT_FACTORY, are_progress_bars_disabled(), logging.get_verbosity())
hub.configure_client()
assert _http._GLOBAL_CLIENT_FACTORY is not before[0]
print("LOADED []")
"""


@pytest.mark.slow
def test_only_the_owner_of_a_process_sets_huggingface_hub_up(home, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    assert loaded(UNTOUCHED) == []  # it asserts the rest itself


def test_looking_at_the_hub_needs_no_torch(home, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    assert loaded(HUB) == []


def test_the_train_and_race_pages_need_no_torch(home):
    assert not {"torch", "torchvision", "scipy"} & set(loaded(PAGES))


STEPS = """
import sys

from toys import pictures, tiny
from gan_core.training.trainer import Trainer


for variant in ("wgan", "dcgan", "r3gan"):  # WGAN's optimiser is RMSprop, that of the others Adam
    trainer = Trainer(tiny(variant), pictures())
    trainer.advance()
    assert trainer.step == 1
print('LOADED', sorted({'torch', 'torch._dynamo', 'sympy'} & set(sys.modules)))
"""


@pytest.mark.slow
def test_training_does_not_import_torchs_compiler(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "tests"))
    assert loaded(STEPS) == ["torch"]
