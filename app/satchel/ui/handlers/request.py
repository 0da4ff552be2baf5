"""An action as it came from the page, read with checks."""

from __future__ import annotations

from dataclasses import dataclass

from satchel.base.jsonvalue import JsonObject
from satchel.ui.errors import ActionRefusedError


@dataclass(frozen=True, slots=True)
class ActionRequest:
    """Every reader raises ActionRefusedError when the value is missing or of another type."""

    name: str
    args: JsonObject
    extra: JsonObject

    def text(self, key: str) -> str:
        """A string argument."""
        value = self.args.get(key)
        if not isinstance(value, str):
            raise self._refused(key)
        return value

    def flag(self, key: str) -> bool:
        """A true or false argument."""
        value = self.args.get(key)
        if not isinstance(value, bool):
            raise self._refused(key)
        return value

    def number(self, key: str) -> int:
        """A whole number."""
        value = self.args.get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._refused(key)
        return value

    def field(self, key: str) -> str:
        """A field of the form that was sent."""
        form = self.extra.get("form")
        value = form.get(key) if isinstance(form, dict) else None
        if not isinstance(value, str):
            raise self._refused(key)
        return value

    def checked(self) -> bool:
        """The state of the checkbox that sent the action."""
        value = self.extra.get("value")
        if value not in ("true", "false"):
            raise self._refused("value")
        return value == "true"

    def _refused(self, key: str) -> ActionRefusedError:
        return ActionRefusedError(
            f"The page sent {self.name!r} without a usable {key!r}.", "Reload the page."
        )
