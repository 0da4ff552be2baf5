"""Putting the real folder back to what it was before a commit, from its journal.

Safe to run at any time and more than once: a path is touched only while it holds exactly what the commit
wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from satchel.workspace.commit_journal import Journal, JournalStep
from satchel.workspace.commit_plan import Seen, gives_way_first, seen
from satchel.workspace.commit_target import CommitTarget
from satchel.workspace.errors import WorkspaceError
from satchel.workspace.file_state import FileState
from satchel.workspace.guest_path import ancestors, path_from_bytes

ContentSource = Callable[[str, FileState], bytes]


@dataclass(frozen=True, slots=True)
class UndoReport:
    """`restored` were put back, `kept` hold an edit of somebody else and were left, `failed` could not be
    restored.
    """

    restored: tuple[str, ...]
    kept: tuple[str, ...]
    failed: tuple[str, ...]


async def put_back(journal: Journal, target: CommitTarget, content_of: ContentSource) -> UndoReport:
    """Undo the steps of a journal. `content_of(path, state)` gives the content a path had before.

    First what the commit added goes, then the directories it made; then the directories it removed are made again, and
    what it took or changed comes back: a file may have given way to a directory of the same name.
    """
    outcomes: dict[str, list[str]] = {"restored": [], "kept": [], "failed": [], "untouched": []}
    added = [step for step in journal.steps if step.before is None]
    others = [step for step in journal.steps if step.before is not None]
    await _put_back_all(added, target, content_of, outcomes)
    for directory in journal.made_directories:
        try:
            await target.remove_directory(directory)
        except (WorkspaceError, OSError):
            outcomes["failed"].append(directory)
    await _make_again(journal, target, outcomes)
    await _put_back_all(others, target, content_of, outcomes)
    return UndoReport(tuple(outcomes["restored"]), tuple(outcomes["kept"]), tuple(outcomes["failed"]))


async def _put_back_all(
    steps: Sequence[JournalStep],
    target: CommitTarget,
    content_of: ContentSource,
    outcomes: dict[str, list[str]],
) -> None:
    for step in reversed(steps):
        try:
            outcome = await _put_back_step(step, target, content_of)
        except (WorkspaceError, OSError):
            outcome = "failed"
        outcomes[outcome].append(step.path)


async def _make_again(journal: Journal, target: CommitTarget, outcomes: dict[str, list[str]]) -> None:
    """Make removed directories with the modes they had. Where modes are not known, their files will make them."""
    for path, mode in reversed(journal.removed_directories):
        try:
            if mode is not None and await _seen_at(path, target) is None:
                await target.make_directory(path, mode)
        except (WorkspaceError, OSError):
            outcomes["failed"].append(path)


async def _put_back_step(step: JournalStep, target: CommitTarget, content_of: ContentSource) -> str:
    now = await _seen_at(step.path, target)
    if _is(now, step.before, target):
        return "untouched"
    if not _may_touch(now, step):
        return "kept"
    if step.before is None:
        await target.remove(step.path)
        return "restored"
    content = content_of(step.path, step.before)
    if now is not None and gives_way_first(now, step.before):
        await target.remove(step.path)
    if step.before.kind == "symlink":
        await target.symlink(step.path, path_from_bytes(content))
    else:
        await target.write(step.path, content, step.before.mode)
    return "restored"


async def _seen_at(path: str, target: CommitTarget) -> Seen | None:
    """What is at a path; nothing, where a parent is no directory (a target does not look through those)."""
    for parent in reversed(ancestors(path)):
        found = await target.read(parent)
        if found is None or found.kind != "directory":
            return None
    return seen(await target.read(path))


def _may_touch(now: Seen | None, step: JournalStep) -> bool:
    """Whether the path holds what the commit made of it, or nothing yet, between removing and making."""
    if now is None:
        return step.after is None or (step.before is not None and gives_way_first(step.before, step.after))
    return now.holds(step.after)


def _is(now: Seen | None, state: FileState | None, target: CommitTarget) -> bool:
    if now is None or state is None:
        return now is None and state is None
    same_mode = (
        not target.keeps_modes or now.mode is None or state.kind == "symlink" or now.mode == state.mode
    )
    return now.holds(state) and same_mode
