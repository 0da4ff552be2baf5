"""One command from start to end: input, output, caps, spill files, limits, cancel, pipelines, and the record of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from satchel.base.errors import InputError
from satchel.runtime.errors import CommandNotFoundError
from satchel.runtime.process import AccessRule, AccessTable
from satchel.runtime.run_command import AUDITS_LOGGED, CommandOutcome, CommandRequest
from satchel.session.events import ProcessAudited, ProcessEnded, ProcessStarted
from satchel.workspace.errors import DirectoryExpectedError, NotFoundError
from tests.unit.runtime.programs import Workbench


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path)


async def _run(bench: Workbench, *argv: str, **more: object) -> CommandOutcome:
    return await bench.runner.run(CommandRequest((argv,), **more))  # type: ignore[arg-type]


async def test_output_error_output_and_exit_code(bench: Workbench) -> None:
    outcome = await _run(bench, "say", "one", "err:two", "exit:3")
    assert outcome.stdout.inline == b"one\n"
    assert outcome.stderr.inline == b"err:two\n"
    assert [(status.code, status.cause) for status in outcome.statuses] == [(3, "exit")]
    assert not (outcome.stdout.truncated or outcome.stdout.file or outcome.stderr.file)


async def test_input_of_any_size_goes_in_and_comes_back(bench: Workbench) -> None:
    data = bytes(range(32, 127)) * 10_000
    assert (await _run(bench, "cat", stdin=data)).stdout.inline == data


async def test_a_program_need_not_read_its_input(bench: Workbench) -> None:
    outcome = await _run(bench, "say", "done", stdin=b"x" * 1_000_000)
    assert outcome.statuses[0].code == 0


async def test_where_it_runs_and_what_it_is_told(bench: Workbench) -> None:
    bench.files.make_directory("/workspace/sub")
    outcome = await _run(bench, "show", cwd="sub", env={"A": "1"})
    program, cwd, *env = outcome.stdout.inline.decode().split(" ")
    assert (program, cwd) == ("/usr/bin/show", "/workspace/sub")
    assert {"A=1", "PWD=/workspace/sub", "HOME=/home/user"} <= set(env)


async def test_output_over_the_cap_is_cut_and_kept_whole_in_a_file(bench: Workbench) -> None:
    outcome = await _run(bench, "flood", "5000", inline_stdout=1200)
    assert (len(outcome.stdout.inline), outcome.stdout.size, outcome.stdout.truncated) == (1200, 5000, True)
    assert outcome.stdout.file is not None
    assert bench.files.read_bytes(outcome.stdout.file) == b"y" * 5000


@pytest.mark.parametrize("cap", range(8))
async def test_a_cut_never_parts_a_character(bench: Workbench, cap: int) -> None:
    outcome = await _run(bench, "raw", "a€😀".encode().hex(), inline_stdout=cap)
    assert "a€😀".startswith(outcome.stdout.inline.decode("utf-8"))
    assert len(outcome.stdout.inline) in range(cap - 3, cap + 1)


async def test_bytes_that_are_no_text_are_kept_in_a_file_too(bench: Workbench) -> None:
    outcome = await _run(bench, "raw", "00ff41")
    assert (outcome.stdout.inline, outcome.stdout.truncated) == (b"\0\xffA", False)
    assert bench.files.read_bytes(str(outcome.stdout.file)) == b"\0\xffA"


async def test_two_runs_do_not_share_a_file(bench: Workbench) -> None:
    names = {(await _run(bench, "flood", "50", inline_stdout=1)).stdout.file for _ in range(2)}
    assert len(names) == 2


async def test_when_there_is_no_room_for_the_file_the_beginning_is_kept(
    bench: Workbench, tmp_path: Path
) -> None:
    (tmp_path / "tmp" / "command-output").write_text("in the way")
    outcome = await _run(bench, "flood", "50", inline_stdout=1)
    assert (outcome.stdout.inline, outcome.stdout.file, outcome.stdout.truncated) == (b"y", None, True)


async def test_a_pipeline_runs_at_once_and_ends_when_its_reader_has_enough(bench: Workbench) -> None:
    request = CommandRequest((("flood",), ("cat",), ("first",)))
    outcome = await asyncio.wait_for(bench.runner.run(request), 10)
    assert outcome.stdout.inline == b"y" * 10
    assert [status.code for status in outcome.statuses] == [141, 141, 0]


async def test_the_first_of_a_pipeline_gets_the_input_and_all_error_output_is_kept(bench: Workbench) -> None:
    request = CommandRequest((("cat",), ("cat",), ("say", "err:x")), stdin=b"text")
    outcome = await bench.runner.run(request)
    assert (outcome.stdout.inline, outcome.stderr.inline) == (b"", b"err:x\n")


async def test_the_wall_limit_ends_it_and_what_it_wrote_is_kept(bench: Workbench) -> None:
    outcome = await _run(bench, "sleep", seconds=0.05)
    assert [(status.code, status.cause) for status in outcome.statuses] == [(137, "wall")]
    assert outcome.stdout.inline == b"begun\n"


async def test_a_cancel_kills_it_and_is_recorded(bench: Workbench) -> None:
    task = asyncio.ensure_future(_run(bench, "sleep"))
    while not bench.events:
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    started, ended = bench.events
    assert isinstance(started, ProcessStarted)
    assert isinstance(ended, ProcessEnded)
    assert (ended.cause, ended.exit_code, ended.signal, ended.stdout_bytes) == ("cancelled", 137, 9, 6)
    assert not bench.authority.watched
    await asyncio.sleep(0)
    assert bench.host.guests[0].stdin._read_no_more, "the process is gone"


async def test_start_and_end_are_recorded(bench: Workbench) -> None:
    request = CommandRequest((("flood", "90"), ("cat", "-")), inline_stdout=10, seconds=5)
    await bench.runner.run(request)
    first, second, *ends = bench.events
    assert isinstance(first, ProcessStarted)
    assert isinstance(second, ProcessStarted)
    assert [(one.argv, one.stage, one.tool_use_id) for one in (first, second)] == [
        (("flood", "90"), 0, "t1"),
        (("cat", "-"), 1, "t1"),
    ]
    assert first.limits["maxStdoutBytes"] == 10
    assert first.limits["timeoutMs"] == 5000
    assert [
        (end.pid, end.exit_code, end.stdout_bytes, end.truncated_stdout)
        for end in ends
        if isinstance(end, ProcessEnded)
    ] == [(first.pid, 0, 0, False), (second.pid, 0, 90, True)]


async def test_refusals_are_recorded_once_each_and_counted_all(bench: Workbench) -> None:
    bench.authority.current = AccessTable((AccessRule("/", "deny", "deny"),))
    paths = [f"/workspace/{number}" for number in range(AUDITS_LOGGED + 5)]
    outcome = await _run(bench, "look", *paths)
    assert outcome.statuses[0].code == 1
    audits = [event for event in bench.events if isinstance(event, ProcessAudited)]
    assert [audit.subject for audit in audits] == paths[:AUDITS_LOGGED]
    assert (audits[0].kind, audits[0].errno) == ("read", "ACCES")
    end = bench.events[-1]
    assert isinstance(end, ProcessEnded)
    assert end.denied == 3 * len(paths)


async def test_a_new_table_reaches_the_running_program(bench: Workbench) -> None:
    task = asyncio.ensure_future(_run(bench, "sleep", seconds=0.1))
    while not bench.events:
        await asyncio.sleep(0)
    bench.authority.set(AccessTable(generation=7))
    await task
    assert [table.generation for table in bench.host.guests[0].tables] == [7]
    assert not bench.authority.watched


async def test_what_cannot_be_started_is_said_and_leaves_nothing(bench: Workbench) -> None:
    bench.files.write_bytes("/workspace/file", b"")
    with pytest.raises(CommandNotFoundError, match="Did you mean say"):
        await _run(bench, "sayy")
    with pytest.raises(CommandNotFoundError):
        await bench.runner.run(CommandRequest((("sleep",), ("/workspace/none",))))
    with pytest.raises(NotFoundError, match="/workspace/none"):
        await _run(bench, "say", cwd="none")
    with pytest.raises(DirectoryExpectedError, match="not a directory"):
        await _run(bench, "say", cwd="file")
    with pytest.raises(InputError, match="NUL"):
        await _run(bench, "say", "a\0b")
    with pytest.raises(InputError, match="at least one word"):
        await bench.runner.run(CommandRequest(((),)))
    assert bench.events == []
    assert not bench.authority.watched
