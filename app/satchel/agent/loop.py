"""One turn: ask the model, stream what it says, run the tools it wants, and again, until there is a result.

The loop keeps no state of its own: where it stands is `TurnProjection`, so a turn that waited for an answer
when the tab was closed goes on from the log. However it goes, `run` ends the turn with exactly one `result`
event and leaves no tool use without a result. Closing is synchronous, so a second cancel cannot break into
it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from satchel.agent.dispatch import ToolDispatcher
from satchel.agent.recorder import SessionRecorder
from satchel.agent.transcript import CANCELLED
from satchel.base import jsonvalue
from satchel.base.cancel import CancelToken
from satchel.base.clock import Clock
from satchel.base.errors import LimitExceededError, SatchelError
from satchel.base.ids import ToolUseId
from satchel.base.limits import TurnLimits
from satchel.llm.errors import OverloadedError, ProviderProtocolError, RateLimitedError, TransportError
from satchel.llm.provider import Done, ModelRequest, Provider, StreamEvent, TextDelta, ToolCall, ToolSchema
from satchel.session.errors import LogError
from satchel.session.events import (
    AssistantDelta,
    AssistantMessage,
    TokenUsage,
    ToolResulted,
    ToolUsed,
    TurnEnd,
    TurnEnded,
)

logger = logging.getLogger(__name__)

DELTA_SECONDS = 0.05
# Seconds to wait before a request is made again whose failure is likely to pass; a service may ask for more.
RETRY_SECONDS = (1.0, 4.0)
LONGEST_WAIT_SECONDS = 60.0
_CANCELLED_TOOL = "The user stopped the turn before this tool ended; whether it had an effect is not known."
_NOT_BEGUN = "The turn ended before this tool began; it had no effect."
_UNFINISHED_TOOL = "The turn ended before this tool ran to its end; whether it had an effect is not known."


@dataclass(frozen=True, slots=True)
class TurnSetup:
    """What a turn is run with."""

    provider: Provider
    system: str
    tools: tuple[ToolSchema, ...]
    limits: TurnLimits
    clock: Clock
    token: CancelToken


@dataclass(slots=True)
class _Step:
    """What one step of the model has said so far.

    `logged` counts the characters that are in the log as deltas.
    """

    text: list[str]
    unlogged: list[str]
    calls: list[ToolCall]
    done: Done | None = None
    logged_at: float = float("-inf")

    @property
    def began(self) -> bool:
        """Whether anything of an answer has come."""
        return bool(self.text or self.calls)


class Turn:
    """Runs one turn of a session to its end."""

    def __init__(self, recorder: SessionRecorder, dispatcher: ToolDispatcher, setup: TurnSetup) -> None:
        self._recorder = recorder
        self._dispatcher = dispatcher
        self._setup = setup
        self._step: _Step | None = None

    async def run(self) -> None:
        """Go on from where the log stands.

        Raises only LogError (the log cannot be written any more) and, when the task was cancelled by
        someone other than the user, CancelledError.
        """
        try:
            await self._run()
        except asyncio.CancelledError:
            self._end("cancelled")
            if not self._setup.token.cancelled:
                raise
        except LogError:
            raise
        except SatchelError as error:
            self._end("error", error.code, str(error))
        except Exception as error:
            logger.exception("turn broke")
            self._end("error", "InternalError", f"Internal error ({type(error).__name__}: {error}).")

    async def _run(self) -> None:
        turn = self._recorder.turn
        while True:
            for use in tuple(turn.pending.values()):
                self._setup.token.raise_if_cancelled()
                await self._dispatcher.dispatch(use)
            limit = self._limit_met()
            if limit:
                self._end("max_steps", None, limit)
                return
            message = await self._ask_model()
            if not message.tool_uses:
                self._end_with_message(message)
                return

    def _limit_met(self) -> str:
        limits, turn = self._setup.limits, self._recorder.turn
        if turn.steps >= limits.max_steps:
            return f"The turn was ended after {turn.steps} steps, its limit. Send another message to go on."
        elapsed = (self._setup.clock.now_ms() - turn.started_ts) / 1000
        if 0 < limits.wall_seconds < elapsed:
            return (
                f"The turn was ended after {elapsed:.0f} seconds, its limit. Send another message to go on."
            )
        return ""

    async def _ask_model(self) -> AssistantMessage:
        """One step of the model. A request that failed in a way that passes is made again, while nothing came of it."""
        for wait in RETRY_SECONDS:
            try:
                return await self._request_step()
            except (OverloadedError, RateLimitedError, TransportError) as error:
                asked = (error.retry_after or 0.0) if isinstance(error, RateLimitedError) else 0.0
                if self._step is None or self._step.began or asked > LONGEST_WAIT_SECONDS:
                    raise
                logger.info("the model is asked again: %s", error)
                await self._setup.clock.sleep(max(wait, asked))
        return await self._request_step()

    async def _request_step(self) -> AssistantMessage:
        setup = self._setup
        setup.token.raise_if_cancelled()
        request = ModelRequest(setup.system, self._recorder.conversation.messages(), setup.tools)
        step = self._step = _Step([], [], [])
        stream = setup.provider.stream(request)
        try:
            async for event in stream:
                setup.token.raise_if_cancelled()
                self._take(step, event)
        finally:
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()
        if step.done is None:
            raise ProviderProtocolError(
                "The model's answer broke off without an end.",
                "Send the message again, or choose another model.",
            )
        return self._record_step(step, step.done.stop_reason)

    def _take(self, step: _Step, event: StreamEvent) -> None:
        if step.done is not None:
            raise ProviderProtocolError("The model's stream went on after its end.")
        match event:
            case TextDelta(text=text):
                self._stream_text(step, text)
            case ToolCall():
                _require_json(event)
                step.calls.append(event)
            case Done():
                step.done = event

    def _stream_text(self, step: _Step, text: str) -> None:
        """Show a delta at once; log it when the last one was logged long enough ago."""
        if not text:
            return
        step.text.append(text)
        step.unlogged.append(text)
        clock = self._setup.clock
        if clock.monotonic() - step.logged_at >= DELTA_SECONDS:
            self._log_deltas(step)
            step.logged_at = clock.monotonic()
        else:
            self._recorder.preview("".join(step.unlogged), clock.now_ms())

    def _log_deltas(self, step: _Step) -> None:
        if step.unlogged:
            self._recorder.record(AssistantDelta("".join(step.unlogged)), durable=False)
            step.unlogged.clear()

    def _record_step(self, step: _Step, stop_reason: str) -> AssistantMessage:
        self._log_deltas(step)
        self._step = None
        uses = self._tool_uses(step.calls)
        usage = TokenUsage()
        if step.done is not None:
            usage = TokenUsage(step.done.usage.input_tokens, step.done.usage.output_tokens)
        ids = tuple(use.tool_use_id for use in uses)
        message = AssistantMessage("".join(step.text), ids, self._setup.provider.model, stop_reason, usage)
        self._recorder.record(message)
        for use in uses:
            self._recorder.record(use, durable=use is uses[-1])
        return message

    def _record_cut_step(self, step: _Step, stop_reason: str) -> None:
        """As `_record_step`; text that no record can hold is given up, so that the turn can end."""
        try:
            self._record_step(step, stop_reason)
        except LimitExceededError:
            logger.warning("%d characters of an answer are too long for the log", sum(map(len, step.text)))

    def _tool_uses(self, calls: list[ToolCall]) -> list[ToolUsed]:
        """The calls under ids that are unique in the session: some models number them afresh in every
        answer.
        """
        uses: list[ToolUsed] = []
        taken: set[ToolUseId] = set()
        for call in calls:
            unique, number = call.tool_use_id, 1
            while not unique or unique in taken or self._recorder.transcript.knows_tool_use(unique):
                number += 1
                unique = ToolUseId(f"{call.tool_use_id or 'tool'}~{number}")
            taken.add(unique)
            uses.append(ToolUsed(unique, call.name, call.input))
        return uses

    def _end_with_message(self, message: AssistantMessage) -> None:
        match message.stop_reason:
            case "max_tokens":
                text = 'The model\'s answer was cut at its length limit. Send "go on" to let it continue.'
                self._end("error", "MaxTokens", text)
            case "refusal":
                self._end("error", "Refusal", "The model declined to answer. Put the task in other words.")
            case _ if not message.text.strip():
                text = "The model sent neither text nor a tool call. Send the message again, or choose another model."
                self._end("error", "EmptyOutput", text)
            case _:
                self._end("end")

    def _end(self, reason: TurnEnd, error_type: str | None = None, error_message: str | None = None) -> None:
        """Close the turn in the log: what was streamed, every tool use, the result."""
        step, turn = self._step, self._recorder.turn
        if step is not None:
            step.calls.clear()  # They were never begun; without a use they need no result.
            if step.text:
                self._record_cut_step(step, "cancelled" if reason == "cancelled" else "error")
            self._step = None
        cancelled = reason == "cancelled"
        close_tool_uses(
            self._recorder,
            CANCELLED if cancelled else "Interrupted",
            _CANCELLED_TOOL if cancelled else _UNFINISHED_TOOL,
        )
        self._recorder.record(TurnEnded(turn.text, reason, turn.usage, error_type, error_message))


def _require_json(call: ToolCall) -> None:
    """Raise ProviderProtocolError for an input that cannot be stored: nothing of the step is in the log yet."""
    try:
        jsonvalue.dumps(call.input)
    except (TypeError, ValueError) as error:
        raise ProviderProtocolError(
            f"The model called {call.name} with an input that is not JSON ({error}).",
            "Send the message again.",
        ) from error


def close_tool_uses(recorder: SessionRecorder, error_type: str, message: str) -> None:
    """Give every tool use that has none a result that says so: `message` where it may have begun.

    Tools run one after another, so only the first can have begun, and only if it does not wait for an answer.
    """
    waiting = {question.tool_use_id for question in recorder.turn.asked.values()} - recorder.turn.begun
    for position, use in enumerate(tuple(recorder.turn.pending.values())):
        began = position == 0 and use.tool_use_id not in waiting
        recorder.record(
            ToolResulted(use.tool_use_id, None, True, error_type, message if began else _NOT_BEGUN)
        )
