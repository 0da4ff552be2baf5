"""Copies the part of Pyodide that Satchel runs on: the interpreter and its standard library, no package."""

import json
import shutil
from pathlib import Path

from satchel_build.checkout import Checkout

__all__ = ["copy_pyodide"]

_CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
_LOCK = "pyodide-lock.json"


def copy_pyodide(checkout: Checkout, destination: Path) -> None:
    """Fill the new folder `destination`; its lock file lists no packages, so none can be fetched."""
    source = checkout.node_modules / "pyodide"
    destination.mkdir(parents=True)
    for name in _CORE:
        shutil.copyfile(source / name, destination / name)
    lock = json.loads((source / _LOCK).read_text(encoding="utf-8"))
    lock["packages"] = {}
    (destination / _LOCK).write_text(json.dumps(lock, indent=1) + "\n", encoding="utf-8")
