"""What a crash left of a turn, closed when its session is opened, so that it never poisons a later turn.

A turn that waits for an answer is not broken and is left as it is: the question is still there, and the
loop goes on with it.
"""

from __future__ import annotations

from satchel.agent.loop import close_tool_uses
from satchel.agent.recorder import SessionRecorder
from satchel.session.events import AssistantMessage, ProcessEnded, TurnEnded

_TOOL = "The program was closed before this tool ended; whether it had an effect is not known."
_PROCESS = "Satchel was closed while it ran."
_TURN = "The program was closed in the middle of this turn. Send another message to go on."


def waits_for_answer(recorder: SessionRecorder) -> bool:
    """Whether the open turn only waits for the user, and no program that has run half way for the answer."""
    turn = recorder.turn
    asking = {question.tool_use_id for question in turn.asked.values()}
    return turn.state == "awaiting_approval" and bool(asking) and not asking & turn.begun


def close_lost_programs(recorder: SessionRecorder) -> None:
    """Record the end of programs that went with the page or process that ran them."""
    for started in list(recorder.programs.values()):
        recorder.record(
            ProcessEnded(started.pid, 137, 9, "cancelled", _PROCESS, tool_use_id=started.tool_use_id)
        )


def close_cut_turn(recorder: SessionRecorder) -> bool:
    """End a turn that no one runs any more; false when there is none."""
    turn = recorder.turn
    if turn.state == "idle" or waits_for_answer(recorder):
        return False
    end_cut_turn(recorder, "Interrupted", _TURN)
    return True


def end_cut_turn(recorder: SessionRecorder, error_type: str, message: str) -> None:
    """End an open turn that cannot go on: keep what was streamed, give every tool use a result."""
    turn = recorder.turn
    partial = turn.partial_text
    if partial:
        recorder.record(AssistantMessage(partial, model=recorder.transcript.model, stop_reason="interrupted"))
    close_tool_uses(recorder, "Interrupted", _TOOL)
    recorder.record(TurnEnded(turn.text, "error", turn.usage, error_type, message))
