"""The floors: a file imports only from floors below its own, and pages stay small."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CORE = sorted((ROOT / "gan_core").rglob("*.py"))

FLOORS = [
    {
        "errors",
        "registry",
        "files",
        "records",
        "processes",
        "settings",
        "config",
        "tuned",
        "events",
        "series",
        "terms",
        "document",
        "bounds",
        "line",
    },
    {"shares", "launch"},
    {"tensors"},
    {"losses", "nets", "data", "augment", "latent", "pictures", "device", "memory", "batches", "sampling", "history"},
    {"weights"},
    {"ema", "measure", "later", "parallel", "compiling", "animation", "about", "fitting"},
    {"targets", "optimise", "remedies", "extractors"},
    {"variant"},
    {"variants"},
    {"presets", "studies", "recipe"},
    {"trainer", "model_file"},
    {"checkpoint", "packing", "metrics", "export"},
    {"runs"},
    {"owners"},
    {"limits"},
    {"foreign"},
    {"scores"},
    {"models"},
    {"store"},
    {"hub"},
    {"feature_cache", "reference", "evaluation", "light", "neighbours", "class_shares"},
    {"explore", "library", "card", "pretrained", "__init__"},
    {"looks"},
    {"scoring"},
    {"slots", "recorder", "progress", "diagnosis"},
    {"race", "baton", "lanes"},
    {"worker"},
    {"follower"},
    {"figures", "svg", "report", "study"},
    {"tournament", "table", "columns", "standings", "score_process"},
    {"space"},
    {"commands"},
    {"__main__"},
]
"""From the ground up. On one floor, files may import each other as long as there is no cycle."""


def floor(module: str) -> int:
    """The floor of `gan_core.<module>...`."""
    return next(number for number, names in enumerate(FLOORS) if module in names)


def imports(path: Path) -> set[str]:
    """Full names a file imports, at the top or inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def room(path: Path) -> str:
    """The file or package directly under gan_core that a file belongs to."""
    return path.relative_to(ROOT / "gan_core").parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", CORE, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_down_the_floors(path):
    mine = floor(room(path))
    for name in imports(path):
        if name.startswith("gan_core."):
            other = name.split(".")[1]
            if other != room(path):
                assert floor(other) <= mine, f"{path.name} (floor {mine}) imports {name} (floor {floor(other)})"


def test_no_cycles_between_the_rooms():
    graph: dict[str, set[str]] = {}
    for path in CORE:
        here = room(path)
        others = {name.split(".")[1] for name in imports(path) if name.startswith("gan_core.")}
        graph.setdefault(here, set()).update(others - {here, "__version__"})
    done: set[str] = set()
    while graph:
        free = {name for name, needs in graph.items() if needs <= done}
        assert free, f"these import each other in a circle: {sorted(graph)}"
        done |= free
        graph = {name: needs for name, needs in graph.items() if name not in free}


@pytest.mark.parametrize("path", CORE, ids=lambda p: str(p.relative_to(ROOT)))
def test_the_core_knows_no_user_interface_and_prints_only_on_its_command_line(path):
    roots = {name.split(".")[0] for name in imports(path)}
    assert not roots & {"streamlit", "plotly", "pages"}
    calls = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
    prints = [n for n in calls if isinstance(n.func, ast.Name) and n.func.id == "print"]
    assert not prints or path.parent.name in ("commands", "bundled")


def test_no_variant_imports_another():
    for path in (ROOT / "gan_core" / "variants").glob("*.py"):
        if path.name != "__init__.py":
            assert not [name for name in imports(path) if name.startswith("gan_core.variants")]


@pytest.mark.parametrize("path", [ROOT / "app.py", *(ROOT / "pages").glob("*.py")], ids=lambda p: p.name)
def test_pages_are_small(path):
    assert len(path.read_text().splitlines()) <= 150


def test_only_session_touches_the_session_state():
    for path in (ROOT / "pages").rglob("*.py"):
        if path.name not in ("session.py", "live.py", "hand.py"):
            assert "session_state" not in path.read_text(), path
