"""The provider named "demo". It pretends no intelligence: everything it says and does is in `script`."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

from satchel.base.clock import Clock
from satchel.base.ids import ToolUseId
from satchel.llm.demo import pipeline, speech
from satchel.llm.demo.conversation import Turn, read_turn
from satchel.llm.demo.replay import Step, next_step
from satchel.llm.demo.script import TOOLS, improve
from satchel.llm.provider import Done, ModelRequest, StreamEvent, TextDelta, ToolCall

DELTA_SECONDS = 0.02
"""Pause between two pieces of text, about that of a fast language model."""

_PIECE = re.compile(r"\s*\S+\s*")
_CHANGING_TOOLS = ("Edit", "Write")


class DemoModel:
    """A `Provider` whose next step is a function of the request alone.

    It raises nothing and needs no network.
    """

    def __init__(self, clock: Clock, pause: float = DELTA_SECONDS) -> None:
        """`pause` is the time between two pieces of text, in seconds; 0 where nobody watches."""
        self._clock = clock
        self._pause = pause

    @property
    def model(self) -> str:
        """See `Provider.model`."""
        return "demo"

    async def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        """See `Provider.stream`. Deltas are single words, one pause apart."""
        turn = read_turn(request.messages)
        step = decide(turn, [tool.name for tool in request.tools])
        for piece in _PIECE.findall(step.text):
            yield TextDelta(piece)
            await self._clock.sleep(self._pause)
        for tool_use_id, call in zip(_new_ids(turn), step.calls, strict=False):
            yield ToolCall(tool_use_id, call.tool, call.input)
        yield Done("tool_use" if step.calls else "end")


def decide(turn: Turn, tools: list[str]) -> Step:
    """The next step of a turn, given the names of the tools there are."""
    missing = [name for name in TOOLS if name not in tools]
    if missing:
        return Step(speech.no_tools(missing))
    outcomes = [outcome for step in turn.steps for outcome in step.outcomes]
    refused = next(
        (outcome for outcome in outcomes if outcome.denied and outcome.tool != pipeline.TOOL), None
    )
    if refused is not None:
        return Step(speech.denied(refused, _changed_paths(turn)))
    step = next_step(improve(turn, runs_commands=pipeline.TOOL in tools), turn.steps)
    return Step(speech.out_of_step(_changed_paths(turn))) if step is None else step


def _changed_paths(turn: Turn) -> tuple[str, ...]:
    return tuple(
        str(call.input.get("file_path"))
        for step in turn.steps
        for call, outcome in zip(step.calls, step.outcomes, strict=True)
        if call.name in _CHANGING_TOOLS and not outcome.failed
    )


def _new_ids(turn: Turn) -> Iterator[ToolUseId]:
    number = len(turn.used_ids)
    while True:
        number += 1
        candidate = ToolUseId(f"demo-{number}")
        if candidate not in turn.used_ids:
            yield candidate
