"""The terminal's panel, the pace of its screen, and the examination of the browser."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from satchel.runtime.doctor import Check
from satchel.ui.announcements import PROMPT_ID
from satchel.ui.effects import Announce, Focus, TerminalOutput
from satchel.ui.handlers.terminal import TERMINAL_ID
from satchel.ui.page_screen import MOST_BEHIND, PageScreen
from satchel.ui.terminal_text import plain_text
from satchel.ui.view_state import Host
from satchel.ui.views import prompt
from tests.unit.ui.stand_in import (
    Stage,
    StandIn,
    StandInProject,
    elements,
    find,
    project_with_changes,
    question,
    text_of,
)


def panel(stage: Stage) -> dict[str, object]:
    """The properties of the panel's outer element."""
    (found,) = [
        props for tag, props, _ in elements(stage.regions()["terminal"]) if tag in ("section", "div")
    ][:1]
    return dict(found)


def written(stage: Stage) -> str:
    """What the terminal was given to show."""
    return b"".join(e.data for e in stage.effects if isinstance(e, TerminalOutput)).decode()


async def test_it_opens_closes_and_keeps_what_is_on_it() -> None:
    stage = Stage(project_with_changes())
    assert panel(stage)["class"] == "no-terminal"
    await stage.act("terminal.toggle")
    assert panel(stage)["hidden"] is False
    assert stage.effects[-1] == Focus(TERMINAL_ID)
    assert find(stage.regions()["root"], "div", data_terminal="open")
    assert find(stage.regions()["bar"], "button", aria_expanded="true", title="Terminal (Ctrl+`)")
    await stage.act("terminal.tall")
    assert "tall" in str(panel(stage)["class"])
    await stage.act("terminal.toggle")
    assert panel(stage)["hidden"] is True
    assert stage.effects[-1] == Focus(PROMPT_ID)
    await stage.act("panel.show", panel="terminal")
    assert panel(stage)["hidden"] is False
    assert stage.service.calls == [("open_terminal", None)]


async def test_it_begins_when_its_size_is_known_and_answers_keys() -> None:
    stage = Stage(project_with_changes())
    await stage.act("terminal.toggle")
    assert written(stage) == ""
    await stage.act("terminal.resize", rows=10, columns=40)
    assert written(stage).endswith("$ ")
    await stage.act("terminal.keys", text="pw")
    await stage.act("terminal.press", text="\x7f")
    assert written(stage).endswith("$ p")
    await stage.act("terminal.resize", rows=0, columns=40)
    assert "cannot have that size" in stage.notices()


async def test_it_ends_with_its_project() -> None:
    stage = Stage(project_with_changes())
    await stage.act("terminal.toggle")
    await stage.act("terminal.resize", rows=10, columns=40)
    stage.service.project = StandInProject({"other": ""})
    assert panel(stage)["class"] == "no-terminal"
    before = written(stage)
    await stage.act("terminal.keys", text="x")
    assert written(stage) == before


async def test_exit_closes_the_panel_and_another_can_be_opened() -> None:
    stage = Stage(project_with_changes())
    await stage.act("panel.show", panel="terminal")
    await stage.act("terminal.resize", rows=10, columns=40)
    await stage.act("terminal.keys", text="\x04")
    assert panel(stage)["class"] == "no-terminal"
    assert find(stage.regions()["root"], "div", data_panel="chat")
    await stage.act("terminal.toggle")
    await stage.act("terminal.resize", rows=10, columns=40)
    assert written(stage).count("\x1bc") == 2


def test_where_nothing_runs_there_is_no_terminal_and_it_is_said() -> None:
    stage = Stage(project_with_changes())
    stage.app.set_host(Host(runs_programs=False))
    regions = stage.regions()
    assert "Terminal" not in text_of(regions["bar"]) + text_of(regions["tabs"])
    assert "No programs here" in text_of(regions["status"])


async def test_who_writes_waits_for_the_screen() -> None:
    shown: list[object] = []
    screen = PageScreen(shown.append)
    screen.show(b"x" * MOST_BEHIND)
    await asyncio.wait_for(screen.drained(), 1)
    screen.show(b"x")
    waiting = asyncio.ensure_future(screen.drained())
    await asyncio.sleep(0)
    assert not waiting.done()
    screen.shown(1)
    await asyncio.wait_for(waiting, 1)
    screen.show(b"x" * MOST_BEHIND)
    screen.release()
    await asyncio.wait_for(screen.drained(), 1)
    assert len(shown) == 3


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a\x1b[1;31mb\x1b[0m\n", "ab\n"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x1b\\ \x1b]0;title\n", "link "),
        ("10%\r50%\r100%\ndone\r\n", "100%\ndone\n"),
        ("N\bNA\bA _\bx", "NA x"),
        ("a\tb\x1b", "a       b"),
        ("\x1b(B\x1b[?25hx\x9b2Jy\x00", "xy\x00"),
        ("\x1b[" + "1;" * 50_000, ""),
    ],
)
def test_plain_text_of_what_was_made_for_a_terminal(text: str, plain: str) -> None:
    assert plain_text(text) == plain


def test_the_question_shows_the_command_as_it_will_run() -> None:
    asked = question(tool="Command", capability="exec", subject="/workspace/x 'a b' \u202e|")
    assert "/workspace/x 'a b' \\u202e|" in text_of(prompt.question((asked,)))


async def test_the_examination_comes_line_by_line_and_is_not_begun_twice() -> None:
    go = asyncio.Event()
    runs = []

    async def examine(found: Callable[[Check], None]) -> None:
        runs.append(1)
        found(Check("spawn and exit", True, "2 ms"))
        await go.wait()
        found(Check("shared memory", False, "none", "Reload.", optional=True))
        found(Check("limit of memory", False, "not held\u202e"))

    stage = Stage(StandIn(), examine)
    first = asyncio.ensure_future(stage.act("doctor.open"))
    await asyncio.sleep(0)
    assert "Spawn and exit" in text_of(stage.regions()["dialog"])
    assert "Trying it out" in text_of(stage.regions()["dialog"])
    await stage.act("dialog.close")
    await stage.act("doctor.open")
    assert len(runs) == 1
    go.set()
    await first
    shown = text_of(stage.regions()["dialog"])
    assert all(text in shown for text in ("missing, not needed:", "Reload.", "not held\\u202e", "Try again"))
    assert Announce("1 of 3 do not work; the rest does.") in stage.effects


async def test_without_an_examination_it_is_refused() -> None:
    stage = Stage()
    await stage.act("doctor.open")
    assert "cannot be tried here" in stage.notices()
