"""Commit: the reviewed changes become part of the user's real folder, all of them or none.

The order is what makes it safe. Check everything first (`commit_check.py`); write the undo journal and make
it durable; take files away, then put files in place, each looked at once more right before; bring the base
up to date; drop the journal. A failure on the way, cancellation included, puts the folder back
(`commit_undo.py`). An outside edit is never overwritten: what is found changed before its turn ends the
commit with a conflict.

Does not decide what was reviewed (that is `project.py`) and does not ask for permission.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from satchel.base.checkpoint import Checkpoint
from satchel.workspace.base import Base
from satchel.workspace.changeset import Change
from satchel.workspace.commit_check import CheckedStep, CheckResult, CommitCheck
from satchel.workspace.commit_journal import (
    Journal,
    JournalStep,
    drop_journal,
    save_journal,
)
from satchel.workspace.commit_plan import Seen, ancestors, gives_way_first, seen
from satchel.workspace.commit_report import CommitProgress, CommitReport, Conflict, ProgressListener
from satchel.workspace.commit_target import CommitTarget
from satchel.workspace.commit_undo import put_back
from satchel.workspace.errors import ChangesetMovedError, ConflictError, WorkspaceError
from satchel.workspace.file_state import FileState, read_content, state_of_content
from satchel.workspace.guest_path import shown
from satchel.workspace.host_tree import place_in

__all__ = [
    "CommitPlace",
    "CommitProgress",
    "CommitReport",
    "Conflict",
    "commit_changes",
    "finish_applied",
    "prior_content",
]


@dataclass(frozen=True, slots=True)
class CommitPlace:
    """Where a commit works: the shadow and its base on this side, the journal's file, and how to make it
    durable.
    """

    workspace: str
    base: Base
    journal: str
    flush: Callable[[], None]


class _ChangedMeanwhileError(Exception):
    """A path of the folder changed after it was checked."""

    def __init__(self, conflict: Conflict) -> None:
        super().__init__(conflict.path)
        self.conflict = conflict


async def commit_changes(
    place: CommitPlace,
    changes: Sequence[Change],
    target: CommitTarget,
    checkpoint: Checkpoint,
    progress: ProgressListener,
    *,
    skip_conflicts: bool = False,
) -> tuple[tuple[str, ...], tuple[Conflict, ...]]:
    """Commit changes; gives the paths of those committed and the conflicts.

    With a conflict nothing is written, unless `skip_conflicts` leaves only the changes concerned out.
    Raises WorkspaceError after a failure, with the folder put back (the message says so if that was not
    possible).
    """
    check = CommitCheck(place.workspace, place.base, target, checkpoint, progress)
    accepted = list(changes)
    conflicts: list[Conflict] = []
    result = await check.run(accepted)
    while result.conflicts:
        conflicts.extend(result.conflicts)
        if not skip_conflicts:
            return (), tuple(conflicts)
        refused = {conflict.change for conflict in result.conflicts}
        accepted = [change for change in accepted if change.path not in refused]
        result = await check.run(accepted)
    if accepted:
        try:
            await _Transaction(place, result, check, target, checkpoint, progress).run()
        except _ChangedMeanwhileError as error:
            return (), (*conflicts, error.conflict)
    return tuple(change.path for change in accepted), tuple(conflicts)


class _Transaction:
    """The writing half of one commit."""

    def __init__(
        self,
        place: CommitPlace,
        checked: CheckResult,
        check: CommitCheck,
        target: CommitTarget,
        checkpoint: Checkpoint,
        progress: ProgressListener,
    ) -> None:
        self._place = place
        self._checked = checked
        self._check = check
        self._target = target
        self._checkpoint = checkpoint
        self._progress = progress
        self._done = 0
        self._removed_names: set[str] = set()

    async def run(self) -> None:
        journal = self._journal()
        save_journal(self._place.journal, journal)
        self._place.flush()
        try:
            await self._write()
        except BaseException as error:
            await self._undo(journal, error)
            raise
        save_journal(self._place.journal, journal.applied())
        self._place.flush()
        finish_applied(self._place, journal)

    def _journal(self) -> Journal:
        """Every step that may write, even one that is already as wanted: another step may take it away."""
        steps = tuple(
            JournalStep(
                checked.step.path,
                checked.theirs.as_state() if checked.theirs is not None else None,
                _with_mode(checked.step.wanted, checked.finding.mode),
            )
            for checked in self._ordered()
        )
        return Journal(self._target.name, "writing", steps, self._checked.made_directories)

    def _ordered(self) -> list[CheckedStep]:
        removals = [checked for checked in self._checked.steps if checked.step.wanted is None]
        return removals + [checked for checked in self._checked.steps if checked.step.wanted is not None]

    async def _write(self) -> None:
        ordered = self._ordered()
        removals = [checked for checked in ordered if checked.step.wanted is None]
        for checked in removals:
            await self._turn(checked)
            await self._remove(checked)
        await self._prune([checked.step.path for checked in removals])
        for checked in ordered[len(removals) :]:
            await self._turn(checked)
            await self._put(checked)

    async def _turn(self, checked: CheckedStep) -> None:
        await self._checkpoint.breathe()
        self._progress(CommitProgress("writing", self._done, len(self._checked.steps), checked.step.path))
        self._done += 1

    async def _remove(self, checked: CheckedStep) -> None:
        if checked.theirs is None:
            return
        await self._look_again(checked)
        await self._target.remove(checked.step.path)
        self._removed_names.add(checked.step.path.casefold())

    async def _put(self, checked: CheckedStep) -> None:
        step, wanted = checked.step, checked.step.wanted
        if wanted is None:
            raise AssertionError("a removal is not put in place")
        now = await self._look_again(checked)
        if now is not None and checked.finding.already:
            return
        content = self._our_content(step.path, wanted)
        if now is not None and gives_way_first(now, wanted):
            await self._target.remove(step.path)
        if wanted.kind == "symlink":
            await self._target.symlink(step.path, content.decode("utf-8", "surrogateescape"))
        else:
            await self._target.write(step.path, content, checked.finding.mode)

    async def _look_again(self, checked: CheckedStep) -> Seen | None:
        """What is at the path now; ends the commit if it is not what was checked.

        A path may have become free through this commit's own removals: a directory that was emptied, or the
        same file under another case on a file system that ignores case.
        """
        found = await self._target.read(checked.step.path)
        now = seen(found)
        if now == checked.theirs:
            if now is not None and now.kind == "directory":
                raise _ChangedMeanwhileError(self._check.conflict(checked.step, found, "directory"))
            return now
        freed = checked.theirs is not None and (
            checked.theirs.kind == "directory" or checked.step.path.casefold() in self._removed_names
        )
        if now is None and freed:
            return None
        raise _ChangedMeanwhileError(self._check.conflict(checked.step, found, "changed-meanwhile"))

    def _our_content(self, path: str, wanted: FileState) -> bytes:
        try:
            content = read_content(place_in(self._place.workspace, path), wanted.kind)
        except OSError as error:
            raise ChangesetMovedError(f"{shown(path)} is gone since the review.", "Review again.") from error
        if hashlib.sha256(content).hexdigest() != wanted.sha256:
            raise ChangesetMovedError(f"{shown(path)} changed since the review.", "Review again.")
        return content

    async def _prune(self, removed: list[str]) -> None:
        """Remove directories that the agent removed too and that are empty now, the deepest first."""
        candidates = {parent for path in removed for parent in ancestors(path)}
        for path in sorted(candidates, key=lambda path: (-path.count("/"), path)):
            if not self._in_workspace(path):
                await self._target.remove_directory(path)

    def _in_workspace(self, directory: str) -> bool:
        return os.path.isdir(f"{self._place.workspace}/{directory}")

    async def _undo(self, journal: Journal, cause: BaseException) -> None:
        self._progress(CommitProgress("restoring", 0, len(journal.steps), ""))
        report = await put_back(
            journal, self._target, lambda path, state: prior_content(self._place, path, state)
        )
        if report.failed:
            names = ", ".join(shown(path) for path in report.failed[:5])
            raise WorkspaceError(
                f"The commit failed half way ({cause}), and these could not be put back: {names}.",
                "Once the folder can be written again, commit again: what was left over is put back first.",
            ) from cause
        drop_journal(self._place.journal)
        self._place.flush()


def _with_mode(state: FileState | None, mode: int) -> FileState | None:
    return replace(state, mode=mode) if state is not None and state.kind == "file" else state


def prior_content(place: CommitPlace, path: str, state: FileState) -> bytes:
    """The content a path of the folder had before a commit: the imported one, or the agent's where it was
    the same.
    """
    imported = place.base.entries.get(path)
    if imported is not None and imported.sha256 == state.sha256:
        return place.base.read(path)
    content = read_content(place_in(place.workspace, path), state.kind)
    if hashlib.sha256(content).hexdigest() != state.sha256:
        raise ConflictError(f"The earlier content of {shown(path)} is not at hand any more.")
    return content


def finish_applied(place: CommitPlace, journal: Journal) -> None:
    """Make the committed files the new base and end the commit.

    The workspace still holds what was committed.
    """
    for step in journal.steps:
        if step.after is None:
            place.base.drop(step.path)
    for step in journal.steps:
        if step.after is not None:
            _adopt(place, step.path, step.after)
    place.base.save()
    drop_journal(place.journal)
    place.flush()


def _adopt(place: CommitPlace, path: str, committed: FileState) -> None:
    """Make a committed file the base.

    If the workspace went on meanwhile, the base stays: the next commit will show it.

    The mode is the workspace's: one that was kept for the folder's sake is no change of the agent's.
    """
    try:
        host = place_in(place.workspace, path)
        content = read_content(host, committed.kind)
        mode = os.lstat(host).st_mode
    except OSError:
        return
    state = state_of_content(committed.kind, mode, content)
    if state.sha256 == committed.sha256:
        place.base.put(path, state, content)
