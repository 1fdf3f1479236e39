"""Which package may import which, and what every file must keep to."""
from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "s2sad"

MAY_IMPORT = {
    "ir": set(),
    "errors": {"ir"},
    "rules": {"ir", "analysis"},
    "analysis": {"ir", "rules", "errors"},
    "frontend": {"ir", "rules", "analysis", "errors", "equations", "parsing", "surgery"},
    "transform": {"ir", "rules", "analysis", "errors"},
    "codegen": {"ir", "rules", "analysis", "errors", "parsing"},
    "numeric": set(),
    "parsing": set(),
    "surgery": set(),
    "equations": set(),
    "forward_gradient": {"numeric"},
    "seeding": {"numeric", "errors"},
    "recipe": {"ir", "forward_gradient"},
    "notation": {"ir"},
    "trace": {"ir", "rules", "analysis", "errors", "notation"},
}
"""What each room knows besides itself; the rooms that are not listed stand on top and may know all."""

ON_TOP = {
    *("__init__", "__main__", "api", "check", "cli", "compiler", "demo", "directional", "elementwise", "jacobians"),
    *("methods", "nesting", "symbolic"),
}


def room(path):
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imported_rooms(path):
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "s2sad" else [node.module]
        rooms.update(name.split(".")[1] for name in names if name.startswith("s2sad."))
    return rooms


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    own = room(path)
    if own not in ON_TOP:
        assert imported_rooms(path) - {own} <= MAY_IMPORT[own]


def test_every_room_is_known():
    assert {room(path) for path in FILES} <= set(MAY_IMPORT) | ON_TOP


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_is_short(path):
    assert len(path.read_text("utf-8").splitlines()) <= 400


def test_no_file_is_left_unfinished():
    marks = ("TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error")
    found = [f"{path}: {mark}" for path in FILES for mark in marks if mark in path.read_text("utf-8")]
    assert found == []
