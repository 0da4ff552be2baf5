"""A model that says what it was told to: for tests of everything above the provider port.

A script is a list of steps. A step is a list of stream events, errors to raise and `Pause`s, or a function
from the request to such a list. Every request is kept for inspection.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from satchel.llm.errors import ProviderProtocolError
from satchel.llm.provider import Done, ModelRequest, StreamEvent, TextDelta, ToolCall


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait inside the stream until `until()` is done: how a test holds the model at a known place."""

    until: Callable[[], Awaitable[object]]


StepItem: TypeAlias = StreamEvent | Pause | Exception
Step: TypeAlias = Sequence[StepItem] | Callable[[ModelRequest], Sequence[StepItem]]


def say(*texts: str) -> tuple[StepItem, ...]:
    """A last step: text in the given deltas, then the end."""
    return (*map(TextDelta, texts), Done("end"))


def call(*calls: ToolCall, text: str = "") -> tuple[StepItem, ...]:
    """A step that asks for tools, saying `text` before."""
    spoken = (TextDelta(text),) if text else ()
    return (*spoken, *calls, Done("tool_use"))


class ScriptedProvider:
    """A `Provider` that plays its steps in order, one for each request."""

    def __init__(self, steps: Sequence[Step], model: str = "scripted") -> None:
        self._steps = list(steps)
        self._model = model
        self.requests: list[ModelRequest] = []
        self.delivered = 0
        self.closed = 0

    @property
    def model(self) -> str:
        """See `Provider.model`."""
        return self._model

    def extend(self, steps: Sequence[Step]) -> None:
        """Add steps to the end of the script."""
        self._steps.extend(steps)

    async def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        """See `Provider.stream`.

        `delivered` counts the events handed out, `closed` the streams that were left.
        """
        self.requests.append(request)
        if not self._steps:
            raise ProviderProtocolError("The script has no more steps.")
        step = self._steps.pop(0)
        try:
            for item in step(request) if callable(step) else step:
                if isinstance(item, Exception):
                    raise item
                if isinstance(item, Pause):
                    await item.until()
                    continue
                self.delivered += 1
                yield item
        finally:
            self.closed += 1
