"""Sessions: open, begin, rename, delete, export."""

from __future__ import annotations

from dataclasses import replace

from satchel.base.ids import SessionId
from satchel.ui.announcements import PROMPT_ID
from satchel.ui.controller import Controller
from satchel.ui.effects import Announce, Download, Focus
from satchel.ui.errors import ActionRefusedError
from satchel.ui.handlers.request import ActionRequest


def _known(controller: Controller, request: ActionRequest) -> SessionId:
    wanted = request.text("id")
    service = controller.service
    if wanted == service.session.session_id:
        return service.session.session_id
    for summary in service.sessions:
        if summary.id == wanted:
            return summary.id
    raise ActionRefusedError("That session does not exist any more.", "Choose another one.")


async def new(controller: Controller, request: ActionRequest) -> None:
    """Begin an empty session with the same project."""
    await controller.service.new_session()
    controller.set(controller.view.anew())
    controller.emit(Announce("New session."))
    controller.emit(Focus(PROMPT_ID))


async def open_session(controller: Controller, request: ActionRequest) -> None:
    """Open another session, and its project."""
    await controller.service.open_session(_known(controller, request))
    controller.set(controller.view.anew())
    controller.emit(Announce(f"Session {controller.service.session.title}."))


async def ask_rename(controller: Controller, request: ActionRequest) -> None:
    """Ask for a new title."""
    controller.set(
        replace(controller.view, dialog="rename-session", dialog_subject=_known(controller, request))
    )


async def rename(controller: Controller, request: ActionRequest) -> None:
    """Give the session its new title."""
    title = " ".join(request.field("title").split())[:200]
    if not title:
        raise ActionRefusedError("A session needs a title.", "Write at least one character.")
    await controller.service.rename_session(_known(controller, request), title)
    controller.set(replace(controller.view, dialog="", dialog_subject=""))


async def ask_delete(controller: Controller, request: ActionRequest) -> None:
    """Ask before a session is deleted."""
    controller.set(
        replace(controller.view, dialog="delete-session", dialog_subject=_known(controller, request))
    )


async def delete(controller: Controller, request: ActionRequest) -> None:
    """Delete the session's log, and its project unless that is to be kept or another session has it."""
    session_id, keep_project = _known(controller, request), request.flag("keep_project")
    controller.set(replace(controller.view, dialog="", dialog_subject=""))
    await controller.service.delete_session(session_id, keep_project=keep_project)
    controller.emit(Announce("Session deleted."))


async def export(controller: Controller, request: ActionRequest) -> None:
    """Hand out the session's events as JSON lines."""
    session_id = _known(controller, request)
    data = await controller.service.export_session(session_id)
    controller.emit(Download(f"satchel-session-{session_id[:8]}.jsonl", "application/jsonl", data))
