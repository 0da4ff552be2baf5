"""The terminal: a prompt, programs in the foreground, and that nothing is left when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from satchel.adapters.memory.processes import MemoryProcessHost
from satchel.base.clock import SystemClock
from satchel.base.errors import InputError
from satchel.runtime.process import TerminalSize
from satchel.runtime.run_command import CommandEvent, RunPlace
from satchel.runtime.terminal import Terminal
from satchel.session.events import ProcessEnded, ProcessStarted
from satchel.workspace.guest_files import GuestFiles
from tests.unit.runtime.programs import INDEX, PROGRAMS

PROMPT = "/workspace\x1b[0m $ "

RESTORED = "\x1b[!p\x1b[?1000l\x1b[?47l\x1b[?25h"


class Desk:
    """Where a terminal works, what it shows, and who is told."""

    def __init__(self, root: Path) -> None:
        for name in ("workspace/sub", "home/user"):
            (root / name).mkdir(parents=True)
        (root / "workspace" / "file").write_text("x")
        self.host = MemoryProcessHost(PROGRAMS)
        mounts = {"/workspace": str(root / "workspace"), "/home/user": str(root / "home" / "user")}
        self.place: RunPlace | None = RunPlace(self.host, INDEX, GuestFiles(mounts), SystemClock())
        self.events: list[CommandEvent] = []
        self.refreshed = 0
        self.seen = ""
        self.held: asyncio.Event | None = None
        self.states: list[str] = []
        self.terminal = Terminal(
            self, self, lambda: self.states.append(self.terminal.running), TerminalSize(24, 80)
        )
        self.terminal.begin()

    def find(self) -> RunPlace:
        if self.place is None:
            raise InputError("agent.no_project", "No project is open.")
        return self.place

    def report(self, event: CommandEvent) -> None:
        self.events.append(event)

    async def changed(self) -> None:
        self.refreshed += 1

    def show(self, data: bytes) -> None:
        self.seen += data.decode()

    async def drained(self) -> None:
        if self.held is not None:
            await self.held.wait()

    def release(self) -> None:
        if self.held is not None:
            self.held.set()

    async def until(self, holds: Callable[[], object]) -> None:
        async def poll() -> None:
            while not holds():
                await asyncio.sleep(0)

        await asyncio.wait_for(poll(), 5)

    async def enter(self, line: str) -> str:
        """What is shown between the line and the next prompt."""
        self.seen = ""
        self.terminal.keys(f"{line}\r")
        await self.until(lambda: " $ " in self.seen.partition("\r\n")[2])
        return self.seen.partition("\r\n")[2].rpartition("\x1b[1;34m")[0].removesuffix("\r\x1b[J")

    async def start(self, line: str) -> None:
        self.terminal.keys(f"{line}\r")
        await self.until(lambda: self.terminal.running)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    others = asyncio.all_tasks()
    desk = Desk(tmp_path)
    yield desk
    desk.terminal.close()
    await asyncio.sleep(0.01)
    left = asyncio.all_tasks() - others - {asyncio.current_task()}
    assert not [task for task in left if not task.done()], "nothing goes on"


async def test_it_begins_with_a_prompt_on_a_cleared_terminal(desk: Desk) -> None:
    assert desk.seen.startswith("\x1bc")
    assert desk.seen.endswith(PROMPT)


async def test_a_program_runs_and_is_recorded_as_the_users_own(desk: Desk) -> None:
    assert "one\n" in await desk.enter("say one")
    started, ended = desk.events
    assert isinstance(started, ProcessStarted)
    assert isinstance(ended, ProcessEnded)
    assert (started.argv, started.cwd, started.tool_use_id) == (("say", "one"), "/workspace", None)
    assert (ended.pid, ended.exit_code, ended.stdout_bytes) == (started.pid, 0, 4)
    assert (desk.refreshed, desk.states) == (1, ["say one", ""])
    request = desk.host.guests[0].request
    assert request.terminal == TerminalSize(24, 80)
    assert request.env["TERM"] == "xterm-256color"
    assert request.access.exec == "allow"


async def test_a_status_is_shown_unless_it_is_0(desk: Desk) -> None:
    assert "exit status 3" in await desk.enter("say exit:3")
    assert "exit status" not in await desk.enter("say exit:0")


async def test_keys_go_to_the_program_and_its_end_of_input_ends_it(desk: Desk) -> None:
    await desk.start("cat | cat")
    desk.terminal.keys("helo\x7flo\r")
    await desk.until(lambda: desk.seen.count("hello\r\n") == 1)
    desk.terminal.keys("\x04")
    await desk.until(lambda: not desk.terminal.running)
    assert desk.seen.endswith(PROMPT)
    assert [event.exit_code for event in desk.events if isinstance(event, ProcessEnded)] == [0, 0]


async def test_a_pipeline_shows_every_ones_errors_and_new_lines_as_a_terminal_does(desk: Desk) -> None:
    shown = await desk.enter("say err:a | say b err:c")
    assert sorted(shown.replace("\x1b[!p\x1b[?1000l\x1b[?47l\x1b[?25h", "").split("\r\n")) == [
        "",
        "b",
        "err:a",
        "err:c",
    ]
    assert [event.stage for event in desk.events if isinstance(event, ProcessStarted)] == [0, 1]


async def test_ctrl_c_ends_a_pipeline_and_drops_what_was_not_shown(desk: Desk) -> None:
    desk.held = asyncio.Event()
    await desk.start("flood | cat")
    await desk.until(lambda: "yyy" in desk.seen)
    desk.terminal.keys("\x03")
    await desk.until(lambda: not desk.terminal.running)
    assert "^C\r\n" in desk.seen
    assert "exit status 130 (SIGINT)" in desk.seen


async def test_a_flood_waits_for_the_screen(desk: Desk) -> None:
    desk.held = asyncio.Event()
    await desk.start("flood")
    await desk.until(lambda: "yyy" in desk.seen)
    shown = len(desk.seen)
    await asyncio.sleep(0.02)
    assert len(desk.seen) == shown
    desk.terminal.kill()
    await desk.until(lambda: not desk.terminal.running)
    assert "exit status 137 (SIGKILL)" in desk.seen


async def test_what_was_pasted_runs_line_by_line(desk: Desk) -> None:
    desk.terminal.keys("say 1\rsay 2\rsay 3")
    await desk.until(lambda: desk.seen.endswith("say 3"))
    assert [guest.request.argv[1] for guest in desk.host.guests] == ["1", "2"]


@pytest.mark.parametrize("line", ["first", "first | cat"])
async def test_what_is_typed_ahead_is_the_programs_and_what_it_leaves_the_prompts(
    desk: Desk, line: str
) -> None:
    desk.terminal.keys(f"{line}\r")
    desk.terminal.keys("one\r")
    await desk.until(lambda: desk.terminal.running)
    desk.terminal.keys("pwd\r")
    desk.terminal.keys("cd su")
    await desk.until(lambda: desk.seen.endswith(f"{PROMPT}cd su"))
    assert "one" in desk.seen
    assert f"{PROMPT}pwd\r\n/workspace\r\n" in desk.seen


@pytest.mark.parametrize("line", ["sleep", "sleep | cat"])
async def test_what_was_typed_ahead_is_dropped_when_the_program_is_killed(desk: Desk, line: str) -> None:
    await desk.start(line)
    desk.terminal.keys("pwd\rcd sub")
    desk.terminal.kill()
    await desk.until(lambda: desk.seen.endswith(PROMPT))
    assert f"{PROMPT}pwd" not in desk.seen


async def test_a_prompt_begins_on_a_line_of_its_own(desk: Desk) -> None:
    assert (await desk.enter("raw 61")).endswith(f"a{RESTORED}\r\n")
    assert (await desk.enter("raw 610a")).endswith(f"a\n{RESTORED}")


async def test_what_cannot_run_is_said(desk: Desk) -> None:
    shown = await desk.enter("sayy")
    assert all(text in shown for text in ("command not found", "Did you mean say", "exit status 127"))
    assert "is a redirection" in await desk.enter("say a > b")
    assert "too many operands" in await desk.enter("cd a b")
    assert "works only by itself" in await desk.enter("history | cat")
    assert desk.events == []


async def test_a_name_cannot_reach_the_terminal_itself(desk: Desk) -> None:
    assert desk.place is not None
    desk.place.files.make_directory("/workspace/\u009b2Jx\x1bc")
    desk.place.files.make_symlink("/workspace/link", "\u009b2Jx\x1bc")
    assert "\x1bc" not in await desk.enter("cd link")
    assert await desk.enter("pwd") == "/workspace/\\x9b2Jx\\x1bc\r\n"


async def test_directories(desk: Desk) -> None:
    assert await desk.enter("pwd") == "/workspace\r\n"
    await desk.enter("cd sub")
    assert await desk.enter("pwd") == "/workspace/sub\r\n"
    assert "/workspace/sub" in await desk.enter("show")
    assert await desk.enter("cd -") == "/workspace\r\n"
    assert "not a directory" in await desk.enter("cd file")
    assert "none" in await desk.enter("cd none")
    await desk.enter("cd")
    assert await desk.enter("pwd") == "/home/user\r\n"


async def test_help_and_history(desk: Desk) -> None:
    shown = await desk.enter("help")
    assert all(name in shown for name in (*PROGRAMS, "cd", "history"))
    assert "for tests" in await desk.enter("help cat")
    assert "not installed" in await desk.enter("help nothing")
    assert "    2  help cat\r\n" in await desk.enter("history")


async def test_tab_knows_commands_and_files(desk: Desk) -> None:
    desk.terminal.keys("fl\tsu\t")
    assert desk.seen.endswith("flood sub/")


@pytest.mark.parametrize("keys", ["exit\r", "\x04"])
async def test_it_can_be_ended(desk: Desk, keys: str) -> None:
    desk.terminal.keys(keys)
    await desk.until(lambda: desk.terminal.ended)
    seen = desk.seen
    desk.terminal.keys("say 1\r")
    assert desk.seen == seen


async def test_closing_ends_what_runs(desk: Desk) -> None:
    await desk.start("sleep")
    desk.terminal.close()
    await desk.until(lambda: len(desk.events) == 2)
    ended = desk.events[-1]
    assert isinstance(ended, ProcessEnded)
    assert ended.signal == 9


async def test_another_size_reaches_the_prompt_and_the_program(desk: Desk) -> None:
    desk.terminal.resize(TerminalSize(10, 40))
    assert desk.seen.endswith(PROMPT)
    await desk.start("sleep")
    assert desk.host.guests[0].request.terminal == TerminalSize(10, 40)


async def test_without_a_project_it_says_so(desk: Desk) -> None:
    desk.place = None
    assert "No project is open" in await desk.enter("say 1")
