"""The pages that are measured beside the product: a bare Pyodide, and the product's storage without page and agent."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from satchel_build.checkout import Checkout
from satchel_build.commands import run_command

__all__ = ["bench_site"]

_PAGES = Path(__file__).with_name("pages")
# Isolated like the product's own pages, which also gives clocks of 5 instead of 100 microseconds.
_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@contextmanager
def bench_site(checkout: Checkout) -> Iterator[Path]:
    """A folder to serve, made from the same Pyodide and wheel that `dist/` has; gone after the block."""
    with tempfile.TemporaryDirectory(prefix="satchel-bench-") as name:
        site = Path(name)
        shutil.copytree(checkout.dist / "pyodide", site / "pyodide")
        wheel = next(checkout.dist.glob("*.whl"))
        shutil.copy(wheel, site)
        for page in _PAGES.iterdir():
            if page.name != "storage.worker.js":
                shutil.copy(page, site)
        _bundle_storage_worker(checkout, wheel.name, site)
        (site / "headers.json").write_text(json.dumps({"byPath": {}, "bySuffix": {}, "other": _HEADERS}))
        yield site


def _bundle_storage_worker(checkout: Checkout, wheel: str, site: Path) -> None:
    esbuild = next((checkout.node_modules / "@esbuild").glob("*/bin/esbuild"))
    run_command(
        [
            esbuild,
            _PAGES / "storage.worker.js",
            "--bundle",
            "--minify",
            "--format=esm",
            "--target=es2022",
            "--alias:pyodide=./pyodide/pyodide.mjs",
            "--external:./pyodide/pyodide.mjs",
            f"--define:SATCHEL_WHEEL={json.dumps(wheel)}",
            "--define:SATCHEL_BUILD_ID='bench'",
            f"--outfile={site / 'storage.worker.js'}",
            "--log-level=warning",
        ],
        cwd=checkout.root,
    )
