"""The pages that are measured beside the product: a bare Pyodide, and parts of the product without page and agent."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from satchel_build.benchmarks.programs import SMALL_PIPE_BLOCKS, program
from satchel_build.checkout import Checkout
from satchel_build.commands import run_command

__all__ = ["bench_site"]

_PAGES = Path(__file__).with_name("pages")
_WORKLOAD = Path(__file__).with_name("workload.py")
# They use the product's own modules, so they are bundled like its workers.
_WORKERS = ("storage.worker.js", "processes.worker.js")
_PROGRAMS = ("noop", "spin", "writer", "reader")
# Isolated like the product's own pages, which also gives clocks of 5 instead of 100 microseconds.
_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@contextmanager
def bench_site(checkout: Checkout) -> Iterator[Path]:
    """A folder to serve, made from what `dist/` has: Pyodide, wheel, process worker, bundles; gone after the block."""
    with tempfile.TemporaryDirectory(prefix="satchel-bench-") as name:
        site = Path(name)
        for folder in ("pyodide", "bundles"):
            shutil.copytree(checkout.dist / folder, site / folder)
        wheel = next(checkout.dist.glob("*.whl"))
        for file in (wheel, checkout.dist / "wasi.worker.js"):
            shutil.copy(file, site)
        package = site / "satchel_build" / "benchmarks"
        package.mkdir(parents=True)
        shutil.copy(_WORKLOAD, package)
        for page in _PAGES.iterdir():
            if page.is_file() and page.name not in _WORKERS:
                shutil.copy(page, site)
        for worker in _WORKERS:
            _bundle_worker(checkout, worker, wheel.name, site)
        for each in _PROGRAMS:
            (site / f"{each}.wasm").write_bytes(program(each))
            (site / f"small-{each}.wasm").write_bytes(program(each, SMALL_PIPE_BLOCKS))
        (site / "headers.json").write_text(json.dumps({"byPath": {}, "bySuffix": {}, "other": _HEADERS}))
        yield site


def _bundle_worker(checkout: Checkout, worker: str, wheel: str, site: Path) -> None:
    esbuild = next((checkout.node_modules / "@esbuild").glob("*/bin/esbuild"))
    run_command(
        [
            esbuild,
            _PAGES / worker,
            "--bundle",
            "--minify",
            "--format=esm",
            "--target=es2022",
            "--alias:pyodide=./pyodide/pyodide.mjs",
            "--external:./pyodide/pyodide.mjs",
            f"--define:SATCHEL_WHEEL={json.dumps(wheel)}",
            "--define:SATCHEL_BUILD_ID='bench'",
            f"--outfile={site / worker}",
            "--log-level=warning",
        ],
        cwd=checkout.root,
    )
