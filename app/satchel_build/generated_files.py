"""`build.py generate`: files that are made from Python, committed, and held fresh by a test.

One definition, several languages: whoever changes the Python side runs the command and commits what it wrote.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from satchel_build.abi_document import render_abi_document
from satchel_build.abi_files import render_abi_js, render_satchel_h
from satchel_build.checkout import Checkout
from satchel_build.headers import render_headers_js
from satchel_build.protocol_types import render_protocol_types

__all__ = ["GENERATED_FILES", "run", "stale_files", "write_generated_files"]

GENERATED_FILES: Mapping[str, Callable[[], str]] = {
    "bundles/include/satchel.h": render_satchel_h,
    "docs/abi.md": render_abi_document,
    "worker/generated/abi.js": render_abi_js,
    "worker/generated/headers.js": render_headers_js,
    "worker/generated/protocol.d.ts": render_protocol_types,
}


def run(argv: list[str]) -> int:
    """Write what is stale and say so. Returns the exit status; takes no arguments."""
    if argv:
        print("build.py: generate takes no arguments.", file=sys.stderr)
        return 2
    for path in write_generated_files(Checkout(Path(__file__).resolve().parents[2])):
        print(f"wrote {path}")
    return 0


def stale_files(checkout: Checkout) -> list[Path]:
    """The generated files that are missing or differ from what would be generated now, as paths below the root."""
    return [
        Path(name)
        for name, render in GENERATED_FILES.items()
        if not (path := checkout.root / name).is_file() or path.read_text(encoding="utf-8") != render()
    ]


def write_generated_files(checkout: Checkout) -> list[Path]:
    """Write every stale file anew; returns which."""
    stale = stale_files(checkout)
    for name in stale:
        path = checkout.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(GENERATED_FILES[name.as_posix()](), encoding="utf-8")
    return stale
