"""Questions are events: logged before anyone is asked, answerable by anyone, remembered, revocable."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from satchel.base.errors import InputError
from satchel.base.ids import QuestionId
from satchel.llm.scripted import call, say
from satchel.permission.policy import Policy
from satchel.permission.request import Capability
from satchel.session.content import ToolResultBlock
from tests.scenario.world import World, until, use

READ_A = call(use("Read", "t1", file_path="a"))
READ_B = call(use("Read", "t2", file_path="b"))
FILES = {"a": b"x\n", "b": b"y\n"}


async def _asked(world: World) -> QuestionId:
    await until(lambda: bool(world.service.session.questions))
    return world.service.session.questions[0].id


async def test_w7_the_question_is_in_the_log_before_anyone_sees_it_and_a_ui_can_answer(
    tmp_path: Path,
) -> None:
    """W7: the question was logged after the answer, so no screen could be driven by it."""
    world = await World(tmp_path, [READ_A, say("ok")], policy=Policy()).start(FILES)
    seen_unlogged = []

    def look() -> None:
        if world.service.session.questions and "permission.question" not in world.types():
            seen_unlogged.append(world.service.session)

    world.service.subscribe(look)
    await world.service.submit("read")
    question_id = await _asked(world)
    (question,) = world.service.session.questions
    assert (question.capability, question.subject, question.tool) == ("read", "/workspace/a", "Read")
    assert question.input == {"file_path": "a"}
    assert world.service.session.turn == "awaiting_approval"
    assert world.tool_item().state == "asking"
    await world.service.answer(question_id, allowed=True)
    await world.service.wait_idle()
    assert seen_unlogged == []
    assert world.types()[-8:] == [
        "user.message",
        "assistant.message",
        "tool.use",
        "permission.question",
        "permission.decision",
        "tool.result",
        "assistant.message",
        "result",
    ]


async def test_one_question_covers_its_class_for_the_session(tmp_path: Path) -> None:
    world = await World(tmp_path, [READ_A, READ_B, say("ok")], policy=Policy()).start(FILES)
    await world.service.submit("read")
    await world.service.answer(await _asked(world), allowed=True)
    await world.service.wait_idle()
    assert len(world.data("permission.question")) == 1
    assert [data["by"] for data in world.data("permission.decision")] == ["user", "grant"]


async def test_leave_for_once_is_asked_again(tmp_path: Path) -> None:
    world = await World(tmp_path, [READ_A, READ_B, say("ok")], policy=Policy()).start(FILES)
    await world.service.submit("read")
    await world.service.answer(await _asked(world), allowed=True, lifetime="once")
    await until(lambda: len(world.data("permission.question")) == 2)
    await world.service.answer(await _asked(world), allowed=True, lifetime="once")
    await world.service.wait_idle()
    assert world.service.grants == ()


async def test_a_denial_is_told_to_the_model_and_the_turn_goes_on(tmp_path: Path) -> None:
    world = await World(tmp_path, [READ_A, say("Then not.")], policy=Policy()).start(FILES)
    await world.service.submit("read")
    await world.service.answer(await _asked(world), allowed=False, lifetime="once")
    await world.service.wait_idle()
    (told,) = [b for b in world.provider.requests[-1].messages[-1].content if isinstance(b, ToolResultBlock)]
    assert "The user denied read:/workspace/a" in str(told.output)
    assert world.tool_item().state == "denied"
    assert world.data("result")[-1]["finalText"] == "Then not."


async def test_a_refusal_for_the_session_is_not_asked_again(tmp_path: Path) -> None:
    world = await World(tmp_path, [READ_A, READ_B, say("Then not.")], policy=Policy()).start(FILES)
    await world.service.submit("read")
    await world.service.answer(await _asked(world), allowed=False, lifetime="session")
    await world.service.wait_idle()
    assert len(world.data("permission.question")) == 1
    assert world.tool_item("t2").state == "denied"


async def test_w7_a_grant_can_be_revoked_alone_and_is_asked_again(tmp_path: Path) -> None:
    world = await World(tmp_path, [READ_A, say("ok"), READ_B, say("ok")], policy=Policy()).start(FILES)
    await world.service.submit("read")
    await world.service.answer(await _asked(world), allowed=True)
    await world.service.wait_idle()
    world.service.revoke(Capability.READ)
    assert world.service.grants == ()
    assert world.data("permission.revoked") == [{"capability": "read", "scope": "*"}]
    await world.service.submit("again")
    assert await _asked(world) == "t2:0"
    world.service.cancel()
    await world.service.wait_idle()


async def test_w7_grants_survive_a_reload_and_a_revoked_one_does_not(tmp_path: Path) -> None:
    """W7: approvals were lost on restart."""
    world = await World(tmp_path, [READ_A, say("ok")], policy=Policy()).start(FILES)
    await world.service.submit("read")
    await world.service.answer(await _asked(world), allowed=True)
    await world.service.wait_idle()
    again = await world.reloaded([READ_B, say("ok")], policy=Policy()).start()
    assert [grant.capability for grant in again.service.grants] == [Capability.READ]
    await again.turn("read b")
    assert again.data("permission.question") == []
    again.service.revoke(Capability.READ)
    assert (await again.reloaded(policy=Policy()).start()).service.grants == ()


async def test_only_a_grant_for_always_goes_on_into_a_new_session(tmp_path: Path) -> None:
    steps = [READ_A, call(use("Write", "t3", file_path="c", content="z")), say("ok")]
    world = await World(tmp_path, steps, policy=Policy()).start(FILES)
    await world.service.submit("go")
    await world.service.answer(await _asked(world), allowed=True, lifetime="always")
    await until(lambda: len(world.data("permission.question")) == 2)
    await world.service.answer(await _asked(world), allowed=True, lifetime="session")
    await world.service.wait_idle()
    await world.service.new_session()
    assert [grant.capability for grant in world.service.grants] == [Capability.READ]
    assert world.service.session.turn == "idle"


async def test_a_question_that_is_not_open_cannot_be_answered(tmp_path: Path) -> None:
    world = await World(tmp_path, [READ_A, say("ok")], policy=Policy()).start(FILES)
    await world.service.submit("read")
    question_id = await _asked(world)
    await world.service.answer(question_id, allowed=True)
    with pytest.raises(InputError, match="not open any more"):
        await world.service.answer(question_id, allowed=False)
    await world.service.wait_idle()


async def test_commands_that_would_pull_the_ground_away_are_refused_while_a_turn_runs(tmp_path: Path) -> None:
    world = await World(tmp_path, [READ_A, say("ok")], policy=Policy()).start(FILES)
    await world.service.submit("read")
    await _asked(world)
    for command in (world.service.submit("more"), world.service.new_session(), world.service.discard(["a"])):
        with pytest.raises(InputError, match="Answer its question, or stop it"):
            await command
    world.service.cancel()
    await world.service.wait_idle()


async def test_one_no_holds_for_everything_the_model_asked_for_in_the_same_step(tmp_path: Path) -> None:
    """Three reads asked for at once are one question to the user when the answer is no."""
    reads = call(*(use("Read", f"t{number}", file_path="a") for number in (1, 2, 3)))
    world = await World(tmp_path, [reads, READ_B, say("ok")], policy=Policy()).start(FILES)
    await world.service.submit("read")
    await world.service.answer(await _asked(world), allowed=False, lifetime="once")
    # The next step is another matter: there the user is asked again.
    await until(lambda: [question.tool_use_id for question in world.service.session.questions] == ["t2~2"])
    await world.service.answer(world.service.session.questions[0].id, allowed=True)
    await world.service.wait_idle()
    assert world.types().count("permission.question") == 2
    decisions = [event for event in world.types() if event == "permission.decision"]
    assert len(decisions) == 4


async def test_a_command_given_as_the_turn_ends_is_not_refused(tmp_path: Path) -> None:
    """The page shows the turn as over while its task still looks for changes; what is sent then is taken."""
    world = await World(tmp_path, [say("One."), say("Two.")]).start(FILES)
    next_turns: list[asyncio.Task[None]] = []
    write_index = world.logs.write_index

    async def slow_write_index(data: bytes) -> None:
        await asyncio.sleep(0.01)
        await write_index(data)

    world.logs.write_index = slow_write_index  # type: ignore[method-assign]

    def at_the_end() -> None:
        if world.service.session.turn == "idle" and world.types()[-1:] == ["result"] and not next_turns:
            next_turns.append(asyncio.ensure_future(world.service.submit("and the next")))

    world.service.subscribe(at_the_end)
    await world.turn("first")
    await next_turns[0]
    await world.service.wait_idle()
    assert [data["finalText"] for data in world.data("result")] == ["One.", "Two."]
