"""How the end of a process is told: POSIX's wait status for its parent, a shell's exit code for people."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from satchel.wasi.abi import Signal

SignalAction: TypeAlias = Literal["end", "stop", "continue", "ignore"]

_IGNORED: Final = frozenset({Signal.NONE, Signal.CHLD, Signal.URG, Signal.WINCH})
_STOPPING: Final = frozenset({Signal.STOP, Signal.TSTP, Signal.TTIN, Signal.TTOU})


def default_action(signal: int) -> SignalAction:
    """What a signal does to a process that cannot catch it, as no guest can."""
    if signal in _IGNORED:
        return "ignore"
    if signal in _STOPPING:
        return "stop"
    return "continue" if signal == Signal.CONT else "end"


def wait_status(code: int, signal: int) -> int:
    """The status that `wait` stores: the signal's number, or the exit code's low byte shifted up."""
    return signal or (code & 0xFF) << 8


def exit_code(code: int, signal: int) -> int:
    """The code a shell reports: 128 + signal for a signal."""
    return 128 + signal if signal else code
