"""The files of this checkout that belong to the project, as the architecture tests look at them."""

from __future__ import annotations

import ast
import functools
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_IGNORED_DIRECTORIES = frozenset({".git", ".venv", ".build", "dist", "node_modules", "__pycache__"})


@functools.cache
def project_files() -> tuple[Path, ...]:
    """Every file that is tracked or could be, relative to the checkout. Without git: all but the ignored folders."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        names = sorted({Path(name.decode()) for name in listed.stdout.split(b"\0") if name})
        return tuple(name for name in names if (ROOT / name).is_file())
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return tuple(sorted(path for path in found if not _IGNORED_DIRECTORIES & set(path.parts)))


def files_below(*folders: str, suffix: str) -> list[Path]:
    """The project's files in any of the folders with that suffix, relative to the checkout."""
    return [
        path
        for path in project_files()
        if path.suffix == suffix and any(path.is_relative_to(folder) for folder in folders)
    ]


@functools.cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a Python file given relative to the checkout."""
    return ast.parse((ROOT / path).read_bytes(), filename=str(path))


def text(path: Path) -> str:
    """The text of a file given relative to the checkout; bytes that are no UTF-8 become replacement characters."""
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


def imported_modules(path: Path) -> Iterator[str]:
    """Dotted names of everything the file imports, at any depth and under any condition."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
