"""The layer contracts of `pyproject.toml` hold, and the tool that says so would notice if they did not."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.checkout_files import ROOT, files_below, parsed


def _lint(checkout: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-logo", "--no-cache"], cwd=checkout, capture_output=True, text=True, check=False
    )


def test_layers_hold() -> None:
    answer = _lint(ROOT)
    assert answer.returncode == 0, answer.stdout


def test_an_upward_import_hidden_in_a_function_is_reported(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "app/satchel/base/clock.py").open("a") as module:
        module.write(
            "\n\ndef _fault() -> object:\n    import satchel.workspace.errors\n\n    return satchel\n"
        )
    environment = {"PYTHONPATH": str(tmp_path / "app")}
    program = Path(sys.executable).with_name("lint-imports")
    answer = subprocess.run(
        [program, "--no-logo", "--no-cache"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode != 0
    assert "satchel.base.clock" in answer.stdout


def test_nothing_imports_through_its_own_package() -> None:
    offenders = []
    for path in files_below("app", suffix=".py"):
        package = ".".join(path.relative_to("app").parts[:-1])
        if path.name == "__init__.py" or not package:
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ImportFrom) and node.module == package:
                # A sibling module is no re-export.
                names = [name.name for name in node.names if not _is_module(path.parent / name.name)]
                offenders += [f"{path}: {name}" for name in names]
    assert offenders == []


def _is_module(path: Path) -> bool:
    return (ROOT / path).with_suffix(".py").is_file() or (ROOT / path / "__init__.py").is_file()
