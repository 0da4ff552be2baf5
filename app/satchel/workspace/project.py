"""One open project: its files, its base, what changed, and what may become of the changes.

`Project.open` prepares the directories of a storage's root. The project owns them until it is closed;
everything of an agent's turn goes through `files`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from satchel.base.checkpoint import Checkpoint
from satchel.base.ids import ProjectId
from satchel.base.limits import WorkspaceLimits
from satchel.workspace.base import Base
from satchel.workspace.changeset import ChangeFinder, Changeset
from satchel.workspace.commit import commit_changes, kept_note
from satchel.workspace.commit_finish import CommitPlace, adopt_committed, prior_content
from satchel.workspace.commit_journal import JournalFile
from satchel.workspace.commit_report import CommitProgress, CommitReport, InterruptedCommit
from satchel.workspace.commit_target import CommitTarget
from satchel.workspace.commit_undo import UndoReport, put_back
from satchel.workspace.comparison import DISPLAY_BYTES, PROBE_BYTES, Comparison, compare_content
from satchel.workspace.discard import discard_changes
from satchel.workspace.errors import ChangesetMovedError, NotFoundError, WorkspaceError, from_os_error
from satchel.workspace.file_state import FileState, StateKind, read_content
from satchel.workspace.guest_files import GuestFiles
from satchel.workspace.guest_path import byte_order, shown
from satchel.workspace.host_tree import place_in, remove_tree
from satchel.workspace.project_layout import (
    BASE_RECORD,
    BASE_TREE,
    COMMIT_CONTENTS,
    COMMIT_RECORD,
    GUEST_MOUNTS,
    STAT_RECORD,
    WORKSPACE_TREE,
    make_layout,
)
from satchel.workspace.project_storage import ProjectStorage
from satchel.workspace.stat_memo import StatMemo


class Project:
    """One opened project. Not to be used after `close`."""

    def __init__(
        self,
        project_id: ProjectId,
        name: str,
        storage: ProjectStorage,
        base: Base,
        limits: WorkspaceLimits,
    ) -> None:
        self.id = project_id
        self.name = name
        self.storage = storage
        self.base = base
        self.limits = limits
        root = storage.root
        self.files = GuestFiles({guest: f"{root}/{host}" for guest, host in GUEST_MOUNTS.items()}, limits)
        self._workspace = f"{root}/{WORKSPACE_TREE}"
        self._memo = StatMemo.load(f"{root}/{STAT_RECORD}")
        self._finder = ChangeFinder(self._workspace, base, self._memo)
        self._last_changeset: Changeset | None = None
        self._journal = JournalFile(f"{root}/{COMMIT_RECORD}", f"{root}/{COMMIT_CONTENTS}")
        self._place = CommitPlace(self._workspace, base, self._journal, storage.flush)

    @classmethod
    def open(
        cls, project_id: ProjectId, name: str, storage: ProjectStorage, limits: WorkspaceLimits | None = None
    ) -> Project:
        """Take over an open storage: make missing directories, read the base.

        Raises WorkspaceError when the record of the base is damaged.
        """
        make_layout(storage.root)
        base = Base.load(f"{storage.root}/{BASE_TREE}", f"{storage.root}/{BASE_RECORD}")
        return cls(project_id, name, storage, base, limits or WorkspaceLimits())

    @property
    def is_empty(self) -> bool:
        """Whether nothing was imported yet and the workspace holds nothing."""
        return not self.base.entries and not self.files.list_directory("/workspace")

    @property
    def interrupted_commit(self) -> InterruptedCommit | None:
        """The commit that was cut off while it wrote to the folder, None when there is none."""
        try:
            journal = self._journal.load()
        except WorkspaceError as error:
            return InterruptedCommit("", "", (), error.message)
        if journal is None or journal.phase == "applied":
            return None
        paths = tuple(step.path for step in journal.steps)
        return InterruptedCommit(journal.target, journal.identity, paths)

    async def changeset(self, checkpoint: Checkpoint) -> Changeset:
        """What differs from the base now. Files whose status did not change are not read again."""
        self._last_changeset = await self._finder.find(checkpoint)
        return self._last_changeset

    @property
    def last_changeset(self) -> Changeset | None:
        """What `changeset` found last, None before it was called."""
        return self._last_changeset

    def read_current(self, path: str, kind: StateKind, most: int | None = None) -> bytes:
        """Content of a file in the workspace (of a link: its target), by its path relative to the project."""
        try:
            return read_content(place_in(self._workspace, path), kind, most)
        except OSError as error:
            raise from_os_error(error, shown(path)) from error

    def compare(self, path: str) -> Comparison:
        """Both sides of one path for display (relative to the project; the new path of a rename).

        Raises NotFoundError when neither side has it.
        """
        known = self._last_changeset.by_path().get(path) if self._last_changeset is not None else None
        old_path = known.old_path if known is not None else None
        before = self.base.entries.get(old_path or path)
        after = self._current_state(path)
        if before is None and after is None:
            raise NotFoundError(f"{shown(path)} is neither in the project as imported nor in the workspace.")
        old = None if before is None else (before, self._base_content(old_path or path, before))
        new = None if after is None else (after, self._shown_content(path, after))
        return compare_content(path, old_path, old, new)

    async def commit(
        self,
        changeset: Changeset,
        accepted: Collection[str],
        target: CommitTarget,
        checkpoint: Checkpoint,
        progress: Callable[[CommitProgress], None],
        *,
        record: Callable[[CommitReport], None] = lambda _: None,
        skip_conflicts: bool = False,
    ) -> CommitReport:
        """Write the accepted changes (paths of `changeset`) to the target: all of them, or none.

        Conflicts are reported and nothing is written, unless `skip_conflicts` commits the rest. A commit that was cut
        off on this target is put back first. Once the folder is complete the commit counts, and `record` is called
        (see `finish_commit`). Raises ChangesetMovedError when the workspace is not what was reviewed, WorkspaceError
        after a failure that was undone.
        """
        known = changeset.by_path()
        unknown = sorted(set(accepted) - set(known), key=byte_order)
        if unknown:
            raise NotFoundError(f"{shown(unknown[0])} is not part of the changeset.", "Review again.")
        self.finish_commit(record)
        notes: tuple[str, ...] = ()
        undone = await self.put_back_interrupted_commit(target)
        if undone is not None:
            notes = (
                "An earlier commit had been cut off half way; it was put back first.",
                *kept_note(undone),
            )
        current = await self.changeset(checkpoint)
        if current.digest != changeset.digest:
            raise ChangesetMovedError(
                "The workspace changed after this changeset was shown.",
                "Look at the changes again, then commit.",
            )
        report = await commit_changes(
            self._place, current, accepted, target, checkpoint, progress, skip_conflicts=skip_conflicts
        )
        notes = (*notes, *report.notes, *_mode_notes(current, report.committed, target))
        try:
            self.finish_commit(record)
        except WorkspaceError as error:
            notes = (*notes, f"What Satchel keeps of the project is not up to date yet: {error}")
        self._save_memo()
        return replace(report, notes=notes)

    def finish_commit(self, record: Callable[[CommitReport], None]) -> None:
        """Finish a commit whose folder is complete: have it recorded, then make it the base. Else nothing.

        `record` may be called more than once for one commit, when this was cut off. Raises WorkspaceError, and what
        `record` raises; it is done again at the next commit, and may be called at any time.
        """
        try:
            journal = self._journal.load()
        except WorkspaceError:  # `interrupted_commit` tells.
            return
        if journal is None or journal.phase != "applied":
            return
        record(CommitReport(journal.target, journal.committed, journal.rejected, (), journal.digest))
        adopt_committed(self._place, journal)
        self.forget_interrupted_commit()

    async def discard(self, paths: Collection[str]) -> None:
        """Put the imported content of changed paths back into the workspace.

        The real folder is not touched.

        `paths` are paths of the changeset as it is now. Raises NotFoundError for others, ConflictError when
        a change that is kept stands in the way; nothing is done then.
        """
        changes = (await self.changeset(_Unhurried())).by_path()
        unknown = sorted(set(paths) - set(changes), key=byte_order)
        if unknown:
            raise NotFoundError(f"{shown(unknown[0])} is not changed.", "Look at the changes again.")
        try:
            discard_changes(self._workspace, self.base, [changes[path] for path in sorted(set(paths))])
        except OSError as error:
            raise from_os_error(error, "The workspace") from error
        self.storage.flush()

    def adopt_import(self, entries: Mapping[str, FileState]) -> None:
        """Make the workspace as it is now the base; `entries` are the states of all its files and links.

        A failure leaves the project without a base. Raises OSError, WorkspaceError.
        """
        tree = f"{self.storage.root}/{BASE_TREE}"
        if os.path.lexists(tree):
            remove_tree(tree)
        try:
            self.storage.clone_tree(self._workspace, tree)
            self.base.adopt(entries)
            self.base.save()
        except BaseException:
            self.base.adopt({})
            raise
        for path, state in entries.items():
            self._memo.remember(path, os.lstat(f"{self._workspace}/{path}"), state)
        self._save_memo()
        self.storage.flush()

    @property
    def workspace_directory(self) -> str:
        """Host path of the tree behind /workspace, for those who fill it."""
        return self._workspace

    def flush(self) -> None:
        """Make everything written so far survive a crash. Called at tool boundaries."""
        self.storage.flush()

    def close(self) -> None:
        """Keep what is known of the files for the next opening and let go of the storage."""
        self._save_memo()
        self.storage.close()

    def forget_interrupted_commit(self) -> None:
        """Give up on putting an interrupted commit back; the folder stays as it is."""
        self._journal.drop()
        self.storage.flush()

    async def put_back_interrupted_commit(self, target: CommitTarget) -> UndoReport | None:
        """Undo the commit that was cut off on this target; None when there is none.

        Files edited since stay as they are. Raises WorkspaceError when something cannot be put back, when the commit
        was to another folder, or when its record is damaged.
        """
        journal = self._journal.load()
        if journal is None or journal.phase == "applied":
            return None
        if journal.identity != target.identity:
            raise WorkspaceError(
                f"An earlier commit to {shown(journal.target)} was cut off, and this is another folder.",
                "Have that folder put back first, or say that it stays as it is.",
            )
        report = await put_back(
            journal, target, lambda path, state: prior_content(self._place, journal, path, state)
        )
        if report.failed:
            raise WorkspaceError(
                f"{shown(report.failed[0])} of an earlier, interrupted commit could not be put back.",
                "Make the folder writable, then have it put back again.",
            )
        self.forget_interrupted_commit()
        return report

    def _current_state(self, path: str) -> FileState | None:
        try:
            host = place_in(self._workspace, path)
            return self._memo.state(path, host, os.lstat(host))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise from_os_error(error, shown(path)) from error

    def _shown_content(self, path: str, state: FileState) -> bytes:
        return self.read_current(path, state.kind, PROBE_BYTES if state.size > DISPLAY_BYTES else None)

    def _base_content(self, path: str, state: FileState) -> bytes:
        return self.base.read_start(path, PROBE_BYTES) if state.size > DISPLAY_BYTES else self.base.read(path)

    def _save_memo(self) -> None:
        try:
            self._memo.save(f"{self.storage.root}/{STAT_RECORD}")
        except OSError:
            return


class _Unhurried:
    """The checkpoint of work that nobody cancels."""

    def poll(self) -> None:
        """Nothing to serve."""

    async def breathe(self) -> None:
        """Let others run."""
        await asyncio.sleep(0)


def _mode_notes(changeset: Changeset, committed: Collection[str], target: CommitTarget) -> tuple[str, ...]:
    if target.keeps_modes:
        return ()
    lost = [
        change.path
        for change in changeset.changes
        if change.path in committed
        and change.after is not None
        and change.after.executable != (change.before is not None and change.before.executable)
    ]
    if not lost:
        return ()
    names = ", ".join(shown(path) for path in lost[:5])
    return (f"{shown(target.name)} cannot keep modes: set the executable bit of {names} yourself.",)
