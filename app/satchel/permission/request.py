"""What is asked of the gate: a capability, the subject it is wanted for, and who wants it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Capability(StrEnum):
    """The classes of things that need leave."""

    READ = "read"
    WRITE = "write"
    EXEC = "exec"
    NET = "net"
    COMMIT = "commit"


@dataclass(frozen=True, slots=True)
class PermissionRequest:
    """One wish: `read:/workspace/a.py`, `write:/workspace/b.py`, `exec:rm -r x`, `net:GET https://host/path`.

    `subject` is canonical (a resolved guest path, the expanded argv, an origin and path), never the model's prose.
    """

    capability: Capability
    subject: str
    tool: str

    def __str__(self) -> str:
        return f"{self.capability.value}:{self.subject}"
