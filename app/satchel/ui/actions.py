"""The table of actions that the page may send, and the door they come through.

The page is not trusted to send sense: an unknown name, missing arguments, or an action that does not fit the moment is
refused with `ActionRefusedError` and changes nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from satchel.base.jsonvalue import JsonObject
from satchel.ui.controller import Controller
from satchel.ui.errors import ActionRefusedError
from satchel.ui.handlers import conversation, panels, permissions, project, review, sessions, terminal
from satchel.ui.handlers.request import ActionRequest

Handler: TypeAlias = Callable[[Controller, ActionRequest], Awaitable[None]]

ACTIONS: Mapping[str, Handler] = {
    "prompt.submit": conversation.submit,
    "prompt.suggest": conversation.suggest,
    "turn.cancel": conversation.cancel,
    "question.answer": conversation.answer,
    "tool.toggle": conversation.toggle_tool,
    "panel.show": panels.show_panel,
    "help.open": panels.open_help,
    "doctor.open": panels.open_doctor,
    "permissions.open": permissions.open_dialog,
    "grant.revoke": permissions.revoke,
    "dialog.close": panels.close_dialog,
    "notice.dismiss": panels.dismiss_notice,
    "review.open": panels.open_review,
    "review.close": panels.close_review,
    "review.show": panels.show_document,
    "review.widen": panels.widen_review,
    "files.toggle": project.toggle_directory,
    "files.open": project.open_file,
    "project.sample": project.import_sample,
    "import.open": project.open_dialog,
    "import.confirm": project.confirm_import,
    "import.cancel": project.cancel_import,
    "change.select": review.select_change,
    "change.step": review.step_change,
    "change.accept": review.accept_change,
    "changes.accept-all": review.accept_all,
    "changes.refresh": review.refresh,
    "changes.ask-discard": review.ask_discard,
    "changes.discard": review.discard,
    "changes.patch": review.download_patch,
    "changes.archive": review.download_archive,
    "commit.dismiss": review.dismiss_commit_report,
    "commit.leave": review.leave_as_it_is,
    "conflict.select": review.select_conflict,
    "conflict.leave-out": review.leave_conflicts_out,
    "conflict.compare": review.compare_conflict,
    "terminal.toggle": terminal.toggle,
    "terminal.tall": terminal.heighten,
    "terminal.keys": terminal.keys,
    "terminal.press": terminal.press,
    "terminal.resize": terminal.resize,
    "terminal.shown": terminal.shown,
    "terminal.kill": terminal.kill,
    "session.new": sessions.new,
    "session.open": sessions.open_session,
    "session.ask-rename": sessions.ask_rename,
    "session.rename": sessions.rename,
    "session.ask-delete": sessions.ask_delete,
    "session.delete": sessions.delete,
    "session.export": sessions.export,
}


async def perform(controller: Controller, name: str, args: JsonObject, extra: JsonObject) -> None:
    """Do the action. Raises ActionRefusedError, and whatever SatchelError the action itself meets."""
    handler = ACTIONS.get(name)
    if handler is None:
        raise ActionRefusedError(f"The page asked for something unknown ({name[:60]!r}).", "Reload the page.")
    await handler(controller, ActionRequest(name, args, extra))
