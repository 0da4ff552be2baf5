"""The benchmark's own programs, assembled from their text."""

from pathlib import Path

import wasmtime

__all__ = ["PIPE_BLOCKS", "SMALL_PIPE_BLOCKS", "program"]

_FOLDER = Path(__file__).with_name("programs")
PIPE_BLOCKS = 16_384
"""Blocks of 64 KiB that go through a pipe: 1 GiB."""
SMALL_PIPE_BLOCKS = 512
"""The same where a pipe is slow: 32 MiB."""


def program(name: str, blocks: int = PIPE_BLOCKS) -> bytes:
    """The module `name`; `blocks` is for `writer` and `reader`."""
    text = (_FOLDER / f"{name}.wat").read_text(encoding="utf-8")
    return bytes(wasmtime.wat2wasm(text.replace("BLOCKS", str(blocks))))
