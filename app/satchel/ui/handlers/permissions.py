"""Standing permissions: look at them, take them back."""

from __future__ import annotations

from dataclasses import replace

from satchel.permission.request import Capability
from satchel.ui.controller import Controller
from satchel.ui.effects import Announce
from satchel.ui.errors import ActionRefusedError
from satchel.ui.handlers.request import ActionRequest


async def open_dialog(controller: Controller, request: ActionRequest) -> None:
    """Show what is allowed and refused."""
    controller.set(replace(controller.view, dialog="permissions"))


async def revoke(controller: Controller, request: ActionRequest) -> None:
    """Take one standing permission or refusal back."""
    capability, scope = request.text("capability"), request.text("scope")
    if not any(
        grant.capability == capability and grant.scope == scope for grant in controller.service.grants
    ):
        raise ActionRefusedError("That permission does not stand any more.", "")
    controller.service.revoke(Capability(capability), scope)
    controller.emit(Announce("Taken back. The next use is asked again."))
