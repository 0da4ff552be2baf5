"""Reviewing changes, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from satchel.ui.controller import Controller
from satchel.ui.effects import Announce, Download, Focus, Scroll
from satchel.ui.errors import ActionRefusedError
from satchel.ui.handlers.request import ActionRequest
from satchel.ui.view_state import ConflictPair
from satchel.ui.visible import plural
from satchel.workspace.changeset import Change
from satchel.workspace.commit import kept_note
from satchel.workspace.commit_target import CommitTarget

_PAIRS: dict[str, ConflictPair] = {
    "theirs-ours": "theirs-ours",
    "base-theirs": "base-theirs",
    "base-ours": "base-ours",
}


@contextmanager
def _busy(controller: Controller, what: str) -> Iterator[None]:
    if controller.view.busy:
        raise ActionRefusedError(f"{controller.view.busy} is not finished.", "Wait for its end.")
    controller.busy_with(what)
    try:
        yield
    finally:
        controller.busy_with("")


def _changes(controller: Controller) -> tuple[Change, ...]:
    changeset = controller.service.changeset
    return () if changeset is None else changeset.changes


def _require_idle(controller: Controller) -> None:
    if controller.service.session.turn != "idle":
        raise ActionRefusedError(
            "The agent is still working on these files.", "Wait for the turn's end, or stop it."
        )


async def select_change(controller: Controller, request: ActionRequest) -> None:
    """Show what changed in a file."""
    controller.set(replace(controller.view, selected_change=request.text("path"), document="changes"))


async def step_change(controller: Controller, request: ActionRequest) -> None:
    """Go to the next or the previous file of the list."""
    paths = [change.path for change in _changes(controller)]
    if not paths:
        return
    selected = controller.view.selected_change
    at = paths.index(selected) + request.number("by") if selected in paths else 0
    at = max(0, min(len(paths) - 1, at))
    controller.set(replace(controller.view, selected_change=paths[at], document="changes"))
    controller.emit(Focus(f"change-{at}"))
    controller.emit(Scroll(f"change-{at}"))


async def accept_change(controller: Controller, request: ActionRequest) -> None:
    """Take a change or leave it: as the box says, or as `accepted` says where a key was pressed."""
    path = request.text("path")
    if all(change.path != path for change in _changes(controller)):
        return
    taken = request.checked() if "value" in request.extra else request.flag("accepted")
    controller.set(replace(controller.view, accepted={**controller.view.accepted, path: taken}))
    if "value" not in request.extra:
        controller.emit(Announce(f"{path}: {'taken' if taken else 'left out'}."))


async def accept_all(controller: Controller, request: ActionRequest) -> None:
    """Take all changes, or none."""
    taken = request.checked()
    controller.set(replace(controller.view, accepted={change.path: taken for change in _changes(controller)}))


async def refresh(controller: Controller, request: ActionRequest) -> None:
    """Look for changes now."""
    with _busy(controller, "Looking for changes"):
        await controller.service.refresh_changes()


async def ask_discard(controller: Controller, request: ActionRequest) -> None:
    """Ask before changes are taken back."""
    _require_idle(controller)
    if controller.discardable_paths():
        controller.set(replace(controller.view, dialog="discard"))


async def discard(controller: Controller, request: ActionRequest) -> None:
    """Take changes back, in the workspace only."""
    _require_idle(controller)
    paths = controller.discardable_paths()
    controller.set(replace(controller.view, dialog=""))
    with _busy(controller, "Discarding"):
        await controller.service.discard(paths)
    controller.notify("success", f"{plural(len(paths), 'change')} discarded.")


async def download_patch(controller: Controller, request: ActionRequest) -> None:
    """Hand out the accepted changes as a patch."""
    with _busy(controller, "Making the patch"):
        data = await controller.service.export_patch(controller.accepted_paths())
    controller.emit(Download(f"{_file_stem(controller)}.patch", "text/x-patch", data))


async def download_archive(controller: Controller, request: ActionRequest) -> None:
    """Hand out the whole workspace."""
    with _busy(controller, "Making the archive"):
        data = await controller.service.export_archive("zip")
    controller.emit(Download(f"{_file_stem(controller)}.zip", "application/zip", data))


def _file_stem(controller: Controller) -> str:
    project = controller.service.project
    name = "satchel" if project is None else project.name
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in name).strip(".-")[:80] or "satchel"


async def commit_to(controller: Controller, target: CommitTarget) -> None:
    """Write the accepted changes to the folder. With conflicts nothing is written and the three sides are shown.

    A commit that was cut off is put back instead: that is what the page offers then.
    """
    _require_idle(controller)
    if controller.service.interrupted_commit is not None:
        await _put_back(controller, target)
        return
    accepted = controller.accepted_paths()
    if not accepted:
        raise ActionRefusedError("No file is ticked.", "Tick what should be committed.")
    with _busy(controller, "Committing"):
        report = await controller.service.commit(accepted, target)
    if report.conflicts:
        first = report.conflicts[0].path
        view = replace(controller.view, commit_report=report, selected_conflict=first, review_open=True)
        controller.set(replace(view, document="changes"))
        controller.emit(
            Announce(f"Nothing was written: {plural(len(report.conflicts), 'file')} changed in the folder.")
        )
        controller.emit(Focus("review-panel"))
        if report.notes:
            controller.notify("warning", "The folder needs a look.", " ".join(report.notes))
        return
    rejected = dict.fromkeys(report.rejected, False)  # Or the next commit would take them.
    controller.set(replace(controller.view, commit_report=None, accepted=rejected, selected_change=""))
    done = f"{plural(len(report.committed), 'change')} written to {report.target}."
    controller.notify("success", done, " ".join(report.notes))


async def _put_back(controller: Controller, target: CommitTarget) -> None:
    with _busy(controller, "Putting the folder back"):
        report = await controller.service.put_back(target)
    left = () if report is None else kept_note(report)
    if left:
        controller.notify("warning", f"{target.name} was put back, but not all of it.", " ".join(left))
    else:
        controller.notify("success", f"{target.name} is as it was before the commit.")


async def leave_as_it_is(controller: Controller, request: ActionRequest) -> None:
    """Give up on putting back a commit that was cut off."""
    _require_idle(controller)
    with _busy(controller, "Looking for changes"):
        await controller.service.leave_interrupted_commit()
    controller.notify("info", "The folder stays as it is.", "Its files show as conflicts where they differ.")


async def dismiss_commit_report(controller: Controller, request: ActionRequest) -> None:
    """Go back from the conflicts to the changes."""
    controller.set(replace(controller.view, commit_report=None, selected_conflict=""))


async def leave_conflicts_out(controller: Controller, request: ActionRequest) -> None:
    """Untick every change that met a conflict, so that the rest can be committed."""
    report = controller.view.commit_report
    if report is None:
        return
    accepted = {**controller.view.accepted, **{conflict.change: False for conflict in report.conflicts}}
    controller.set(replace(controller.view, accepted=accepted, commit_report=None, selected_conflict=""))


async def select_conflict(controller: Controller, request: ActionRequest) -> None:
    """Show the sides of a conflict."""
    controller.set(replace(controller.view, selected_conflict=request.text("path")))


async def compare_conflict(controller: Controller, request: ActionRequest) -> None:
    """Choose which two of the three sides are shown."""
    pair = _PAIRS.get(request.text("pair"))
    if pair is None:
        raise ActionRefusedError("The page asked for sides that do not exist.", "Reload the page.")
    controller.set(replace(controller.view, conflict_pair=pair))
