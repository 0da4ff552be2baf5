"""Stopping a turn at any moment: it ends as cancelled, nothing dangles, what was said is kept, the next
turn works.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from satchel.agent.transcript import TextItem
from satchel.llm.provider import Done, TextDelta
from satchel.llm.scripted import Pause, call, say
from satchel.permission.policy import Policy
from satchel.session.content import TextBlock, ToolResultBlock, ToolUseBlock
from tests.scenario.world import ALLOW_ALL, World, until, use


def _assert_no_tool_use_dangles(world: World) -> None:
    used = [data["toolUseId"] for data in world.data("tool.use")]
    assert [data["toolUseId"] for data in world.data("tool.result")] == used


async def _next_turn_works(world: World) -> None:
    world.provider._steps.clear()
    world.provider.extend([say("Fine.")])
    await world.turn("and now?")
    assert world.data("result")[-1]["stopReason"] == "end"
    uses, results = set(), set()
    for message in world.provider.requests[-1].messages:
        uses |= {block.tool_use_id for block in message.content if isinstance(block, ToolUseBlock)}
        results |= {block.tool_use_id for block in message.content if isinstance(block, ToolResultBlock)}
    assert uses == results


async def test_while_streaming_the_partial_text_is_kept_and_replayed(tmp_path: Path) -> None:
    never = asyncio.Event()
    world = await World(tmp_path, [[TextDelta("Half "), TextDelta("a sen"), Pause(never.wait)]]).start({})
    await world.service.submit("talk")
    await until(lambda: world.provider.delivered == 2)
    world.service.cancel()
    await world.service.wait_idle()
    assert world.data("result")[-1]["stopReason"] == "cancelled"
    assert world.data("assistant.message")[-1] | {"usage": None} == {
        "text": "Half a sen",
        "toolUses": [],
        "model": "scripted",
        "stopReason": "cancelled",
        "usage": None,
    }
    assert world.provider.closed == 1
    await _next_turn_works(world)
    said = [block for message in world.provider.requests[-1].messages for block in message.content]
    assert TextBlock("Half a sen") in said
    assert any(isinstance(block, TextBlock) and "stopped the previous answer" in block.text for block in said)


async def test_before_the_first_word(tmp_path: Path) -> None:
    never = asyncio.Event()
    world = await World(tmp_path, [[Pause(never.wait)]]).start({})
    await world.service.submit("talk")
    await until(lambda: bool(world.provider.requests))
    world.service.cancel()
    await world.service.wait_idle()
    assert world.types()[-2:] == ["user.message", "result"]
    await _next_turn_works(world)


async def test_while_a_question_is_open(tmp_path: Path) -> None:
    world = await World(tmp_path, [call(use("Read", file_path="a"))], policy=Policy()).start({"a": b"x"})
    await world.service.submit("read")
    await until(lambda: bool(world.service.session.questions))
    world.service.cancel()
    await world.service.wait_idle()
    assert world.service.session.questions == ()
    assert world.service.session.turn == "idle"
    assert world.tool_item().state == "cancelled"
    _assert_no_tool_use_dangles(world)
    await _next_turn_works(world)


async def test_while_a_tool_runs_with_others_waiting_behind_it(tmp_path: Path) -> None:
    calls = call(use("Probe", "t1", wait=True), use("Read", "t2", file_path="a"))
    world = await World(tmp_path, [calls]).start({"a": b"x"})
    await world.service.submit("go")
    await until(world.probe.started.is_set)
    world.service.cancel()
    await world.service.wait_idle()
    _assert_no_tool_use_dangles(world)
    assert [data["errorType"] for data in world.data("tool.result")] == ["Cancelled", "Cancelled"]
    assert world.data("result")[-1]["stopReason"] == "cancelled"
    await _next_turn_works(world)


async def test_cancelling_twice_and_when_idle_is_harmless(tmp_path: Path) -> None:
    world = await World(tmp_path, [call(use("Probe", wait=True))]).start({})
    world.service.cancel()
    await world.service.submit("go")
    await until(world.probe.started.is_set)
    world.service.cancel()
    world.service.cancel()
    await world.service.wait_idle()
    world.service.cancel()
    assert len(world.data("result")) == 1
    await _next_turn_works(world)


async def test_a_provider_that_ignores_the_cancel_is_left_all_the_same(tmp_path: Path) -> None:
    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return

    step = [TextDelta("a"), Pause(stubborn), TextDelta("b"), Done("end")]
    world = await World(tmp_path, [step]).start({})
    await world.service.submit("go")
    await until(lambda: world.provider.delivered == 1)
    world.service.cancel()
    await world.service.wait_idle()
    assert world.data("result")[-1]["stopReason"] == "cancelled"
    assert world.data("assistant.message")[-1]["text"] == "a"


@pytest.mark.parametrize("passes", range(0, 60, 3))
async def test_at_any_turn_of_the_event_loop(tmp_path: Path, passes: int) -> None:
    steps = [
        call(use("Read", "t1", file_path="a"), use("Grep", "t2", query="x"), text="Look."),
        call(use("Write", "t3", file_path="b", content="new")),
        say("Done ", "now."),
    ]
    world = await World(tmp_path, steps, policy=ALLOW_ALL).start({"a": b"x\n"})
    await world.service.submit("go")
    for _ in range(passes):
        await asyncio.sleep(0)
    world.service.cancel()
    await world.service.wait_idle()
    _assert_no_tool_use_dangles(world)
    assert len(world.data("result")) == 1
    assert world.data("result")[0]["stopReason"] in ("cancelled", "end")
    assert not any(isinstance(item, TextItem) and item.streaming for item in world.service.session.items)
    await _next_turn_works(world)
