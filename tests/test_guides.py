"""What CONTRIBUTING.md and README.md tell people to do is done here, as printed."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RECIPE = re.compile(r"^`((?:gan_core|pages)/[\w/]+\.py)`:\n\n```python\n(.*?)^```$", re.M | re.S)
GUIDE = (ROOT / "CONTRIBUTING.md").read_text()
RECIPES = dict(RECIPE.findall(GUIDE))
COMMANDS = re.findall(r"`pytest ((?:tests/\w+\.py\s?)+)(?:-k\s([\w-]+))?`", GUIDE)
"""The test files and names that the recipes tell people to run."""

CHECK = """
import sys
from gan_core import data, diagnosis, presets, studies, variants
from gan_core.presets import recipe

assert "ragan" in variants.all_variants() and "stripes" in data.sources()
assert recipe.build({"preset": "quick-look"}).network.width == 16
assert set(studies.get("first-look").presets) <= set(presets.all_presets())
assert "torch" not in sys.modules, "listing them imports torch"

import numpy as np
from gan_core.runs import Status

config = recipe.build({"variant": "ragan", "schedule.batch": 4, "data.dataset": "stripes"})
found = diagnosis.diagnose(config, {"step": np.arange(1.0, 31)}, Status())
assert found["tiny-batch"].observation == "Each update sees 4 pictures."

from streamlit.testing.v1 import AppTest
app = AppTest.from_file("app.py", default_timeout=60)
app.switch_page("pages/hello.py").run()
assert not app.exception and app.metric[0].value == "0", app.exception
labels = [link.proto.label for link in app.sidebar.get("page_link")]
assert labels[-1] == "Hello", labels
"""


@pytest.mark.slow
def test_each_recipe_is_one_file_and_works_as_printed(tmp_path, monkeypatch):
    assert len(RECIPES) == 7
    copy = tmp_path / "copy"
    for name in ("gan_core", "pages", "checkpoints", "static", "tests", ".streamlit"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("e2e", "fixtures"))
    for name in ("app.py", "pyproject.toml"):
        shutil.copy(ROOT / name, copy)
    for name, code in RECIPES.items():
        assert not (copy / name).exists(), f"{name} is there already"
        (copy / name).write_text(code)
    monkeypatch.setenv("GAN_HOME", str(tmp_path / "home"))
    done = subprocess.run([sys.executable, "-c", CHECK], cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    # the commands under the recipes, in one go; those for whole files hold for what is there as well
    assert len(COMMANDS) == 6
    files = sorted({file for named, _ in COMMANDS for file in named.split()})
    names = [name or Path(named.strip()).stem for named, name in COMMANDS]
    pytest_ = [sys.executable, "-m", "pytest", "-n", "0", "-vv", "--assert=plain", *files, "-k", " or ".join(names)]
    done = subprocess.run(pytest_, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    for name in names:
        assert name in done.stdout, f"no test of {name} ran"


def test_recipes_are_written_as_the_rest_of_the_code_is(tmp_path):
    for name, code in RECIPES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [*ruff, *command, "--config", str(ROOT / "pyproject.toml"), str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


GUIDES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.name)
def test_links_lead_to_files_that_are_there(path):
    links = re.findall(r"\]\(([^)#\s]+)", path.read_text())
    missing = [link for link in links if "://" not in link and not (path.parent / link).exists()]
    assert not missing, f"{path.name} links to {', '.join(missing)}"


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 180


def test_the_map_names_every_room_in_its_order():
    from test_architecture import ROOMS

    rooms = re.findall(r"^\| `(\w+)` \|", (ROOT / "ARCHITECTURE.md").read_text(), re.M)
    assert tuple(rooms) == ROOMS["gan_core"]
