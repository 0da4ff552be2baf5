"""The exception tree drawn in `docs/architecture.md` is the one in the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.support.checkout_files import files_below, parsed, text

ROOT_ERROR = "SatchelError"


def _in_code() -> dict[str, str]:
    """Name of each exception class that descends from the root -> name of its parent."""
    parents: dict[str, list[str]] = {}
    for path in files_below("app/satchel", suffix=".py"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef):
                parents[node.name] = [ast.unparse(each).split("[")[0] for each in node.bases]

    def descends(name: str) -> bool:
        return name == ROOT_ERROR or any(descends(parent) for parent in parents.get(name, ()))

    return {
        name: next(parent for parent in found if descends(parent))
        for name, found in parents.items()
        if name != ROOT_ERROR and descends(name)
    }


def _as_drawn(document: str) -> dict[str, str]:
    """The same from the drawing: one class a line, two spaces of indentation a level."""
    block = re.search(r"```text\n(SatchelError\b.*?)```", document, re.DOTALL)
    assert block, "docs/architecture.md draws no exception tree"
    tree: dict[str, str] = {}
    path: list[str] = []
    for line in block[1].splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        path[depth:] = [line.split()[0]]
        if depth:
            tree[path[-1]] = path[-2]
    return tree


def test_tree_is_the_one_drawn() -> None:
    assert _as_drawn(text(Path("docs/architecture.md"))) == _in_code()


def test_drawing_is_read_by_indentation() -> None:
    drawing = "```text\nSatchelError\n  A   why\n    B\n  C\n```"
    assert _as_drawn(drawing) == {"A": "SatchelError", "B": "A", "C": "SatchelError"}


def test_every_error_class_is_named_for_what_it_is() -> None:
    assert [name for name in _in_code() if not name.endswith("Error")] == []
