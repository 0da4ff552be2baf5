"""What a tool is: the one interface behind which the agent finds built-in tools and an embedder's own
alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from satchel.base.checkpoint import Checkpoint
from satchel.base.ids import SessionId, ToolUseId
from satchel.base.jsonvalue import JsonObject, JsonValue
from satchel.base.limits import ToolLimits
from satchel.llm.provider import ToolSchema
from satchel.permission.request import PermissionRequest
from satchel.runtime.run_command import CommandRunner
from satchel.workspace.guest_files import GuestFiles


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What one call may use.

    `extras` is what the embedding program adds; it cannot replace the other fields. `commands` runs programs, None
    where that cannot be done. `may_read` tells of each file of a tree that a tool has leave to search whether something
    in it is forbidden all the same.
    """

    files: GuestFiles
    checkpoint: Checkpoint
    limits: ToolLimits
    session_id: SessionId
    tool_use_id: ToolUseId
    extras: Mapping[str, object]
    commands: CommandRunner | None = None
    may_read: Callable[[str], bool] = lambda path: True


class Tool(Protocol):
    """One tool. It holds no state between calls; calls of `read_only` tools may overlap."""

    @property
    def schema(self) -> ToolSchema:
        """Name, description and input fields, as the model is told."""

    @property
    def read_only(self) -> bool:
        """Whether no call can change a file."""

    def permissions(self, input: JsonObject, context: ToolContext) -> tuple[PermissionRequest, ...]:
        """What the call needs leave for, before it runs. Raises ToolError for unusable input."""

    async def run(self, input: JsonObject, context: ToolContext) -> JsonValue:
        """Do it and return the result for the model. Raises ToolError; nothing is half done then."""
