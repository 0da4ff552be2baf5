"""Why a program could not be started."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from satchel.base.errors import SatchelError

_LONG = 4
_SHOWN = 12


class SpawnError(SatchelError):
    """A program was not started; nothing ran. `status` is what a shell would report: 126 or 127."""

    status = 126


class CommandNotFoundError(SpawnError):
    """No program of that name or path. The remedy names near commands, or what there is."""

    status = 127

    def __init__(self, program: str, commands: Iterable[str] = ()) -> None:
        super().__init__(
            "process.not_found", f"{program}: command not found.", _instead(program, sorted(commands))
        )
        self.program = program


class NotExecutableError(SpawnError):
    """What is there cannot be run: a directory, a file without its x bit, no WebAssembly module and no script."""

    def __init__(self, program: str, reason: str, remedy: str = "") -> None:
        super().__init__("process.not_executable", f"{program}: {reason}.", remedy)
        self.program = program


def _instead(program: str, commands: list[str]) -> str:
    if not commands:
        return "No commands are installed here; use the file tools."
    name = program.rpartition("/")[2]
    # Of a long name that is little alike, nobody meant it.
    close = difflib.get_close_matches(name, commands, n=3, cutoff=0.5 if len(name) < _LONG else 0.7)
    if close:
        return f"Did you mean {' or '.join(close)}?"
    more = f" and {len(commands) - _SHOWN} more" if len(commands) > _SHOWN else ""
    return f"Installed commands: {', '.join(commands[:_SHOWN])}{more}; all are in /usr/bin."
