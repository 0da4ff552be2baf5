"""How the command line ends."""

from __future__ import annotations

from enum import IntEnum


class ExitStatus(IntEnum):
    """See `entry.cli`."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    CONFLICT = 3
    INTERRUPTED = 130
    NOT_READ = 141
    TERMINATED = 143
