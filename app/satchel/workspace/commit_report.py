"""What came of a commit: committed paths, rejected ones, conflicts with all three sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from satchel.workspace.commit_plan import ConflictReason
from satchel.workspace.file_state import FileState


@dataclass(frozen=True, slots=True)
class Conflict:
    """A path where the folder is not what was imported.

    The texts are for a three-way view; None for a side that does not exist, is binary or is too large to
    show. `change` is the path of the change that could not be committed.
    """

    path: str
    change: str
    reason: ConflictReason
    base: FileState | None
    theirs: FileState | None
    ours: FileState | None
    base_text: str | None
    theirs_text: str | None
    ours_text: str | None


@dataclass(frozen=True, slots=True)
class CommitReport:
    """`committed` and `rejected` are paths of changes.

    With `conflicts` nothing was written, unless the caller asked for the rest to be committed all the same.
    `digest` is that of the changeset that was reviewed. `notes` are sentences for the user (modes the
    folder cannot keep, an edit that was left alone, a commit of earlier that was put back first).
    """

    target: str
    committed: tuple[str, ...]
    rejected: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    digest: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InterruptedCommit:
    """A commit that was cut off while it wrote: the folder may be half written.

    `target` and `identity` name the folder (see `CommitTarget`), `paths` what it was writing. `damage` says why its
    record cannot be read; the rest is empty then, and nothing can be put back.
    """

    target: str
    identity: str
    paths: tuple[str, ...]
    damage: str = ""


@dataclass(frozen=True, slots=True)
class CommitProgress:
    """How far a commit is. `current` is the path at hand."""

    phase: Literal["checking", "writing", "restoring"]
    done: int
    total: int
    current: str


ProgressListener: TypeAlias = Callable[[CommitProgress], None]
