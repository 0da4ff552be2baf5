"""What a turn is, as a table: its states, what moves it on, and the projection of the log that the loop
works from.

    state              user message   message   message+tools   question   decision   result, more   last
    result   ended idle               awaiting_model
    awaiting_model                    (same)    running_tool
           idle running_tool                                                awaiting_  (same)     (same)
                awaiting_     idle approval                             model
    awaiting_approval                                                      running_   running_tool
    awaiting_     idle tool                      model

The state is never stored: it is what the events say, so a reload finds it again, a pending question
included. A log with damage in the middle can hold an event that has no place in its state; the projection
then takes the state that the event implies, because refusing to show the rest of the session would help
nobody. The loop itself never makes such a log.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from satchel.base.ids import QuestionId, ToolUseId
from satchel.session.events import (
    AssistantDelta,
    AssistantMessage,
    Event,
    PermissionDecided,
    PermissionQuestioned,
    ProcessStarted,
    TokenUsage,
    ToolResulted,
    ToolUsed,
    TurnEnded,
    UserMessage,
)

TurnState: TypeAlias = Literal["idle", "awaiting_model", "awaiting_approval", "running_tool"]
Trigger: TypeAlias = Literal[
    "user_message",
    "message",
    "message_with_tools",
    "question",
    "decision",
    "result_more_pending",
    "last_result",
    "ended",
]

TRANSITIONS: dict[tuple[TurnState, Trigger], TurnState] = {
    ("idle", "user_message"): "awaiting_model",
    ("awaiting_model", "message"): "awaiting_model",
    ("awaiting_model", "message_with_tools"): "running_tool",
    ("awaiting_model", "ended"): "idle",
    ("running_tool", "question"): "awaiting_approval",
    ("running_tool", "decision"): "running_tool",
    ("running_tool", "result_more_pending"): "running_tool",
    ("running_tool", "last_result"): "awaiting_model",
    ("running_tool", "ended"): "idle",
    ("awaiting_approval", "decision"): "running_tool",
    ("awaiting_approval", "result_more_pending"): "running_tool",
    ("awaiting_approval", "last_result"): "awaiting_model",
    ("awaiting_approval", "ended"): "idle",
}

_IMPLIED: dict[Trigger, TurnState] = {
    "user_message": "awaiting_model",
    "message": "awaiting_model",
    "message_with_tools": "running_tool",
    "question": "awaiting_approval",
    "decision": "running_tool",
    "result_more_pending": "running_tool",
    "last_result": "awaiting_model",
    "ended": "idle",
}


@dataclass(slots=True)
class TurnProjection:
    """Where the turn stands. Only `apply` changes it.

    `pending`: tool uses without a result, in the model's order. `asked`: questions without an answer. `decided`: the
    answers of the current step. `refused`: (capability, scope) of those that were no. `begun`: tool uses that have
    started a program, so that they cannot simply be run again. `partial_text`: streamed text of a step that has no
    message yet. `misplaced`: events that had no place in their state (0 unless the log was damaged).
    """

    state: TurnState = "idle"
    steps: int = 0
    started_ts: int = 0
    text: str = ""
    usage: TokenUsage = field(default_factory=TokenUsage)
    pending: dict[ToolUseId, ToolUsed] = field(default_factory=dict)
    asked: dict[QuestionId, PermissionQuestioned] = field(default_factory=dict)
    decided: dict[QuestionId, bool] = field(default_factory=dict)
    refused: set[tuple[str, str]] = field(default_factory=set)
    begun: set[ToolUseId] = field(default_factory=set)
    misplaced: int = 0
    _partial: list[str] = field(default_factory=list)

    @property
    def partial_text(self) -> str:
        """See the class."""
        return "".join(self._partial)

    def apply(self, event: Event, ts: int) -> None:
        """Take one more event of the log into account."""
        match event:
            case UserMessage():
                self._begin(ts)
            case AssistantDelta(text_delta=text):
                self._partial.append(text)
            case AssistantMessage():
                self._step(event)
            case ToolUsed():
                self.pending[event.tool_use_id] = event
            case PermissionQuestioned():
                self.asked[event.question_id] = event
                self._move("question")
            case PermissionDecided() if self.state != "idle":
                self.asked.pop(event.question_id, None)
                self.decided[event.question_id] = event.allowed
                if not event.allowed:
                    self.refused.add((event.capability, event.scope))
                self._move("decision")
            case ProcessStarted(tool_use_id=tool_use_id) if tool_use_id is not None:
                self.begun.add(tool_use_id)
            case ToolResulted():
                self._result(event.tool_use_id)
            case TurnEnded():
                self._close()
                self._move("ended")
            case _:
                pass

    def _begin(self, ts: int) -> None:
        self._close()
        self.steps, self.text, self.usage, self.started_ts = 0, "", TokenUsage(), ts
        self._move("user_message")

    def _step(self, message: AssistantMessage) -> None:
        self._close()
        self.steps += 1
        self.text = message.text
        self.usage = TokenUsage(
            self.usage.input_tokens + message.usage.input_tokens,
            self.usage.output_tokens + message.usage.output_tokens,
        )
        self._move("message_with_tools" if message.tool_uses else "message")

    def _result(self, tool_use_id: ToolUseId) -> None:
        self.pending.pop(tool_use_id, None)
        for question in [q for q in self.asked.values() if q.tool_use_id == tool_use_id]:
            del self.asked[question.question_id]
        self._move("result_more_pending" if self.pending else "last_result")

    def _close(self) -> None:
        self.pending.clear()
        self.asked.clear()
        self.decided.clear()
        self.refused.clear()
        self.begun.clear()
        self._partial.clear()

    def _move(self, trigger: Trigger) -> None:
        target = TRANSITIONS.get((self.state, trigger))
        if target is None:
            self.misplaced += 1
            target = _IMPLIED[trigger]
        self.state = target
