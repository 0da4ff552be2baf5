"""Measures the product's storage in the tab: durable appends to a session log, and the import of a real folder."""

import json
import random
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from playwright.sync_api import Page

from satchel_build.benchmarks.driver import evaluate_until
from satchel_build.errors import BuildError

__all__ = ["measure_append", "measure_import"]

_RESULT = """name => {
  if (bench.results.error) throw new Error(bench.results.error);
  return bench.results[name] ?? null;
}"""
_FILES_IN_A_DIRECTORY = 25
_MIDDLE = {"x": 200, "y": 200}


def measure_append(page: Page, count: int) -> tuple[float, ...]:
    """Milliseconds of each of `count` appends, written and flushed, to the log of one session."""
    _result(page, "ready")
    page.evaluate("count => bench.append(count)", count)
    return tuple(cast("list[float]", _result(page, "append")))


def measure_import(page: Page, files: int, rounds: int) -> tuple[float, ...]:
    """Files a second of `rounds` imports of a folder with that many files, each into an empty project."""
    _result(page, "ready")
    with tempfile.TemporaryDirectory(prefix="satchel-bench-") as parent:
        rates = []
        for number in range(rounds):
            folder = Path(parent) / f"project-{files}-{number}"
            _write_project(folder, files, number)
            _drop(page, folder)
            result = json.loads(cast(str, _result(page, f"import {folder.name}")))
            if result["files"] != files or result["skipped"]:
                raise BuildError(
                    f"The import of {files} files took {result}.",
                    "This is a fault in the benchmark or importer.",
                )
            rates.append(files / result["seconds"])
    return tuple(rates)


def _result(page: Page, name: str) -> object:
    return evaluate_until(page, _RESULT, name)


def _write_project(folder: Path, files: int, seed: int) -> None:
    """A tree with the sizes that source files have: most of a few kilobytes, some far larger."""
    generator = random.Random(seed)
    for number in range(files):
        path = folder / f"package_{number // _FILES_IN_A_DIRECTORY:03}" / f"module_{number:05}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        size = int(min(generator.lognormvariate(8, 1), 200_000))
        path.write_bytes((f"# {number} {seed}\n" * (size // 8 + 1)).encode()[: size + 1])


def _drop(page: Page, folder: Path) -> None:
    """Drop a folder of this machine on the page, as from the desktop."""
    session = page.context.new_cdp_session(page)
    data: Mapping[str, object] = {"items": [], "files": [str(folder)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **_MIDDLE, "data": data})
    session.detach()
