"""The policy on the way of a program's calls: what it allows, asks and denies, and that a no leaves everything
as it was."""

from __future__ import annotations

import asyncio

import pytest

from satchel.runtime.process import AccessRequest, AccessRule, AccessTable, SpawnRequest
from tests.unit.adapters.wasi.guest_script import Script
from tests.unit.adapters.wasi.running import Guests, script_request
from tests.unit.adapters.wasi.test_processes import exiting, spawning

_WRITE = (1 << 30) - 1
_DENY_SECRET = AccessTable(
    (AccessRule("/", "allow", "allow"), AccessRule("/workspace/secret", "deny", "deny"))
)
_ASK_TO_WRITE = AccessTable((AccessRule("/", "allow", "ask"),))


def _denied(guests: Guests) -> list[tuple[str, str, str]]:
    return [(one.request.kind, one.request.subject, one.errno) for one in guests.refused]


async def test_what_is_denied_is_neither_read_nor_changed_and_is_reported(guests: Guests) -> None:
    secret = guests.workspace / "secret"
    secret.mkdir()
    (secret / "f").write_text("secret")
    (guests.workspace / "link").symlink_to("secret/f")
    script = Script()
    path = script.text("workspace/secret/f")
    script.open("workspace/secret/f")
    script.open("workspace/link")
    script.open("workspace/secret/new", oflags=1)
    script.call("path_unlink_file", 3, *path)
    script.call("path_link", 3, 0, *path, 3, *script.text("workspace/copy"))
    script.call("path_rename", 3, *script.text("workspace/secret"), 3, *script.text("workspace/other"))
    script.call("path_filestat_set_times", 3, 0, *path, 1, 1, 5)
    script.call("path_chmod", 3, 0, *path, 0)
    script.call("path_filestat_get", 3, 0, *path, script.room(64))
    result = await guests.script(script, script_request(script, access=_DENY_SECRET))
    assert result.errnos == ["ACCES"] * 8 + ["SUCCESS"]
    assert (secret / "f").read_text() == "secret"
    await asyncio.sleep(0)
    assert _denied(guests)[:3] == [
        ("read", "/workspace/secret/f", "ACCES"),
        ("read", "/workspace/secret/f", "ACCES"),
        ("write", "/workspace/secret/new", "ACCES"),
    ]
    assert len(guests.refused) == 8


async def test_a_directory_cannot_be_moved_over_a_rule_for_what_lies_below(guests: Guests) -> None:
    (guests.workspace / "a/b").mkdir(parents=True)
    rules = (AccessRule("/", "allow", "allow"), AccessRule("/workspace/a/b", "deny", "allow"))
    script = Script()
    script.call("path_rename", 3, *script.text("workspace/a"), 3, *script.text("workspace/z"))
    result = await guests.script(script, script_request(script, access=AccessTable(rules)))
    assert result.errnos == ["ACCES"]


async def test_a_question_is_asked_with_the_resolved_path_and_answered_for_one_call(guests: Guests) -> None:
    (guests.workspace / "d").mkdir()
    (guests.workspace / "link").symlink_to("d")
    guests.answers += [True, False]
    script = Script()
    script.open("workspace/link/../link/one", oflags=1, rights=_WRITE)
    script.open("workspace/d/two", oflags=1, rights=_WRITE)
    result = await guests.script(script, script_request(script, access=_ASK_TO_WRITE))
    assert result.errnos == ["SUCCESS", "ACCES"]
    assert [(one.kind, one.subject) for one in guests.asked] == [
        ("write", "/workspace/d/one"),
        ("write", "/workspace/d/two"),
    ]
    assert sorted(path.name for path in (guests.workspace / "d").iterdir()) == ["one"]


async def test_only_the_process_that_asks_waits_and_its_clock_stands_still(guests: Guests) -> None:
    asking = Script()
    asking.open("workspace/f", oflags=1, rights=_WRITE)
    answered = asyncio.Event()

    async def decide(_: AccessRequest) -> bool:
        await answered.wait()
        return True

    limits = script_request(asking).limits.__class__(wall_seconds=0.3)
    request = script_request(asking, access=_ASK_TO_WRITE, limits=limits)
    process = await guests.host.spawn(request, decide, guests.refused.append)
    other = await guests.run(script_request(exiting(0)))
    assert other.status.code == 0
    await asyncio.sleep(0.5)
    answered.set()
    assert (await asyncio.wait_for(process.wait(), 5)).code == 0


async def test_a_process_that_is_killed_while_it_asks_takes_its_question_back(guests: Guests) -> None:
    script = Script()
    script.open("workspace/f", oflags=1, rights=_WRITE)
    cancelled = asyncio.Event()

    async def decide(_: AccessRequest) -> bool:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return True

    process = await guests.host.spawn(
        script_request(script, access=_ASK_TO_WRITE), decide, guests.refused.append
    )
    await asyncio.sleep(0.05)
    process.kill()
    assert (await asyncio.wait_for(process.wait(), 5)).code == 137
    await asyncio.wait_for(cancelled.wait(), 5)
    assert not (guests.workspace / "f").exists()


async def test_another_table_holds_from_the_next_call_on(guests: Guests) -> None:
    script = Script()
    script.call("fd_read", 0, *script.iovec((script.room(8), 1)), script.room(8))
    script.open("workspace/f", oflags=1, rights=_WRITE)
    process = await guests.start(script_request(script))
    process.set_access(AccessTable((AccessRule("/", "allow", "deny"),), generation=1))
    await process.write(b"x")
    output = await process.read("stdout")
    assert script.result(output).errnos == ["SUCCESS", "ACCES"]


@pytest.mark.parametrize(
    ("verdict", "answers", "errno"),
    [
        ("allow", [], "SUCCESS"),
        ("deny", [True], "NOTCAPABLE"),
        ("ask", [True], "SUCCESS"),
        ("ask", [], "NOTCAPABLE"),
    ],
)
async def test_children_go_through_the_policy_by_their_whole_command_line(
    guests: Guests, verdict: str, answers: list[bool], errno: str
) -> None:
    child = guests.install("child", exiting(0).wasm())
    guests.answers += answers
    script = Script()
    spawning(script, child, "child", "two words", "$x")
    table = AccessTable(exec=verdict)  # type: ignore[arg-type]
    result = await guests.script(script, script_request(script, access=table))
    assert result.errnos == [errno]
    await asyncio.sleep(0)
    asked = [one.subject for one in guests.asked] + [one.request.subject for one in guests.refused]
    assert set(asked) <= {"child 'two words' '$x'"}
    assert bool(guests.refused) == (errno != "SUCCESS")


async def test_the_network_is_closed_and_a_try_is_reported(guests: Guests) -> None:
    script = Script()
    request = script.text("GET https://example.test/x\nA: b")
    script.call("open", *request, 0, 0, script.room(8), module="satchel_net_v1")
    script.call("read", 1, 0, 0, 0, module="satchel_net_v1")
    ended = await guests.run(SpawnRequest("p", ("p",), {}, module=script.wasm()))
    assert script.result(ended.stdout).errnos == ["NOTCAPABLE", "BADF"]
    await asyncio.sleep(0)
    assert _denied(guests) == [("net", "GET https://example.test/x", "NOTCAPABLE")]
