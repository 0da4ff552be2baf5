"""Content blocks: what messages to and from the model are made of. Plain values, the same in the log and
for `llm`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from satchel.base.ids import ToolUseId
from satchel.base.jsonvalue import JsonObject, JsonValue

Role: TypeAlias = Literal["user", "assistant"]


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Text that the user or the model wrote."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolUseBlock:
    """The model asks for a tool. `input` is what it gave, not yet validated."""

    tool_use_id: ToolUseId
    name: str
    input: JsonObject


@dataclass(frozen=True, slots=True)
class ToolResultBlock:
    """What came of a tool use. For an error `output` is the text that tells the model what went wrong and
    what to do.
    """

    tool_use_id: ToolUseId
    output: JsonValue
    is_error: bool = False


ContentBlock: TypeAlias = TextBlock | ToolUseBlock | ToolResultBlock


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the conversation as the model sees it."""

    role: Role
    content: tuple[ContentBlock, ...]
