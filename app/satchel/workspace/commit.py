"""Commit: the reviewed changes become part of the user's real folder, all of them or none.

The order is what makes it safe. Check everything first (`commit_check.py`); keep what is to be written beside the
undo journal and make both durable; take files away, then put files in place, each looked at once more right before;
note in the journal that the folder is complete. A failure until then, cancellation included, puts the folder back
(`commit_undo.py`); from then on the commit is done and only has to be finished (`commit_finish.py`), which is the
caller's. An outside edit is never overwritten: what is found changed before its turn ends the commit with a conflict.

Does not decide what was reviewed (that is `project.py`) and does not ask for permission.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from satchel.base.checkpoint import Checkpoint
from satchel.workspace.changeset import Change, Changeset
from satchel.workspace.commit_check import CheckedStep, CheckResult, CommitCheck
from satchel.workspace.commit_finish import CommitPlace, prior_content
from satchel.workspace.commit_journal import Journal, JournalStep
from satchel.workspace.commit_plan import Seen, gives_way_first, seen
from satchel.workspace.commit_report import CommitProgress, CommitReport, Conflict, ProgressListener
from satchel.workspace.commit_target import CommitTarget
from satchel.workspace.commit_undo import UndoReport, put_back
from satchel.workspace.errors import ChangesetMovedError, WorkspaceError, from_os_error
from satchel.workspace.file_state import FileState, read_content
from satchel.workspace.guest_path import ancestors, byte_order, path_from_bytes, shown
from satchel.workspace.host_tree import has_directory, place_in

__all__ = ["CommitProgress", "CommitReport", "Conflict", "commit_changes", "kept_note"]

_LISTED = 5


@dataclass(frozen=True, slots=True)
class _Transaction:
    """What one commit works with."""

    place: CommitPlace
    changeset: Changeset
    accepted: frozenset[str]
    target: CommitTarget
    checkpoint: Checkpoint
    progress: ProgressListener


class _ChangedMeanwhileError(Exception):
    """A path of the folder changed after it was checked."""

    def __init__(self, conflict: Conflict) -> None:
        super().__init__(f"{shown(conflict.path)} changed meanwhile")
        self.conflict = conflict


async def commit_changes(
    place: CommitPlace,
    changeset: Changeset,
    accepted: Collection[str],
    target: CommitTarget,
    checkpoint: Checkpoint,
    progress: ProgressListener,
    *,
    skip_conflicts: bool = False,
) -> CommitReport:
    """Write the accepted changes (paths of the changeset) to the target; the others count as rejected.

    With a conflict nothing is written, unless `skip_conflicts` leaves only the changes concerned out. When something
    was written, the journal stays, in phase 'applied', until the commit was finished. Raises WorkspaceError after a
    failure, with the folder put back (the message says so if that was not possible).
    """
    task = _Transaction(place, changeset, frozenset(accepted), target, checkpoint, progress)
    check = CommitCheck(place.workspace, place.base, target, checkpoint, progress)
    left = [change for change in changeset.changes if change.path in task.accepted]
    conflicts: list[Conflict] = []
    result = await check.run(left)
    while result.conflicts:
        conflicts.extend(result.conflicts)
        if not skip_conflicts:
            return _report(task, (), conflicts)
        refused = {conflict.change for conflict in result.conflicts}
        left = [change for change in left if change.path not in refused]
        result = await check.run(left)
    notes: tuple[str, ...] = ()
    if left:
        writing = _Writing(task, left, result, check)
        try:
            await writing.run()
        except _ChangedMeanwhileError as error:
            return _report(task, (), [*conflicts, error.conflict], writing.notes)
        notes = writing.notes
    return _report(task, tuple(change.path for change in left), conflicts, notes)


def _report(
    task: _Transaction, committed: tuple[str, ...], conflicts: list[Conflict], notes: tuple[str, ...] = ()
) -> CommitReport:
    return CommitReport(
        task.target.name, committed, _rejected(task), tuple(conflicts), task.changeset.digest, notes
    )


def _rejected(task: _Transaction) -> tuple[str, ...]:
    return tuple(change.path for change in task.changeset.changes if change.path not in task.accepted)


def kept_note(report: UndoReport) -> tuple[str, ...]:
    """What the user is told of paths that putting back left alone."""
    if not report.kept:
        return ()
    return (f"Edited meanwhile and left as they are: {_listed(tuple(sorted(report.kept, key=byte_order)))}.",)


def _listed(paths: tuple[str, ...]) -> str:
    more = f" and {len(paths) - _LISTED} more" if len(paths) > _LISTED else ""
    return ", ".join(shown(path) for path in paths[:_LISTED]) + more


class _Writing:
    """The writing half of one commit. `notes` is what the user should hear of it."""

    def __init__(
        self, task: _Transaction, changes: list[Change], checked: CheckResult, check: CommitCheck
    ) -> None:
        removals = [step for step in checked.steps if step.step.wanted is None]
        self._ordered = removals + [step for step in checked.steps if step.step.wanted is not None]
        self._removals = len(removals)
        self._task = task
        self._changes = changes
        self._made_directories = checked.made_directories
        self._check = check
        self._removed_names: set[str] = set()
        self.notes: tuple[str, ...] = ()

    async def run(self) -> None:
        place = self._task.place
        journal = await self._journal()
        try:
            await self._keep_contents()
            place.journal.save(journal)
            place.flush()
        except BaseException:
            place.journal.drop()
            raise
        try:
            await self._write(journal)
            place.journal.save(journal.applied())
        except BaseException as error:
            await self._undo(journal, error)
            raise
        try:
            place.flush()
        except WorkspaceError as error:
            self.notes = (*self.notes, str(error))

    async def _journal(self) -> Journal:
        """Every step that may write, even one that is already as wanted: another step may take it away."""
        steps = tuple(
            JournalStep(
                checked.step.path,
                checked.theirs.as_state() if checked.theirs is not None else None,
                checked.step.wanted,
            )
            for checked in self._ordered
        )
        return Journal(
            self._task.target.name,
            self._task.target.identity,
            "writing",
            steps,
            self._made_directories,
            await self._doomed_directories(),
            tuple(change.path for change in self._changes),
            _rejected(self._task),
            self._task.changeset.digest,
        )

    async def _doomed_directories(self) -> tuple[tuple[str, int | None], ...]:
        """Directories that the agent removed and that may be empty then, with their modes, the deepest first."""
        removed = (checked.step.path for checked in self._ordered[: self._removals])
        candidates = {parent for path in removed for parent in ancestors(path)}
        doomed: list[tuple[str, int | None]] = []
        for path in sorted(candidates, key=lambda path: (-path.count("/"), path)):
            await self._task.checkpoint.breathe()
            is_ours = has_directory(self._task.place.workspace, path)
            found = None if is_ours else await self._task.target.read(path)
            if found is not None and found.kind == "directory":
                doomed.append((path, found.mode))
        return tuple(doomed)

    async def _keep_contents(self) -> None:
        self._task.place.journal.begin()
        for number, checked in enumerate(self._ordered):
            if checked.step.wanted is not None:
                await self._task.checkpoint.breathe()
                content = self._our_content(checked.step.path, checked.step.wanted)
                self._task.place.journal.keep(number, content)

    def _our_content(self, path: str, wanted: FileState) -> bytes:
        try:
            content = read_content(place_in(self._task.place.workspace, path), wanted.kind)
        except OSError as error:
            raise ChangesetMovedError(f"{shown(path)} is gone since the review.", "Review again.") from error
        if hashlib.sha256(content).hexdigest() != wanted.sha256:
            raise ChangesetMovedError(f"{shown(path)} changed since the review.", "Review again.")
        return content

    async def _write(self, journal: Journal) -> None:
        for number, checked in enumerate(self._ordered[: self._removals]):
            await self._turn(number)
            await self._remove(checked)
        for path, _ in journal.removed_directories:
            await self._task.target.remove_directory(path)
        for number, checked in enumerate(self._ordered[self._removals :], self._removals):
            await self._turn(number)
            await self._put(number, checked)

    async def _turn(self, number: int) -> None:
        await self._task.checkpoint.breathe()
        path = self._ordered[number].step.path
        self._task.progress(CommitProgress("writing", number, len(self._ordered), path))

    async def _remove(self, checked: CheckedStep) -> None:
        if checked.theirs is None:
            return
        await self._look_again(checked)
        await self._task.target.remove(checked.step.path)
        self._removed_names.add(checked.step.path.casefold())

    async def _put(self, number: int, checked: CheckedStep) -> None:
        path, wanted, target = checked.step.path, checked.step.wanted, self._task.target
        if wanted is None:
            raise AssertionError("a removal is not put in place")
        now = await self._look_again(checked)
        if now is not None and checked.finding.already:
            return
        content = self._task.place.journal.content(number)
        if now is not None and gives_way_first(now, wanted):
            await target.remove(path)
        if wanted.kind == "symlink":
            await target.symlink(path, path_from_bytes(content))
        else:
            await target.write(path, content, checked.finding.mode)

    async def _look_again(self, checked: CheckedStep) -> Seen | None:
        """What is at the path now; ends the commit if it is not what was checked.

        A path may have become free through this commit's own removals: a directory that was emptied, or the
        same file under another case on a file system that ignores case.
        """
        found = await self._task.target.read(checked.step.path)
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

    async def _undo(self, journal: Journal, cause: BaseException) -> None:
        place = self._task.place
        self._task.progress(CommitProgress("restoring", 0, len(journal.steps), ""))
        report = await put_back(
            journal, self._task.target, lambda path, state: prior_content(place, journal, path, state)
        )
        self.notes = kept_note(report)
        if report.failed:
            failed = f"The commit failed half way ({cause}), and these could not be put back: {_listed(report.failed)}."
            raise WorkspaceError(
                " ".join((failed, *self.notes)),
                "Once the folder can be written again, have the rest put back.",
            ) from cause
        with contextlib.suppress(WorkspaceError):
            place.journal.drop()  # One that stays is put back once more, which changes nothing.
            place.flush()
        if isinstance(cause, OSError):
            cause = from_os_error(cause, self._task.target.name)
        if isinstance(cause, WorkspaceError):
            raise type(cause)(" ".join((cause.message, *self.notes)), cause.remedy) from cause
