"""What can go wrong between the page and the views."""

from __future__ import annotations

from satchel.base.errors import SatchelError


class ActionRefusedError(SatchelError):
    """The page sent an action that does not exist, lacks what it needs, or makes no sense now."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__("ui.action_refused", message, remedy)
