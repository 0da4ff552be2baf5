"""What the process benchmark does, the same in every place: the operations, their commands, and what must come out.

A place is where programs run: this machine itself (the native twin), the tab, the server's engine, a peer.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from satchel_build.benchmarks.workload import NEEDLE, SPLIT_BYTES, TREE_FILES, TREE_HITS, tree_files
from satchel_build.errors import BuildError

__all__ = [
    "COMMANDS",
    "KILL",
    "OPERATIONS",
    "PIPE",
    "SEQUENCE",
    "SEQUENCE_SPAWNS",
    "SPAWN",
    "SPAWN_AWAITED",
    "Place",
    "ToolCommand",
    "unit_of",
]

SPAWN = "spawn to exit"
SPAWN_AWAITED = "spawn to exit, awaited from Python"
SEQUENCE = "1000 spawns"
SEQUENCE_SPAWNS = 1000
PIPE = "pipe"
KILL = "kill and replace"


@dataclass(frozen=True, slots=True)
class ToolCommand:
    """A GNU tool, run in the folder of the workload; it is wrong if it fails or prints another number of lines."""

    argv: tuple[str, ...]
    lines: int
    makes: str | None = None
    """A folder that must be there and empty before; afterwards it holds `TREE_FILES` files."""

    def prepare(self, folder: Path) -> None:
        """Have what must be there before, below the workload's folder."""
        if self.makes is not None:
            shutil.rmtree(folder / self.makes, ignore_errors=True)
            (folder / self.makes).mkdir()

    def check_made(self, folder: Path) -> None:
        """Raise BuildError unless the files it makes are there."""
        if self.makes is not None and len(list((folder / self.makes).iterdir())) != TREE_FILES:
            raise BuildError(f"{self.argv[0]} has made too few files.", "Look at the engine.")

    def check(self, place: str, status: int, output: bytes) -> None:
        """Raise BuildError unless this is what the command does."""
        lines = output.count(b"\n")
        if status != 0 or lines != self.lines:
            text = (
                f"{self.argv[0]} ({place}) ended with {status} after {lines} lines instead of {self.lines}."
            )
            raise BuildError(text, "This is a fault of the benchmark or of the engine.")


COMMANDS = {
    "stat of 10k files": ToolCommand(("stat", "-c", "%s", *tree_files()), TREE_FILES),
    "read of 100 MB": ToolCommand(("dd", "if=big", "of=/dev/null", "bs=64K", "status=none"), 0),
    "write of 10k files": ToolCommand(
        ("split", "-b", str(SPLIT_BYTES), "-a", "4", "pieces", "made/piece-"), 0, makes="made"
    ),
    "grep -r over 10k files": ToolCommand(("grep", "-r", NEEDLE, "tree"), TREE_HITS),
}

OPERATIONS = (SPAWN, SPAWN_AWAITED, SEQUENCE, PIPE, *COMMANDS, KILL)


def unit_of(operation: str) -> str:
    """What its samples are in."""
    return "GB/s" if operation == PIPE else "ms"


class Place(Protocol):
    """Where programs run."""

    name: str

    def measure(self, operation: str) -> Sequence[float]:
        """The samples of one round, none for what is not measured here."""
