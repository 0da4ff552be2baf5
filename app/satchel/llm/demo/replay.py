"""Running a script that waits for tool results, without keeping it alive between requests.

A script is a generator: it yields what it says and calls, and is sent what came of the calls. Each request
runs it from its beginning on the results that the conversation holds; the first step without results is the
next one. So the next step is a function of the request alone, and a session goes on after a reload.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from satchel.base.jsonvalue import JsonValue
from satchel.llm.demo.conversation import Exchange
from satchel.llm.demo.tool_results import Outcome


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call of a step."""

    tool: str
    input: dict[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """What is said, and the calls that follow at once. A step without calls is the last one."""

    text: str
    calls: tuple[Call, ...] = ()


Outcomes: TypeAlias = tuple[Outcome, ...]
_Result = TypeVar("_Result")
Script: TypeAlias = Generator[Step, Outcomes, _Result]


def next_step(script: Script[str], done: tuple[Exchange, ...]) -> Step | None:
    """The step after those in `done`; what the script returns is the text of the last one.

    None when `done` holds other calls than the script makes: another version of it, or another model, began
    the turn.
    """
    try:
        step = next(script)
        for exchange in done:
            if [(call.tool, call.input) for call in step.calls] != [
                (call.name, dict(call.input)) for call in exchange.calls
            ]:
                return None
            step = script.send(exchange.outcomes)
    except StopIteration as end:
        return Step(end.value)
    finally:
        script.close()
    return step
