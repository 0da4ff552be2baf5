"""Ports: where projects live, and what the host must be able to do with one that is open.

A project root is a host directory with `workspace/`, `tmp/`, `home/user/` (what the guest sees), `base/`
(the tree as it was imported) and `meta/` (`project_layout.py` makes and reads these). The browser keeps
roots in the inode store and OPFS, a server in directories.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from satchel.base.ids import ProjectId


@dataclass(frozen=True, slots=True)
class ProjectSummary:
    """What is known of a project without opening it. Times in milliseconds since the Unix epoch."""

    id: ProjectId
    name: str
    created_ms: int
    opened_ms: int


class ProjectStorage(Protocol):
    """One open project root. Files in it are used through ordinary POSIX calls."""

    @property
    def root(self) -> str:
        """Host path of the project root, without a slash at its end."""

    def clone_tree(self, source: str, destination: str) -> None:
        """Copy a directory with all it holds (modes and links kept, links not followed).

        Both are host paths under `root`; `destination` must not exist and its parent must. The browser
        shares the content until one side is written. A failure leaves no `destination`.
        """

    def flush(self) -> None:
        """Make everything written so far survive a crash. Called at tool boundaries."""

    async def compact(self) -> None:
        """Give back room that the storage's own bookkeeping takes, where there is any."""

    def close(self) -> None:
        """Flush and let go of the root. The storage is not used again."""


class ProjectStore(Protocol):
    """All projects of this user."""

    async def list(self) -> Sequence[ProjectSummary]:
        """Every project, the last opened first."""

    async def create(self, name: str) -> ProjectId:
        """Make an empty project (its directories and its record)."""

    async def open(self, project: ProjectId) -> ProjectStorage:
        """Open one. Raises NotFoundError when there is none of this id."""

    async def rename(self, project: ProjectId, name: str) -> None:
        """Change the name. Raises NotFoundError."""

    async def delete(self, project: ProjectId) -> None:
        """Delete a project that is not open, with all it holds. Deleting one that is gone is no error."""
