"""What is open on the page."""

from __future__ import annotations

from dataclasses import replace

from satchel.runtime.doctor import Check
from satchel.ui.announcements import PROMPT_ID
from satchel.ui.controller import Controller
from satchel.ui.effects import Announce, Focus
from satchel.ui.errors import ActionRefusedError
from satchel.ui.handlers.request import ActionRequest
from satchel.ui.handlers.terminal import open_panel
from satchel.ui.view_state import Document, Examination, Panel
from satchel.ui.views.doctor_dialog import summary

_PANELS: dict[str, Panel] = {"chat": "chat", "files": "files", "changes": "changes", "sessions": "sessions"}
_TERMINAL = "terminal"
_DOCUMENTS: dict[str, Document] = {"changes": "changes", "file": "file"}


async def show_panel(controller: Controller, request: ActionRequest) -> None:
    """Show a panel where there is room for one at a time."""
    if request.text("panel") == _TERMINAL:
        open_panel(controller)
        return
    panel = _PANELS.get(request.text("panel"))
    if panel is None:
        raise ActionRefusedError("The page asked for a panel that does not exist.", "Reload the page.")
    view = replace(controller.view, panel=panel)
    if panel == "changes":
        view = replace(view, document="changes", review_open=True)
    controller.set(view)


async def show_document(controller: Controller, request: ActionRequest) -> None:
    """Choose between the changes and the open file."""
    document = _DOCUMENTS.get(request.text("document"))
    if document is None:
        raise ActionRefusedError("The page asked for something unknown to show.", "Reload the page.")
    controller.set(replace(controller.view, document=document))


async def open_help(controller: Controller, request: ActionRequest) -> None:
    """Show the keys."""
    controller.set(replace(controller.view, dialog="help"))


async def open_doctor(controller: Controller, request: ActionRequest) -> None:
    """Try out what this browser can do, and show it as it comes. One that is under way is shown, not begun again."""
    running = controller.view.examination
    if running is not None and not running.is_over:
        controller.set(replace(controller.view, dialog="doctor"))
        return
    if controller.examine is None:
        raise ActionRefusedError("This cannot be tried here.", "Use the command line's doctor.")
    controller.set(replace(controller.view, dialog="doctor", examination=Examination()))

    def found(check: Check) -> None:
        so_far = controller.view.examination or Examination()
        examination = replace(so_far, checks=(*so_far.checks, check))
        controller.set(replace(controller.view, examination=examination))

    try:
        await controller.examine(found)
    finally:
        over = replace(controller.view.examination or Examination(), is_over=True)
        controller.set(replace(controller.view, examination=over))
        controller.emit(Announce(summary(over)))


async def close_dialog(controller: Controller, request: ActionRequest) -> None:
    """Close whatever dialog is open."""
    controller.set(replace(controller.view, dialog="", dialog_subject=""))


async def dismiss_notice(controller: Controller, request: ActionRequest) -> None:
    """Take a notice away."""
    controller.set(controller.view.without_notice(request.number("id")))


async def open_review(controller: Controller, request: ActionRequest) -> None:
    """Open the review and go there."""
    view = replace(controller.view, review_open=True, panel="changes", document="changes")
    changeset = controller.service.changeset
    if changeset is not None and changeset.changes and not view.selected_change:
        view = replace(view, selected_change=changeset.changes[0].path)
    controller.set(view)
    controller.emit(Focus("review-panel"))


async def close_review(controller: Controller, request: ActionRequest) -> None:
    """Close the review and go back to the prompt."""
    controller.set(replace(controller.view, review_open=False, review_wide=False, panel="chat"))
    controller.emit(Focus(PROMPT_ID))


async def widen_review(controller: Controller, request: ActionRequest) -> None:
    """Give the review all the room, or take it back."""
    controller.set(replace(controller.view, review_wide=not controller.view.review_wide))
