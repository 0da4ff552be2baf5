"""The programs of this folder as WebAssembly: the committed modules, and the parts of `modules/faults.wat`; and the
tools of the bundles."""

from __future__ import annotations

import gzip
import re
from functools import cache
from pathlib import Path

import wasmtime

HERE = Path(__file__).resolve().parent
_BUNDLES = HERE.parents[2] / "bundles"
# What users get, for the cases that compare it with the tools of this machine.
_BUNDLED = {
    "coreutils": _BUNDLES / "core-utils/coreutils.wasm.gz",
    "grep": _BUNDLES / "text-utils/grep.wasm.gz",
}


@cache
def program(name: str) -> bytes:
    """The module called so. Raises KeyError when there is none."""
    built = _BUNDLED.get(name) or HERE / f"modules/{name}.wasm.gz"
    return gzip.decompress(built.read_bytes()) if built.exists() else bytes(wasmtime.wat2wasm(_parts()[name]))


@cache
def _parts() -> dict[str, str]:
    text = (HERE / "modules/faults.wat").read_text(encoding="utf-8")
    pieces = re.split(r"^;; ---- (\S+)\n", text, flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))
