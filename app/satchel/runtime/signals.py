"""Names of the signals that end a program."""

from __future__ import annotations

from satchel.wasi.abi import Signal


def signal_name(number: int) -> str:
    """`SIGKILL` for 9; the number in words where it has no name."""
    try:
        return f"SIG{Signal(number).name}"
    except ValueError:
        return f"signal {number}"
