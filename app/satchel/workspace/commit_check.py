"""The first half of a commit: read every path it concerns in the real folder and judge it.

Writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from satchel.base.checkpoint import Checkpoint
from satchel.workspace.base import Base
from satchel.workspace.changeset import Change
from satchel.workspace.commit_plan import (
    ConflictReason,
    Finding,
    Seen,
    Step,
    judge,
    seen,
    steps_of,
)
from satchel.workspace.commit_report import CommitProgress, Conflict, ProgressListener
from satchel.workspace.commit_target import CommitTarget, TargetFile
from satchel.workspace.comparison import DISPLAY_BYTES, is_binary
from satchel.workspace.errors import WorkspaceError
from satchel.workspace.file_state import FileState, read_content
from satchel.workspace.guest_path import ancestors, path_bytes
from satchel.workspace.host_tree import place_in


@dataclass(frozen=True, slots=True)
class CheckedStep:
    """A step with what was found in the folder and the verdict."""

    step: Step
    theirs: Seen | None
    finding: Finding


@dataclass(frozen=True, slots=True)
class CheckResult:
    """All steps judged.

    `missing_directories` are those above the steps that do not exist, deepest first.
    """

    steps: tuple[CheckedStep, ...]
    conflicts: tuple[Conflict, ...]
    made_directories: tuple[str, ...]


class CommitCheck:
    """Judges changes against one target. Directories looked at are remembered for the life of the check."""

    def __init__(
        self,
        workspace: str,
        base: Base,
        target: CommitTarget,
        checkpoint: Checkpoint,
        progress: ProgressListener,
    ) -> None:
        self._workspace = workspace
        self._base = base
        self._target = target
        self._checkpoint = checkpoint
        self._progress = progress
        self._parents: dict[str, str | None] = {}
        self._made: set[str] = set()

    async def run(self, changes: Sequence[Change]) -> CheckResult:
        """Judge every step of the changes."""
        steps = steps_of(changes)
        removed = {step.path for step in steps if step.wanted is None}
        emptied = {parent for path in removed for parent in ancestors(path)}
        checked: list[CheckedStep] = []
        conflicts: list[Conflict] = []
        for done, step in enumerate(steps):
            await self._checkpoint.breathe()
            self._progress(CommitProgress("checking", done, len(steps), step.path))
            checked.append(await self._check(step, removed, emptied, conflicts))
        made = self._made.union(path for path, kind in self._parents.items() if kind is None)
        deepest_first = sorted(made, key=lambda path: (-path.count("/"), path))
        return CheckResult(tuple(checked), tuple(conflicts), tuple(deepest_first))

    async def _check(
        self, step: Step, removed: set[str], emptied: set[str], conflicts: list[Conflict]
    ) -> CheckedStep:
        """Judge one step. Nothing is asked below a parent that is no directory: targets look through no links."""
        in_the_way = await self._parent_in_the_way(step.path)
        found: TargetFile | None = None
        if in_the_way is None:
            found = await self._target.read(step.path)
            finding = judge(step, seen(found), emptied=step.path in emptied)
        elif step.wanted is not None and in_the_way in removed:
            self._made.update(parent for parent in ancestors(step.path) if len(parent) >= len(in_the_way))
            finding = Finding(None, step.wanted.mode)
        else:
            finding = Finding("not-a-directory")
        if finding.reason is not None:
            conflicts.append(self.conflict(step, found, finding.reason))
        return CheckedStep(step, seen(found), finding)

    async def _parent_in_the_way(self, path: str) -> str | None:
        """The highest directory above `path` that the folder has as something else, None when there is none."""
        for parent in reversed(ancestors(path)):
            kind = await self._parent_kind(parent)
            if kind is None:
                continue
            if kind != "directory":
                return parent
        return None

    async def _parent_kind(self, path: str) -> str | None:
        if path not in self._parents:
            await self._checkpoint.breathe()
            found = await self._target.read(path)
            self._parents[path] = None if found is None else found.kind
        return self._parents[path]

    def conflict(self, step: Step, theirs: TargetFile | None, reason: ConflictReason) -> Conflict:
        """The conflict of a step, with the texts of all three sides."""
        looked = seen(theirs)
        return Conflict(
            step.path,
            step.change,
            reason,
            step.expected,
            looked.as_state() if looked is not None else None,
            step.wanted,
            self._base_text(step),
            _text(theirs),
            self._our_text(step.path, step.wanted),
        )

    def _base_text(self, step: Step) -> str | None:
        if step.expected is None or step.expected.size > DISPLAY_BYTES:
            return None
        try:
            return _displayed(self._base.read(step.path))
        except WorkspaceError:
            return None

    def _our_text(self, path: str, wanted: FileState | None) -> str | None:
        if wanted is None or wanted.size > DISPLAY_BYTES:
            return None
        try:
            return _displayed(read_content(place_in(self._workspace, path), wanted.kind))
        except OSError:
            return None


def _text(found: TargetFile | None) -> str | None:
    if found is None or found.kind not in ("file", "symlink"):
        return None
    return _displayed(path_bytes(found.link_target or "") if found.kind == "symlink" else found.data)


def _displayed(content: bytes) -> str | None:
    if is_binary(content) or len(content) > DISPLAY_BYTES:
        return None
    return content.decode("utf-8", "replace")
