"""What a commit would do to the real folder, and what stands against it.

Pure decisions: given what was imported (base), what is in the folder now (theirs) and what the agent made
(ours), each step is free to go, already done, or a conflict. Outside edits always win over the agent's: a
conflict is reported, never resolved here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from satchel.workspace.changeset import Change
from satchel.workspace.commit_target import TargetFile
from satchel.workspace.file_state import SYMLINK_MODE, FileState
from satchel.workspace.guest_path import path_bytes
from satchel.workspace.host_tree import NEW_FILE_MODE

ConflictReason: TypeAlias = Literal[
    "changed", "deleted", "created", "mode-changed", "not-a-directory", "directory", "changed-meanwhile"
]


@dataclass(frozen=True, slots=True)
class Step:
    """One path of the folder that is to go from `expected` (as imported; None: absent) to `wanted` (None:
    removed).

    `change` is the path of the change it belongs to: a rename has two steps.
    """

    path: str
    expected: FileState | None
    wanted: FileState | None
    change: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What is at a path of the folder, without its content. `mode` is None where the folder knows none."""

    kind: Literal["file", "symlink", "directory", "other"]
    mode: int | None
    size: int
    sha256: str

    def holds(self, state: FileState | None) -> bool:
        """Whether kind and content are those of `state`, whatever the mode."""
        return state is not None and self.kind == state.kind and self.sha256 == state.sha256

    def as_state(self) -> FileState | None:
        """As a file state, None for what is neither file nor link."""
        if self.kind == "file":
            return FileState(
                "file", NEW_FILE_MODE if self.mode is None else self.mode, self.size, self.sha256
            )
        return FileState("symlink", SYMLINK_MODE, self.size, self.sha256) if self.kind == "symlink" else None


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one step: a conflict's reason, or None and the mode to write with."""

    reason: ConflictReason | None
    mode: int = 0
    already: bool = False


def steps_of(changes: Iterable[Change]) -> list[Step]:
    """The steps of the changes, in their order."""
    steps: list[Step] = []
    for change in changes:
        if change.old_path is not None:
            steps.append(Step(change.old_path, change.before, None, change.path))
            steps.append(Step(change.path, None, change.after, change.path))
        else:
            steps.append(Step(change.path, change.before, change.after, change.path))
    return steps


def seen(found: TargetFile | None) -> Seen | None:
    """What was read, with its content reduced to a hash."""
    if found is None:
        return None
    content = path_bytes(found.link_target or "") if found.kind == "symlink" else found.data
    return Seen(found.kind, found.mode, len(content), hashlib.sha256(content).hexdigest())


def judge(step: Step, theirs: Seen | None, *, emptied: bool) -> Finding:
    """Whether a step may be done on what is in the folder.

    `emptied`: a directory there loses all it holds first.
    """
    if step.wanted is None:
        return _judge_removal(step, theirs)
    if theirs is None:
        return Finding("deleted") if step.expected is not None else Finding(None, step.wanted.mode)
    if theirs.kind == "directory" and step.expected is None and emptied:
        return Finding(None, step.wanted.mode)
    if theirs.kind not in ("file", "symlink"):
        return Finding("directory")
    if theirs.holds(step.wanted):
        return _judge_mode(step, step.wanted, theirs)
    if step.expected is None:
        return Finding("created")
    return _judge_mode(step, step.wanted, theirs) if theirs.holds(step.expected) else Finding("changed")


def _judge_removal(step: Step, theirs: Seen | None) -> Finding:
    if theirs is None:
        return Finding(None, already=True)
    return Finding(None) if theirs.holds(step.expected) else Finding("changed")


def _judge_mode(step: Step, wanted: FileState, theirs: Seen) -> Finding:
    """Merge modes: the side that changed its mode wins; both, differently, is a conflict."""
    same_content = theirs.holds(wanted)
    if theirs.mode is None or wanted.kind == "symlink" or theirs.kind == "symlink":
        return Finding(None, wanted.mode, same_content)
    mode = theirs.mode & 0o777
    expected = step.expected.mode if step.expected is not None else wanted.mode
    if expected == wanted.mode:
        return Finding(None, theirs.mode, same_content)
    if mode in (expected, wanted.mode):
        return Finding(None, wanted.mode, same_content and mode == wanted.mode)
    return Finding("mode-changed")


def gives_way_first(there: Seen | FileState, successor: Seen | FileState) -> bool:
    """Whether what is at a path is removed before its successor is made, so that a crash can find the path empty.

    A file replaces a file at once and whole; no target can do that with a symbolic link on either side.
    """
    return "symlink" in (there.kind, successor.kind)
