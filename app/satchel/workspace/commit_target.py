"""Port: the user's real folder (or what stands for it), which only a commit writes to.

`commit.py` decides what is written and puts everything back after a failure; a target only does single
steps. Paths are relative to the folder, `/` between components; they were checked (no `..`, no NUL, no
empty component). A target never follows a symbolic link, in no component: a path through one raises
WorkspaceError.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

TargetKind: TypeAlias = Literal["file", "symlink", "directory", "other"]


@dataclass(frozen=True, slots=True)
class TargetFile:
    """What is at a path of the target. `mode` (permission bits) is None where the target knows none;
    `link_target` is set for a symlink; `data` is the content of a file and empty for everything else."""

    kind: TargetKind
    data: bytes = b""
    mode: int | None = None
    link_target: str | None = None


class CommitTarget(Protocol):
    """The real folder behind a project."""

    @property
    def name(self) -> str:
        """The folder's own name, as shown to the user."""

    @property
    def identity(self) -> str:
        """What tells the folder from others, as far as this host can: an absolute path, or only the name."""

    @property
    def keeps_modes(self) -> bool:
        """Whether permission bits can be read and written (File System Access cannot)."""

    async def read(self, path: str) -> TargetFile | None:
        """What is at `path`, None when nothing is (also when a parent is missing).

        A parent that is no directory gives None or WorkspaceError; a commit does not ask there.
        """

    async def write(self, path: str, data: bytes, mode: int) -> None:
        """Make a regular file with this content and mode, missing parents included; one that is there is
        replaced, at once and whole. Raises WorkspaceError when something else than a regular file is in the
        way."""

    async def symlink(self, path: str, target: str) -> None:
        """Make a symbolic link, missing parents included; `path` is free. Raises WorkspaceError where
        unsupported.
        """

    async def remove(self, path: str) -> None:
        """Remove a file or a link, nothing else. Raises NotFoundError when it is gone already."""

    async def make_directory(self, path: str, mode: int) -> None:
        """Make a directory with this mode, missing parents included; `path` is free. Asked only of targets
        that keep modes.
        """

    async def remove_directory(self, path: str) -> bool:
        """Remove a directory if it is empty, and tell whether it was removed. A missing one, or one that
        still holds something, is no error."""
