"""What was asked and what came back: the messages of a request, sorted into the present turn and what was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from satchel.base.ids import ToolUseId
from satchel.llm.demo.tool_results import Outcome
from satchel.session.content import Message, TextBlock, ToolResultBlock, ToolUseBlock

_NO_ANSWER = "No result was recorded."


@dataclass(frozen=True, slots=True)
class Exchange:
    """One step of the turn: what was called and, in the same order, what came of it."""

    calls: tuple[ToolUseBlock, ...]
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """The turn that a request continues.

    `task` is what the user wrote, `is_first` tells whether it is their first message, `steps` is what was done
    for it so far and `earlier` every tool use of the turns before.
    """

    task: str
    is_first: bool
    steps: tuple[Exchange, ...]
    earlier: tuple[ToolUseBlock, ...]
    used_ids: frozenset[ToolUseId]

    def tried(self, path: str, old: str) -> bool:
        """Whether an earlier turn edited this text in this file; if it is there again, the user took it back."""
        return any(
            use.input.get("file_path") == path and use.input.get("old_string") == old for use in self.earlier
        )


def read_turn(messages: Sequence[Message]) -> Turn:
    """The present turn: what follows the user's last words."""
    asked = [index for index, message in enumerate(messages) if _words_of_user(message)]
    start = asked[-1] if asked else 0
    task = _words_of_user(messages[start])[-1] if asked else ""
    results = {
        block.tool_use_id: block
        for message in messages
        for block in message.content
        if isinstance(block, ToolResultBlock)
    }
    steps = []
    for message in messages[start:]:
        calls = tuple(block for block in message.content if isinstance(block, ToolUseBlock))
        if calls:
            steps.append(Exchange(calls, tuple(_outcome(call, results) for call in calls)))
    uses = [block for message in messages for block in message.content if isinstance(block, ToolUseBlock)]
    present = {call.tool_use_id for step in steps for call in step.calls}
    return Turn(
        task,
        len(asked) <= 1,
        tuple(steps),
        tuple(use for use in uses if use.tool_use_id not in present),
        frozenset(use.tool_use_id for use in uses),
    )


def _words_of_user(message: Message) -> list[str]:
    if message.role != "user":
        return []
    return [block.text for block in message.content if isinstance(block, TextBlock)]


def _outcome(call: ToolUseBlock, results: dict[ToolUseId, ToolResultBlock]) -> Outcome:
    result = results.get(call.tool_use_id)
    if result is None:
        return Outcome(call.name, _NO_ANSWER, failed=True)
    return Outcome(call.name, result.output, result.is_error)
