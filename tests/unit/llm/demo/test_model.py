"""The demo as a provider: what it streams, and requests that are not as the script expects."""

from __future__ import annotations

from pathlib import Path

from satchel.base.ids import ToolUseId
from satchel.llm.demo.model import DELTA_SECONDS, DemoModel
from satchel.llm.provider import Done, ModelRequest, TextDelta, ToolCall
from satchel.session.content import Message, TextBlock, ToolResultBlock, ToolUseBlock
from tests.unit.llm.demo.driver import RecordingClock, Session, events_of, request

_TASK = Message("user", (TextBlock("Do it."),))


def _said(events: list[object]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def test_text_comes_in_small_pieces_then_calls_then_the_end() -> None:
    clock = RecordingClock()
    events = await events_of(DemoModel(clock), [_TASK])
    kinds = [type(event) for event in events]
    deltas = kinds.count(TextDelta)
    assert kinds == [TextDelta] * deltas + [ToolCall] * 3 + [Done]
    assert events[-1] == Done("tool_use")
    assert deltas > 20
    assert max(len(event.text) for event in events if isinstance(event, TextDelta)) <= 20
    assert _said([*events]).startswith("I am the built-in demo: a script, not a language model, so")
    assert clock.slept == [DELTA_SECONDS] * deltas


async def test_the_stream_can_be_left_at_any_time() -> None:
    stream = DemoModel(RecordingClock()).stream(request([_TASK]))
    assert await anext(stream) == TextDelta("I ")
    await stream.aclose()  # type: ignore[attr-defined]
    assert [event async for event in stream] == []


async def test_call_ids_are_never_used_twice(tmp_path: Path) -> None:
    session = Session(tmp_path)
    taken = ToolUseBlock(ToolUseId("demo-3"), "Read", {"file_path": "x"})
    session.messages += [
        _TASK,
        Message("assistant", (taken,)),
        Message("user", (ToolResultBlock(taken.tool_use_id, "gone", is_error=True),)),
    ]
    await session.ask()
    await session.ask()
    ids = [
        block.tool_use_id
        for message in session.messages
        for block in message.content
        if isinstance(block, ToolUseBlock)
    ]
    assert len(ids) > 8
    assert len(ids) == len(set(ids))


async def test_a_turn_begun_by_another_model_is_not_continued() -> None:
    use = ToolUseBlock(ToolUseId("a"), "Write", {"file_path": "x.txt", "content": "x"})
    result = ToolResultBlock(use.tool_use_id, {"message": "Created"})
    events = await events_of(
        DemoModel(RecordingClock()), [_TASK, Message("assistant", (use,)), Message("user", (result,))]
    )
    assert events[-1] == Done("end")
    assert "another model" in _said([*events])
    assert "`x.txt`" in _said([*events])


async def test_notes_and_results_before_the_task_belong_to_no_turn() -> None:
    """An interrupted turn leaves its results, and a note of the program, in the message that holds the next task."""
    use = ToolUseBlock(ToolUseId("a"), "Read", {"file_path": "x"})
    interrupted = ToolResultBlock(use.tool_use_id, "The turn was interrupted.", is_error=True)
    task = Message("user", (interrupted, TextBlock("[The user stopped it.]"), TextBlock("Go on!")))
    events = await events_of(DemoModel(RecordingClock()), [_TASK, Message("assistant", (use,)), task])
    assert events[-1] == Done("tool_use")
    assert "“Go on!”" in _said([*events])


async def test_results_of_any_shape_are_borne() -> None:
    outputs: list[object] = [
        None,
        3,
        [],
        "text",
        {"matches": 7, "entries": [1, {"name": 2}], "files": [None]},
    ]
    for output in outputs:
        messages = [_TASK]
        for _ in range(6):
            events = await events_of(DemoModel(RecordingClock()), messages)
            uses = [
                ToolUseBlock(event.tool_use_id, event.name, event.input)
                for event in events
                if isinstance(event, ToolCall)
            ]
            if not uses:
                break
            results = tuple(ToolResultBlock(use.tool_use_id, output) for use in uses)  # type: ignore[arg-type]
            messages += [Message("assistant", tuple(uses)), Message("user", results)]
        assert events[-1] == Done("end")


async def test_without_its_tools_it_says_so() -> None:
    stream = DemoModel(RecordingClock()).stream(ModelRequest("", (_TASK,), ()))
    events = [event async for event in stream]
    assert events[-1] == Done("end")
    assert "I need the tools ListDir, Glob, Grep, Read, Edit, Write" in _said([*events])


async def test_a_request_without_messages_is_answered() -> None:
    events = await events_of(DemoModel(RecordingClock()), [])
    assert events[-1] == Done("tool_use")
