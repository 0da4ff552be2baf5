"""Real programs in a turn, on the server's engine: on the workspace itself, under the policy, ended when told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from satchel.adapters.server.wasi.host import ServerProcessHost
from satchel.llm.scripted import call, say
from satchel.permission.policy import Policy, parse_rule
from satchel.runtime import probe_modules
from satchel.workspace.project_layout import GUEST_MOUNTS
from tests.conformance.wasi.programs import program
from tests.scenario.world import World, until, use

pytestmark = pytest.mark.host_only("wasmtime is the server's engine")

FILES = {"a": b"alpha\n", "secret/key": b"k\n"}
MODULES = {"calls": program("calls"), "spins": probe_modules.spins(), "copies": probe_modules.copies()}
WRITE_NEW = """path_open 3 0 "workspace/made" 9 0x42 0 0 >f:u32
fd_write $f ["hello"] >n:u32
path_unlink_file 3 "workspace/a"
"""
READ_A = 'path_open 3 0 "workspace/a" 0 0x2 0 0 >f:u32\nfd_read $f [9] >n:u32\n'


class RealWorld(World):
    """A world whose programs run in wasmtime; the modules above are executables in its workspace."""

    def _host(self, root: str) -> ServerProcessHost:  # type: ignore[override]
        return ServerProcessHost({guest: f"{root}/{place}" for guest, place in GUEST_MOUNTS.items()})

    async def start(self, files: object = None) -> World:
        await super().start(FILES)
        project = self.service.project
        assert project is not None
        for name, module in MODULES.items():
            project.files.write_bytes(f"/workspace/bin/{name}", module)
            project.files.set_mode(f"/workspace/bin/{name}", 0o755)
        return self


async def _world(tmp_path: Path, *steps: object, allow: str = "exec read write", deny: str = "") -> RealWorld:
    rules = [parse_rule("allow", text) for text in allow.split()]
    rules += [parse_rule("deny", text) for text in deny.split()]
    world = RealWorld(tmp_path, [*steps, say("done")], policy=Policy(tuple(rules)), programs={})  # type: ignore[list-item]
    await world.start()
    return world


def _calls(script: str, tool_use_id: str = "t1"):  # type: ignore[no-untyped-def]
    return call(use("Command", tool_use_id, argv=["bin/calls", script]))


def _stdout(world: World, tool_use_id: str = "t1") -> str:
    output = world.tool_item(tool_use_id).output
    assert isinstance(output, dict), world.tool_item(tool_use_id).error
    return str(output["stdout"])


async def test_what_a_program_writes_is_in_the_workspace_and_in_the_changes(tmp_path: Path) -> None:
    world = await _world(tmp_path, _calls(WRITE_NEW), call(use("Read", "t2", file_path="made")))
    await world.turn()
    assert _stdout(world) == "SUCCESS f=4\nSUCCESS n=5\nSUCCESS\n"
    assert world.tool_item("t2").output["content"] == "hello"  # type: ignore[index, call-overload]
    assert world.service.changeset is not None
    changes = {change.path: change.kind for change in world.service.changeset.changes}
    assert (changes["made"], changes["a"]) == ("add", "delete")


async def test_a_program_sees_what_the_tools_wrote(tmp_path: Path) -> None:
    write = call(use("Write", "t0", file_path="a", content="by tool", overwrite=True))
    world = await _world(tmp_path, write, _calls(READ_A))
    await world.turn()
    assert '"by tool"' in _stdout(world)


async def test_programs_in_a_pipeline_run_at_once(tmp_path: Path) -> None:
    data = "line of text\n" * 50_000
    step = call(use("Command", "t1", pipeline=[["bin/copies"]] * 3, stdin=data))
    world = await _world(tmp_path, step)
    await world.turn()
    assert _stdout(world) == data
    assert [end["exitCode"] for end in world.data("process.end")] == [0, 0, 0]


async def test_a_denied_path_is_an_errno_for_the_program_and_an_audit_record(tmp_path: Path) -> None:
    script = 'path_open 3 0 "workspace/secret/key" 0 0x2 0 0 >f:u32\n' + READ_A
    world = await _world(tmp_path, _calls(script), deny="read:/workspace/secret/**")
    await world.turn()
    lines = _stdout(world).splitlines()
    assert lines[0] == "ACCES"
    assert '"alpha\\n"' in lines[2]
    (audit,) = world.data("process.audit")
    assert (audit["kind"], audit["subject"], audit["errno"]) == ("read", "/workspace/secret/key", "ACCES")


async def test_a_question_holds_up_the_one_call_until_it_is_answered(tmp_path: Path) -> None:
    world = await _world(tmp_path, _calls(READ_A), allow="exec")
    await world.service.submit("go")
    await until(lambda: bool(world.service.session.questions))
    (question,) = world.service.session.questions
    assert (question.capability, question.subject) == ("read", "/workspace/a")
    await asyncio.sleep(0.05)
    assert world.data("process.end") == []
    await world.service.answer(question.id, allowed=True)
    await world.service.wait_idle()
    assert '"alpha\\n"' in _stdout(world)


async def test_time_spent_waiting_for_an_answer_does_not_count(tmp_path: Path) -> None:
    step = call(use("Command", "t1", argv=["bin/calls", READ_A], limits={"timeoutMs": 400}))
    world = await _world(tmp_path, step, allow="exec")
    await world.service.submit("go")
    await until(lambda: bool(world.service.session.questions))
    await asyncio.sleep(0.8)
    await world.service.answer(world.service.session.questions[0].id, allowed=True)
    await world.service.wait_idle()
    assert world.data("process.end")[0]["cause"] == "exit"


async def test_stop_ends_a_program_that_never_pauses(tmp_path: Path) -> None:
    world = await _world(tmp_path, call(use("Command", "t1", argv=["bin/spins"])))
    await world.service.submit("go")
    await until(lambda: bool(world.data("process.start")))
    world.service.cancel()
    await asyncio.wait_for(world.service.wait_idle(), 5)
    assert world.data("process.end")[0]["cause"] == "cancelled"
    await world.service.close()


async def test_the_time_limit_ends_it(tmp_path: Path) -> None:
    step = call(use("Command", "t1", argv=["bin/spins"], limits={"timeoutMs": 200}))
    world = await _world(tmp_path, step)
    await world.turn()
    (end,) = world.data("process.end")
    assert (end["cause"], end["exitCode"], end["signal"]) == ("wall", 137, 9)


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["a"], "a: "),
        (["./none"], "none: command not found"),
        (["bin"], "bin: command not found"),
        (["./bin"], "bin: "),
    ],
)
async def test_what_is_no_program_is_told(tmp_path: Path, argv: list[str], told: str) -> None:
    world = await _world(tmp_path, call(use("Command", "t1", argv=argv)))
    await world.turn()
    assert told in str(world.tool_item().error)
    assert world.data("process.start") == []
