"""What a file is, reduced to what a change can be seen by: kind, mode, size and content hash."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from typing import Literal, TypeAlias

from satchel.workspace.guest_path import path_bytes
from satchel.workspace.host_tree import read_file

StateKind: TypeAlias = Literal["file", "symlink"]

SYMLINK_MODE = 0o777


@dataclass(frozen=True, slots=True)
class FileState:
    """A file or symbolic link.

    `mode` holds the nine permission bits; a link's content is the text of its target.
    """

    kind: StateKind
    mode: int
    size: int
    sha256: str

    @property
    def executable(self) -> bool:
        """Whether the owner may execute it: the one bit of the mode that version control keeps."""
        return self.kind == "file" and bool(self.mode & 0o100)


def state_of_content(kind: StateKind, mode: int, content: bytes) -> FileState:
    """The state of a file with this content."""
    kept = SYMLINK_MODE if kind == "symlink" else mode & 0o777
    return FileState(kind, kept, len(content), hashlib.sha256(content).hexdigest())


def read_content(host: str, kind: StateKind, most: int | None = None) -> bytes:
    """Content of a file (its first `most` bytes), or the text of a link's target. Raises OSError."""
    return path_bytes(os.readlink(host)) if kind == "symlink" else read_file(host, 0, most)


def read_state(host: str, status: os.stat_result) -> FileState | None:
    """The state of what is at `host`, None for what is neither file nor link. Reads it. Raises OSError."""
    if stat.S_ISLNK(status.st_mode):
        return state_of_content("symlink", SYMLINK_MODE, read_content(host, "symlink"))
    if stat.S_ISREG(status.st_mode):
        return state_of_content("file", status.st_mode, read_file(host))
    return None
