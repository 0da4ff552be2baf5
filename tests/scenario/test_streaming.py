"""Text reaches the screen as it arrives, and what was streamed is in the log and in the next request."""

from __future__ import annotations

import asyncio
from pathlib import Path

from satchel.agent.transcript import TextItem
from satchel.llm.provider import Done, TextDelta
from satchel.llm.scripted import Pause, call, say
from satchel.session.content import TextBlock, ToolUseBlock
from tests.scenario.world import World, until, use


def _last_text(world: World) -> str:
    texts = [item for item in world.service.session.items if isinstance(item, TextItem)]
    return texts[-1].text if texts and texts[-1].role == "assistant" else ""


async def test_w1_each_delta_is_seen_before_the_provider_sends_the_next(tmp_path: Path) -> None:
    """W1: the predecessor held all deltas back until the provider had ended."""
    seen: list[tuple[int, str]] = []
    gates = [asyncio.Event() for _ in range(4)]
    step = [item for index, gate in enumerate(gates) for item in (TextDelta(f"{index} "), Pause(gate.wait))]
    world = await World(tmp_path, [[*step, Done("end")]]).start({})
    world.service.subscribe(lambda: seen.append((world.provider.delivered, _last_text(world))))
    await world.service.submit("count")
    for index, gate in enumerate(gates):
        expected = "".join(f"{number} " for number in range(index + 1))
        await until(lambda expected=expected: _last_text(world) == expected)
        assert world.provider.delivered == index + 1
        gate.set()
    await world.service.wait_idle()
    assert [entry for entry in dict.fromkeys(seen) if entry[1] and entry[0] <= 4] == [
        (1, "0 "),
        (2, "0 1 "),
        (3, "0 1 2 "),
        (4, "0 1 2 3 "),
    ]
    assert _last_text(world) == "0 1 2 3 "


async def test_logged_deltas_are_coalesced_and_add_up_to_the_message(tmp_path: Path) -> None:
    words = [f"word{number} " for number in range(400)]
    world = await World(tmp_path, [say(*words)]).start({})
    await world.turn()
    deltas = world.data("assistant.delta")
    assert "".join(str(delta["textDelta"]) for delta in deltas) == "".join(words)
    assert len(deltas) < 40
    (message,) = world.data("assistant.message")
    assert message["text"] == "".join(words)


async def test_the_events_of_a_plain_turn_come_in_the_documented_order(tmp_path: Path) -> None:
    world = await World(tmp_path, [say("Hello.")]).start({})
    await world.turn()
    assert world.types() == ["system.init", "workspace.import", "user.message", "assistant.message", "result"]
    assert world.data("result") == [
        {"finalText": "Hello.", "stopReason": "end", "usage": {"inputTokens": 0, "outputTokens": 0}}
    ]


async def test_w4_text_that_came_with_tool_calls_is_kept_and_replayed(tmp_path: Path) -> None:
    """W4: the predecessor neither logged nor replayed it."""
    steps = [call(use("Read", file_path="a.txt"), text="I look first."), say("Done.")]
    world = await World(tmp_path, steps).start({"a.txt": b"content\n"})
    await world.turn()
    assistant = world.provider.requests[1].messages[-2]
    assert assistant.role == "assistant"
    assert assistant.content == (
        TextBlock("I look first."),
        ToolUseBlock(use("Read").tool_use_id, "Read", {"file_path": "a.txt"}),
    )
    assert world.data("assistant.message")[0]["text"] == "I look first."


async def test_an_item_that_did_not_change_keeps_its_identity(tmp_path: Path) -> None:
    world = await World(tmp_path, [say("one"), say("two")]).start({})
    await world.turn()
    before = world.service.session
    assert world.service.session is before
    await world.turn("again")
    after = world.service.session
    assert all(old is new for old, new in zip(before.items, after.items, strict=False))
    assert len(after.items) == len(before.items) + 2
