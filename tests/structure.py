"""The structure of the code, read from its imports. `python tests/structure.py` prints it."""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parent.parent
MOST_LINES = 250
"""Of one file."""


@dataclass(frozen=True)
class Import:
    """`path` imports `target`, a file of this project; `name` is what it asks for, as `gan_core.system.errors`."""

    path: Path
    target: Path
    name: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)} imports {self.target.relative_to(ROOT)}"


class Source:
    """One Python file below the root."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @cached_property
    def imported(self) -> set[str]:
        """Full names this file imports, at the top or inside functions, whoever's they are."""
        return _imported(ast.walk(self.tree))

    @cached_property
    def only_for_types(self) -> set[str]:
        """Those of them that only a type checker ever sees: they run no code, so they close no circle."""
        blocks = [n for n in ast.walk(self.tree) if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING"]
        return _imported(part for block in blocks for statement in block.body for part in ast.walk(statement))

    @cached_property
    def imports(self) -> list[Import]:
        """What it imports of this project."""
        found = []
        for name in sorted(self.imported):
            if name.partition(".")[0] in ("gan_core", "pages"):
                target = file_of(name)
                if target is not None and target != self.path:
                    found.append(Import(self.path, target, name))
        return found


def _imported(nodes: Iterable[ast.AST]) -> set[str]:
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def file_of(name: str) -> Path | None:
    """The file that a dotted name is, or is defined in; None where there is none."""
    parts = name.split(".")
    for length in (len(parts), len(parts) - 1):
        place = ROOT.joinpath(*parts[:length])
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            if path.is_file():
                return path
    return None


def sources(folder: str) -> list[Source]:
    """Every Python file below a folder of the root, by path."""
    return [Source(path) for path in sorted((ROOT / folder).rglob("*.py"))]


def room(path: Path, top: str) -> str:
    """The folder directly under `top` that a file lies in; its own name where it lies in none."""
    return path.relative_to(ROOT / top).parts[0].removesuffix(".py")


def private(path: Path, top: str) -> str | None:
    """The part of a path below `top` that starts with one underscore: what its folder keeps to itself."""
    parts = path.relative_to(ROOT / top).with_suffix("").parts
    return next((part for part in parts if part.startswith("_") and not part.startswith("__")), None)


def circle(needs: dict[Path, set[Path]]) -> list[Path]:
    """Files that import each other in a circle; empty where there is none."""
    left = {path: set(others) for path, others in needs.items()}
    while True:
        free = {path for path, others in left.items() if not others & left.keys()}
        if not free:
            return sorted(left)
        for path in free:
            del left[path]


def main() -> None:
    """Print the rooms with their files and lines, the arrows between them, and the files that are too long."""
    for top in ("gan_core", "pages/ui"):
        files = [one for one in sources(top) if one.path.parent != ROOT / top]
        loose = [one for one in sources(top) if one.path.parent == ROOT / top and not one.path.name.startswith("__")]
        rooms, arrows = defaultdict(list), set()
        for one in files:
            rooms[room(one.path, top)].append(one)
            for other in one.imports:
                if other.target.is_relative_to(ROOT / top) and other.target.parent != ROOT / top:
                    arrows.add((room(one.path, top), room(other.target, top)))
        arrows = {(a, b) for a, b in arrows if a != b}
        print(f"{top}: {len(rooms)} rooms, {len(loose)} loose modules, {len(arrows)} arrows between rooms")
        for name, members in rooms.items():
            print(f"  {name:12} {len(members):3} files {sum(one.lines for one in members):6,} lines")
    every = [one for top in ("gan_core", "pages") for one in sources(top)]
    print(f"gan_core and pages: {sum(one.lines for one in every):,} lines of Python")
    long = [f"{one} ({one.lines})" for one in every if one.lines > MOST_LINES]
    print(f"files over {MOST_LINES} lines: {', '.join(long) or 'none'}")


if __name__ == "__main__":
    sys.exit(main())
