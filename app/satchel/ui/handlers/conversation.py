"""Tasks, answers, and stopping."""

from __future__ import annotations

from dataclasses import replace

from satchel.base.ids import QuestionId
from satchel.session.events import Lifetime
from satchel.ui.announcements import PROMPT_ID
from satchel.ui.controller import Controller
from satchel.ui.effects import DraftAccepted, DraftOffered, Focus
from satchel.ui.errors import ActionRefusedError
from satchel.ui.handlers.request import ActionRequest


async def submit(controller: Controller, request: ActionRequest) -> None:
    """Begin a turn. The page keeps the text until it is safely in the log."""
    text = request.field("text").strip()
    session = controller.service.session
    if not text:
        return
    if session.turn != "idle":
        raise ActionRefusedError(
            "A turn is running.", "Your text stays in the prompt; send it when the turn is over."
        )
    await controller.service.submit(text)
    controller.emit(DraftAccepted(session.session_id, text))


async def suggest(controller: Controller, request: ActionRequest) -> None:
    """Put a suggested task into the prompt."""
    controller.emit(DraftOffered(controller.service.session.session_id, request.text("text")))
    controller.emit(Focus(PROMPT_ID))


async def cancel(controller: Controller, request: ActionRequest) -> None:
    """Stop the running turn, if one runs."""
    if controller.service.session.turn != "idle":
        controller.service.cancel()


async def answer(controller: Controller, request: ActionRequest) -> None:
    """Answer a permission question. One that was answered meanwhile is left alone."""
    question_id = QuestionId(request.text("id"))
    lifetimes: dict[str, Lifetime] = {"once": "once", "session": "session"}
    lifetime = lifetimes.get(request.text("lifetime"))
    if lifetime is None:
        raise ActionRefusedError("The page sent an answer that lasts for no known time.", "Reload the page.")
    if all(question.id != question_id for question in controller.service.session.questions):
        return
    await controller.service.answer(question_id, allowed=request.flag("allowed"), lifetime=lifetime)


async def toggle_tool(controller: Controller, request: ActionRequest) -> None:
    """Show or hide the details of a tool use."""
    view = controller.view
    controller.set(replace(view, expanded_tools=view.expanded_tools ^ {request.text("id")}))
