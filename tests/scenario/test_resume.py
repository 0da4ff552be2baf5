"""A reload is a replay: the same view, the same conversation, an open question still open, a cut turn
closed.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from satchel.agent.transcript import NoticeItem, TextItem
from satchel.base import jsonvalue
from satchel.base.errors import InputError
from satchel.base.ids import is_hex_id
from satchel.llm.provider import TextDelta
from satchel.llm.scripted import Pause, call, say
from satchel.permission.policy import Policy
from satchel.session.errors import SessionNotFoundError
from satchel.session.log import open_log
from tests.scenario.world import World, until, use

FILES = {"a": b"x\n"}


async def _stop(world: World) -> None:
    world.service.cancel()
    await world.service.wait_idle()


async def test_w8_a_reload_shows_the_same_session(tmp_path: Path) -> None:
    """W8: neither demo of the predecessor could list or resume a session."""
    steps = [
        call(use("Read", "t1", file_path="a"), use("Nope", "t2"), text="Let me see."),
        call(use("Write", "t3", file_path="b", content="new")),
        say("All ", "done."),
    ]
    world = await World(tmp_path, steps).start(FILES)
    await world.turn("Improve this project\nplease")
    again = await world.reloaded().start()
    assert again.service.session == world.service.session
    assert again.service.session.title == "Improve this project"
    recorder, before = again.service._opened(), world.service._opened()
    assert recorder.conversation.messages() == before.conversation.messages()
    assert [summary.id for summary in again.service.sessions] == [world.service.session.session_id]
    assert is_hex_id(world.service.session.session_id)


async def test_a_pending_question_survives_a_reload_and_the_turn_goes_on_after_the_answer(
    tmp_path: Path,
) -> None:
    first = call(use("Read", "t1", file_path="a"), use("Read", "t2", file_path="a"))
    world = await World(tmp_path, [first], policy=Policy()).start(FILES)
    await world.service.submit("read")
    await until(lambda: bool(world.service.session.questions))
    again = await world.reloaded([say("Read it.")], policy=Policy()).start()
    await _stop(world)
    assert again.service.session.turn == "awaiting_approval"
    (question,) = again.service.session.questions
    await again.service.answer(question.id, allowed=True)
    await again.service.wait_idle()
    assert again.types() == [
        "permission.decision",
        "tool.result",
        "permission.decision",
        "tool.result",
        "assistant.message",
        "result",
    ]
    assert again.data("result")[-1]["finalText"] == "Read it."
    assert again.tool_item("t1").output == {"file_path": "/workspace/a", "content": "x\n"}


async def test_a_pending_question_can_be_cancelled_after_a_reload(tmp_path: Path) -> None:
    world = await World(tmp_path, [call(use("Read", file_path="a"))], policy=Policy()).start(FILES)
    await world.service.submit("read")
    await until(lambda: bool(world.service.session.questions))
    again = await world.reloaded([say("ok")], policy=Policy()).start()
    await _stop(world)
    await _stop(again)
    assert again.data("result")[-1]["stopReason"] == "cancelled"
    await again.turn("and now")
    assert again.data("result")[-1]["stopReason"] == "end"


@pytest.mark.parametrize("where", ["streaming", "tool"])
async def test_a_turn_cut_by_a_crash_is_closed_and_poisons_nothing(tmp_path: Path, where: str) -> None:
    never = asyncio.Event()
    step = {
        "streaming": [TextDelta("Half "), Pause(never.wait)],
        "tool": call(use("Probe", "t1", wait=True), use("Read", "t2", file_path="a"), text="Half "),
    }[where]
    world = await World(tmp_path, [step]).start(FILES)
    await world.service.submit("go")
    await until(lambda: world.probe.started.is_set() or world.data("assistant.delta") != [])
    if where == "tool":
        await until(world.probe.started.is_set)
    again = await world.reloaded([say("Going on.")]).start()
    await _stop(world)
    result = again.data("result")[-1]
    assert (result["stopReason"], result["errorType"]) == ("error", "Interrupted")
    assert [data["toolUseId"] for data in again.data("tool.result")] == (
        ["t1", "t2"] if where == "tool" else []
    )
    assert any(isinstance(i, TextItem) and i.text == "Half " for i in again.service.session.items)
    await again.turn("go on")
    assert again.data("result")[-1]["finalText"] == "Going on."
    third = await again.reloaded().start()
    assert third.events == []


async def test_a_torn_log_opens_and_says_what_was_lost_once(tmp_path: Path) -> None:
    world = await World(tmp_path, [say("One."), say("Two.")]).start(FILES)
    await world.turn()
    content = world.logs.logs[world.service.session.session_id]
    content.extend(b"\x40\x00\x00\x00torn")
    again = await world.reloaded().start()
    assert again.types() == ["log.recovered"]
    assert isinstance(again.service.session.items[-1], NoticeItem)
    assert again.service.session.items[-1].kind == "recovered"
    assert (await again.reloaded().start()).events == []


async def test_damage_in_the_middle_is_told_once_and_the_session_goes_on(tmp_path: Path) -> None:
    world = await World(tmp_path, [call(use("Read", file_path="a")), say("One.")]).start(FILES)
    await world.turn()
    content = world.logs.logs[world.service.session.session_id]
    position = content.index(b"tool.result")
    content[position] ^= 1
    again = await world.reloaded([say("On.")]).start()
    assert again.types() == ["log.recovered"]
    await again.turn("on")
    assert again.data("result")[-1]["stopReason"] == "end"
    assert "log.recovered" not in (await again.reloaded().start()).types()


async def test_sessions_are_listed_renamed_opened_and_deleted(tmp_path: Path) -> None:
    world = await World(tmp_path, [say("One."), say("Two.")]).start(FILES)
    await world.turn("first task")
    first = world.service.session.session_id
    await world.service.new_session()
    await world.service.new_session()
    await world.turn("second task")
    second = world.service.session.session_id
    assert [summary.title for summary in world.service.sessions] == ["second task", "first task"]
    await world.service.rename_session(first, "  A better\nname ")
    assert world.service.session.session_id == second
    await world.service.open_session(first)
    assert world.service.session.title == "A better name"
    with pytest.raises(InputError, match="empty"):
        await world.service.rename_session(first, "  ")
    again = await world.reloaded().start()
    assert again.service.session.session_id == first
    await again.service.delete_session(first)
    assert again.service.session.session_id not in (first, second)
    with pytest.raises(SessionNotFoundError):
        await again.service.open_session(first)
    assert first not in await again.logs.list()


async def test_the_catalogue_is_made_again_from_the_logs(tmp_path: Path) -> None:
    world = await World(tmp_path, [say("One.")]).start(FILES)
    await world.turn("first task")
    await world.service.new_session()
    await world.service.rename_session(world.service.session.session_id, "empty one")
    listed = world.service.sessions
    for index in (None, b"", b"{damaged", b"[]", b'{"v":1,"sessions":[{"id":7}]}'):
        world.logs.index = index
        again = await world.reloaded().start()
        assert {summary.id: summary for summary in again.service.sessions} == {s.id: s for s in listed}


async def test_a_session_of_a_newer_version_is_listed_with_the_reason_and_left_alone(tmp_path: Path) -> None:
    world = await World(tmp_path, [say("One.")]).start(FILES)
    await world.turn("task")
    session = world.service.session.session_id
    newer = session[:-1] + ("e" if session.endswith("f") else "f")
    world.logs.logs[newer] = bytearray(b"SATCHEL\x09 from the future")  # type: ignore[index]
    world.logs.index = None
    again = await world.reloaded().start()
    (summary,) = [summary for summary in again.service.sessions if summary.id == newer]
    assert "format 9" in summary.error
    assert again.service.session.session_id == world.service.session.session_id
    assert bytes(again.logs.logs[summary.id]) == b"SATCHEL\x09 from the future"


async def test_the_export_is_one_envelope_a_line_for_open_and_closed_sessions(tmp_path: Path) -> None:
    world = await World(tmp_path, [say("One.")]).start(FILES)
    await world.turn("task")
    first = world.service.session.session_id
    exported = await world.service.export_session(first)
    assert [jsonvalue.loads(line) for line in exported.splitlines()] == list(world.service.events())
    assert [jsonvalue.loads(line) for line in exported.splitlines()] == world.events
    await world.service.new_session()
    assert await world.service.export_session(first) == exported


async def test_close_leaves_a_log_that_opens_clean(tmp_path: Path) -> None:
    world = await World(tmp_path, [call(use("Probe", wait=True))]).start(FILES)
    await world.service.submit("go")
    await until(world.probe.started.is_set)
    session_id = world.service.session.session_id
    await world.service.close()
    opened = await open_log(world.logs, session_id, world.service._ports.clock)
    assert opened.damage == ()
    assert opened.events[-1].event.type == "result"
