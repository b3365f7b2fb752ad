"""The house: rooms in one order, imports that go down it, what a room keeps to itself, and small files."""

import ast
from collections import Counter

import pytest
from structure import MOST_LINES, ROOT, circle, private, room, sources

ROOMS = {
    "gan_core": (
        "system",
        "config",
        "data",
        "nets",
        "objectives",
        "variants",
        "presets",
        "training",
        "runs",
        "diagnosis",
        "models",
        "reports",
        "evaluation",
        "hub",
        "explore",
        "worker",
        "studies",
        "cli",
    ),
    "pages/ui": ("shell", "live", "models", "form", "comparison", "latent"),
}
"""From the ground up: a room imports only from rooms before it. The folders and ARCHITECTURE.md say the same."""

MOST_ROOM_LINES = 2_500
MARKS = {"VARIANT", "PRESET", "PRESETS", "STUDY", "LAYOUT", "SOURCE", "SOURCES", "RULE", "METRIC", "add", "main"}
"""What a file defines so that it is found: a new one of these kinds is one file and nothing else."""

CONTRACTS = {"gan_core/diagnosis/evidence.py", "gan_core/models/foreign/layout.py"}
"""What a new rule and a new layout are written against: offered to their authors, who write inside the room."""

CORE, UI = sources("gan_core"), sources("pages")
EVERYTHING = [*CORE, *UI, *sources("benchmarks"), *sources("checkpoints")]


@pytest.mark.parametrize("top", ROOMS)
def test_the_folders_are_the_rooms_of_the_list(top):
    found = sorted(path.name for path in (ROOT / top).iterdir() if path.is_dir() and path.name != "__pycache__")
    assert found == sorted(ROOMS[top])
    loose = {path.name for path in (ROOT / top).glob("*.py")} - {"__init__.py", "__main__.py"}
    assert not loose, f"{top} holds rooms only, but these lie beside them: {', '.join(sorted(loose))}"


@pytest.mark.parametrize("top", ROOMS)
def test_imports_go_down_the_list(top):
    wrong = []
    for source in CORE if top == "gan_core" else UI:
        if source.path.parent.parent < ROOT / top or source.path.parent == ROOT / top:
            continue  # app, pages and the package itself stand above all rooms
        mine = ROOMS[top].index(room(source.path, top))
        for one in source.imports:
            if one.target.is_relative_to(ROOT / top) and one.target.parent != ROOT / top:
                other = room(one.target, top)
                if ROOMS[top].index(other) > mine:
                    wrong.append(f"{one}, but {other} stands above {room(source.path, top)}")
    assert not wrong, "; ".join(wrong)


def test_the_core_does_not_know_the_pages():
    wrong = [str(one) for source in CORE for one in source.imports if one.name.startswith("pages")]
    assert not wrong, "; ".join(wrong)


def test_what_a_room_keeps_to_itself_is_imported_by_nobody_else():
    wrong = []
    for source in EVERYTHING:
        for one in source.imports:
            for top in ROOMS:
                if not one.target.is_relative_to(ROOT / top):
                    continue
                hidden = private(one.target, top)
                inside = source.path.is_relative_to(ROOT / top) and room(source.path, top) == room(one.target, top)
                if hidden and not inside:
                    wrong.append(f"{one}, which {room(one.target, top)} keeps to itself")
    assert not wrong, "; ".join(wrong)


def test_what_only_its_own_room_imports_has_an_underscore():
    asked = {one.target for source in EVERYTHING for one in source.imports if not _same_room(source.path, one.target)}
    wrong = [
        str(source)
        for source in CORE
        if not source.path.name.startswith("_")
        and source.path.parent != ROOT / "gan_core"
        and source.path.name != "__init__.py"
        and source.path not in asked
        and str(source) not in CONTRACTS
        and not _discovered(source)
    ]
    assert not wrong, f"only their own room imports these, so their names need an underscore: {', '.join(wrong)}"


def _same_room(path, target) -> bool:
    top = "gan_core" if target.is_relative_to(ROOT / "gan_core") else "pages/ui"
    return path.is_relative_to(ROOT / top) and room(path, top) == room(target, top)


def _discovered(source) -> bool:
    """Whether a file is found by what it defines, and is therefore imported by nobody."""
    return bool(MARKS & {name for node in source.tree.body for name in _defined(node)})


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


@pytest.mark.parametrize("files", [CORE, UI], ids=["gan_core", "pages"])
def test_no_files_import_each_other_in_a_circle(files):
    needs = {
        source.path: {one.target for one in source.imports if one.name not in source.only_for_types} for source in files
    }
    found = [str(path.relative_to(ROOT)) for path in circle(needs)]
    assert not found, f"these import each other in a circle: {', '.join(found)}"


def test_files_and_rooms_are_small():
    long = [f"{source} has {source.lines} lines" for source in [*CORE, *UI] if source.lines > MOST_LINES]
    pages = [ROOT / "app.py", *(ROOT / "pages").glob("*.py")]
    long += [f"{path.name} has over 150 lines" for path in pages if len(path.read_text().splitlines()) > 150]
    for top in ROOMS:
        sizes = Counter()
        for source in sources(top):
            sizes[room(source.path, top)] += source.lines
        long += [f"{top}/{name} has {lines} lines" for name, lines in sizes.items() if lines > MOST_ROOM_LINES]
    assert not long, "; ".join(long)


def test_every_room_says_what_it_is():
    silent = [
        str(source)
        for source in [*CORE, *UI]
        if source.path.name == "__init__.py" and len(ast.get_docstring(source.tree) or "") < 20
    ]
    assert not silent, f"no docstring says what these are: {', '.join(silent)}"


def test_the_core_knows_no_user_interface_and_prints_only_on_its_command_line():
    wrong = []
    for source in CORE:
        roots = {name.partition(".")[0] for name in source.imported}
        wrong += [f"{source} imports {name}" for name in sorted(roots & {"streamlit", "plotly", "pages"})]
        calls = [n.func for n in ast.walk(source.tree) if isinstance(n, ast.Call)]
        if any(isinstance(func, ast.Name) and func.id == "print" for func in calls):
            wrong += [f"{source} prints"] if source.path.parent.name not in ("cli", "bundled") else []
    assert not wrong, "; ".join(wrong)


def test_no_variant_imports_another():
    names = {path.stem for path in (ROOT / "gan_core" / "variants").glob("[a-z]*.py")}
    variants = [source for source in CORE if room(source.path, "gan_core") == "variants"]
    wrong = [str(one) for source in variants for one in source.imports if one.target.stem in names]
    assert not wrong, "; ".join(wrong)


def test_only_session_touches_the_session_state():
    """Its keys are names that several files could use for different things; the one file of its rule is left out."""
    wrong = [str(source) for source in UI if "st.session_state" in source.text]
    assert wrong == ["pages/ui/shell/session.py"], f"only session.py may touch st.session_state, not {wrong}"
