"""Programs in a turn: asked for, run, recorded, held to the policy, stopped, and never run twice by a reload."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from satchel.llm.scripted import call, say
from satchel.permission.policy import Policy, parse_rule
from satchel.permission.request import Capability
from satchel.session.content import ToolResultBlock
from tests.scenario.world import World, until, use
from tests.unit.runtime.programs import PROGRAMS

FILES = {"a": b"x\n", "secret/key": b"k\n"}


def _allow(*texts: str, deny: tuple[str, ...] = ()) -> Policy:
    allowed = tuple(parse_rule("allow", text) for text in texts)
    return Policy(allowed + tuple(parse_rule("deny", text) for text in deny))


def _command(*argv: str, tool_use_id: str = "t1"):  # type: ignore[no-untyped-def]
    return call(use("Command", tool_use_id, argv=list(argv)))


async def _world(tmp_path: Path, *steps: object, policy: Policy) -> World:
    world = World(tmp_path, [*steps, say("done")], policy=policy, programs=PROGRAMS)  # type: ignore[list-item]
    return await world.start(FILES)


async def _question(world: World, number: int = 0) -> str:
    await until(lambda: len(world.data("permission.question")) > number and world.service.session.questions)
    return world.service.session.questions[0].subject


async def _answer(world: World, *, allowed: bool, lifetime: str = "session") -> None:
    question = world.service.session.questions[0]
    await world.service.answer(question.id, allowed=allowed, lifetime=lifetime)  # type: ignore[arg-type]


async def test_a_command_is_asked_for_run_and_recorded(tmp_path: Path) -> None:
    world = await _world(tmp_path, _command("say", "hello world"), policy=Policy())
    await world.service.submit("go")
    assert await _question(world) == "say 'hello world'"
    assert world.hosts == [], "no host is made before there is leave"
    await _answer(world, allowed=True)
    await world.service.wait_idle()
    assert world.types()[-7:] == [
        "permission.question",
        "permission.decision",
        "process.start",
        "process.end",
        "tool.result",
        "assistant.message",
        "result",
    ]
    (start,), (end,) = world.data("process.start"), world.data("process.end")
    assert (start["argv"], start["cwd"], start["toolUseId"]) == (["say", "hello world"], "/workspace", "t1")
    assert (end["exitCode"], end["stdoutBytes"], end["pid"]) == (0, 12, start["pid"])
    output = world.tool_item().output
    assert isinstance(output, dict)
    assert output["stdout"] == "hello world\n"


async def test_exec_is_asked_once_a_session(tmp_path: Path) -> None:
    steps = (_command("say", "1"), _command("say", "2", tool_use_id="t2"))
    world = await _world(tmp_path, *steps, policy=Policy())
    await world.service.submit("go")
    await _question(world)
    await _answer(world, allowed=True)
    await world.service.wait_idle()
    assert len(world.data("permission.question")) == 1
    assert [data["subject"] for data in world.data("permission.decision")] == ["say 1", "say 2"]


async def test_a_denied_command_does_not_run_and_the_model_is_told(tmp_path: Path) -> None:
    world = await _world(tmp_path, _command("say", "1"), policy=_allow(deny=("exec",)))
    await world.turn()
    assert world.data("process.start") == []
    assert world.tool_item().state == "denied"


async def test_what_a_program_reads_is_asked_for_once_while_it_runs(tmp_path: Path) -> None:
    world = await _world(tmp_path, _command("look", "/workspace/a", "/workspace/b"), policy=_allow("exec"))
    await world.service.submit("go")
    assert await _question(world) == "/workspace/a"
    assert world.service.session.turn == "awaiting_approval"
    assert world.tool_item().state == "asking"
    await _answer(world, allowed=True)
    await world.service.wait_idle()
    assert world.service.session.turn == "idle"
    assert world.tool_item().output["stdout"] == "yes yes yes yes yes yes"  # type: ignore[index, call-overload]
    assert len(world.data("permission.question")) == 1
    assert world.hosts[0].guests[0].tables, "the running program got the new table"
    assert [grant.capability for grant in world.service.grants] == [Capability.READ]


async def test_once_is_for_the_whole_command_and_no_longer(tmp_path: Path) -> None:
    steps = (
        _command("look", "/workspace/a", "/workspace/b"),
        _command("look", "/workspace/a", tool_use_id="t2"),
    )
    world = await _world(tmp_path, *steps, policy=_allow("exec"))
    await world.service.submit("go")
    await _question(world)
    await _answer(world, allowed=True, lifetime="once")
    await _question(world, 1)
    await _answer(world, allowed=False)
    await world.service.wait_idle()
    assert world.tool_item("t1").output["exitCode"] == 0  # type: ignore[index, call-overload]
    assert world.tool_item("t2").output["exitCode"] == 1  # type: ignore[index, call-overload]
    assert world.service.grants[0].allowed is False


async def test_a_refusal_is_asked_once_and_answered_with_an_errno_from_then_on(tmp_path: Path) -> None:
    paths = [f"/workspace/{number}" for number in range(10)]
    world = await _world(tmp_path, _command("look", *paths), policy=_allow("exec"))
    await world.service.submit("go")
    await _question(world)
    await _answer(world, allowed=False, lifetime="once")
    await world.service.wait_idle()
    assert len(world.data("permission.question")) == 1
    assert len(world.data("permission.decision")) == 2, "the command itself, and the answer"
    assert [audit["subject"] for audit in world.data("process.audit")] == paths
    assert world.data("process.end")[0]["denied"] == 30


async def test_a_deny_rule_holds_inside_a_program(tmp_path: Path) -> None:
    policy = _allow("exec", "read", deny=("read:/workspace/secret/**",))
    world = await _world(tmp_path, _command("look", "/workspace/a", "/workspace/secret/key"), policy=policy)
    await world.turn()
    assert world.tool_item().output["stdout"] == "yes yes yes no no no"  # type: ignore[index, call-overload]
    (audit,) = world.data("process.audit")
    assert (audit["kind"], audit["subject"], audit["errno"]) == ("read", "/workspace/secret/key", "ACCES")


async def test_a_revoke_reaches_a_running_program(tmp_path: Path) -> None:
    world = await _world(tmp_path, _command("sleep"), policy=_allow("exec"))
    await world.service.submit("go")
    await until(lambda: bool(world.data("process.start")))
    world.service.revoke(Capability.READ)  # There is none: nothing happens.
    guest = world.hosts[0].guests[0]
    assert guest.tables == []
    ask = asyncio.ensure_future(guest.may_read("/workspace/a"))
    await _question(world)
    await _answer(world, allowed=True)
    assert await ask
    assert guest.table.rules[0].read == "allow"
    before = guest.table.generation
    world.service.revoke(Capability.READ)
    assert guest.table.rules[0].read == "ask"
    assert guest.table.generation > before
    world.service.cancel()
    await world.service.wait_idle()


async def test_stop_ends_the_program_and_the_turn(tmp_path: Path) -> None:
    world = await _world(tmp_path, _command("sleep"), policy=_allow("exec"))
    await world.service.submit("go")
    await until(lambda: bool(world.data("process.start")))
    world.service.cancel()
    await world.service.wait_idle()
    assert [data["cause"] for data in world.data("process.end")] == ["cancelled"]
    assert world.data("result")[-1]["stopReason"] == "cancelled"
    assert world.tool_item().state == "cancelled"


async def test_a_question_of_a_program_that_a_reload_ended_does_not_run_it_again(tmp_path: Path) -> None:
    world = await _world(tmp_path, _command("look", "/workspace/a"), policy=_allow("exec"))
    await world.service.submit("go")
    await _question(world)
    again = await world.reloaded([say("ok")], policy=_allow("exec")).start()
    assert again.service.session.turn == "idle"
    assert again.service.session.questions == ()
    assert again.hosts == []
    assert "whether it had an effect is not known" in str(again.tool_item().error)


async def test_closing_the_project_ends_its_programs(tmp_path: Path) -> None:
    world = await _world(tmp_path, _command("say"), policy=_allow("exec"))
    await world.turn()
    await world.service.close()
    assert [host.closed for host in world.hosts] == [True]


async def test_without_programs_there_is_no_command(tmp_path: Path) -> None:
    world = await World(tmp_path, [_command("say"), say("ok")]).start(FILES)
    await world.turn()
    assert world.hosts == []
    assert "there is no such tool" in str(world.tool_item().error)
    last = world.provider.requests[-1].messages[-1].content[0]
    assert isinstance(last, ToolResultBlock)
    assert last.is_error


@pytest.mark.parametrize("count", [1, 3])
async def test_programs_of_a_pipeline_are_asked_for_each(tmp_path: Path, count: int) -> None:
    step = call(use("Command", "t1", pipeline=[["cat"]] * count, stdin="x"))
    world = await _world(tmp_path, step, policy=_allow("exec"))
    await world.turn()
    assert [data["subject"] for data in world.data("permission.decision")] == ["cat"] * count
    assert [data["stage"] for data in world.data("process.start")] == list(range(count))
    assert len(world.data("process.end")) == count


@pytest.mark.parametrize("lifetime", ["once", "session"])
async def test_a_pipeline_is_one_question_that_shows_all_of_it(tmp_path: Path, lifetime: str) -> None:
    pipeline = [["say", "a b"], ["first"], ["cat"]]
    step = call(use("Command", "t1", pipeline=pipeline))
    policy = _allow("exec:first")
    world = await _world(tmp_path, step, policy=policy)
    await world.service.submit("go")
    assert await _question(world) == "say 'a b' | first | cat"
    await _answer(world, allowed=True, lifetime=lifetime)
    await world.service.wait_idle()
    assert len(world.data("permission.question")) == 1
    decisions = [
        (data["subject"], data["by"], data["lifetime"]) for data in world.data("permission.decision")
    ]
    last = ("cat", "user", "once") if lifetime == "once" else ("cat", "grant", "session")
    assert decisions == [
        ("say 'a b' | first | cat", "user", lifetime),
        ("first", "policy", "session"),
        last,
    ]
    assert len(world.data("process.start")) == 3


async def test_a_refused_pipeline_runs_none_of_it(tmp_path: Path) -> None:
    step = call(use("Command", "t1", pipeline=[["say", "1"], ["cat"]]))
    world = await _world(tmp_path, step, policy=Policy())
    await world.service.submit("go")
    await _question(world)
    await _answer(world, allowed=False, lifetime="once")
    await world.service.wait_idle()
    assert world.data("process.start") == []
    assert "exec:say 1 | cat" in str(world.tool_item().error)


async def test_what_the_policy_forbids_in_a_pipeline_no_answer_allows(tmp_path: Path) -> None:
    step = call(use("Command", "t1", pipeline=[["say", "1"], ["cat"]]))
    world = await _world(tmp_path, step, policy=_allow(deny=("exec:cat",)))
    await world.service.submit("go")
    await _question(world)
    await _answer(world, allowed=True, lifetime="once")
    await world.service.wait_idle()
    assert world.data("process.start") == []
    assert world.tool_item().state == "denied"


async def test_a_pipelines_question_is_still_one_after_a_reload(tmp_path: Path) -> None:
    step = call(use("Command", "t1", pipeline=[["say", "1"], ["cat"]]))
    world = await _world(tmp_path, step, policy=Policy())
    await world.service.submit("go")
    await _question(world)
    again = await world.reloaded([say("ok")], policy=Policy()).start()
    world.service.cancel()
    await world.service.wait_idle()
    await _answer(again, allowed=True, lifetime="once")
    await again.service.wait_idle()
    assert again.data("permission.question") == []
    assert len(again.data("process.start")) == 2
