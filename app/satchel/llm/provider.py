"""The port to a model: a request in, a stream of events out.

A provider's stream yields any number of `TextDelta`, then the complete `ToolCall`s, and ends with exactly
one `Done`. Closing the iterator (cancel) must release the connection. Failures are raised as
`llm.errors.ProviderError`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from satchel.base.ids import ToolUseId
from satchel.base.jsonvalue import JsonObject
from satchel.session.content import Message

StopReason: TypeAlias = Literal["end", "tool_use", "max_tokens", "refusal"]


@dataclass(frozen=True, slots=True)
class ToolSchema:
    """A tool as the model is told of it. `parameters` is a JSON schema of an object."""

    name: str
    description: str
    parameters: JsonObject


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """Everything the model gets for one step."""

    system: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSchema, ...]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one step, as the provider counted them."""

    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of text, as soon as it arrived."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A complete tool call. `input` is a JSON object as the model gave it."""

    tool_use_id: ToolUseId
    name: str
    input: JsonObject


@dataclass(frozen=True, slots=True)
class Done:
    """The model has ended this step."""

    stop_reason: StopReason
    usage: Usage = Usage()


StreamEvent: TypeAlias = TextDelta | ToolCall | Done


class Provider(Protocol):
    """One model behind its wire format."""

    @property
    def model(self) -> str:
        """The model's name, as shown to the user and kept in the log."""

    def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        """Run one step. See the module's docstring for order and errors."""
