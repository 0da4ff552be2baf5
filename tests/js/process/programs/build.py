"""Assembles the programs of this folder into programs.json: `.venv/bin/python tests/js/process/programs/build.py`."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import wasmtime

FOLDER = Path(__file__).parent
RESULT = FOLDER / "programs.json"


def assembled() -> str:
    """The text of programs.json: each program's module in base 64, by name."""
    prelude = (FOLDER / "prelude.wat").read_text(encoding="utf-8")
    sources = {path.stem: path for path in sorted(FOLDER.glob("*.wat")) if path.stem != "prelude"}
    modules = {
        name: base64.b64encode(
            wasmtime.wat2wasm(f"(module {prelude}\n{path.read_text(encoding='utf-8')})")
        ).decode()
        for name, path in sources.items()
    }
    return json.dumps(modules, indent=1) + "\n"


if __name__ == "__main__":
    RESULT.write_text(assembled(), encoding="utf-8")
