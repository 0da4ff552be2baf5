"""The terminal of the page with the installed programs: what a person types, sees, and can get out of."""

from __future__ import annotations

import base64
import json
import zipfile
from pathlib import Path

import pytest

from satchel.base.limits import KIB
from satchel.ui.page_screen import MOST_BEHIND
from tests.browser.downloads import download_session
from tests.browser.tab import Tab
from tests.browser.terminal_seat import Seat

pytestmark = pytest.mark.browser

PROGRAMS = json.loads((Path(__file__).parents[1] / "js/process/programs/programs.json").read_text())
# Keeps how many bytes came for the terminal, and how many of them were at most not yet said to be shown.
FLOOD_SCRIPT = """() => {
  globalThis.flood = { came: 0, shown: 0, behind: 0 };
  document.addEventListener('satchel:terminal', ({ detail }) => {
    flood.came += detail.length;
    flood.behind = Math.max(flood.behind, flood.came - flood.shown);
  });
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (message, ...options) {
    if (message.name === 'terminal.shown') flood.shown += message.args.size;
    return postMessage.call(this, message, ...options);
  };
}"""
AT_ONCE = 32 * KIB  # What is written before anybody looks whether the page is behind.


@pytest.fixture
def seat(returning_tab: Tab, tmp_path: Path) -> Seat:
    """At the terminal of a project with a text, a program that never ends, and one that only computes."""
    archive = tmp_path / "desk.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("poem.txt", "one\ntwo\nthree\n")
        for name in ("yes", "spin"):
            program = zipfile.ZipInfo(f"bin/{name}")
            program.external_attr = 0o100755 << 16
            out.writestr(program, base64.b64decode(PROGRAMS[name]))
    seat = Seat(returning_tab)
    seat.open(archive)
    return seat


def test_programs_see_the_project_and_what_they_change_is_reviewed(seat: Seat) -> None:
    assert seat.run("ls") == "bin  poem.txt"
    assert seat.run("cat poem.txt | grep -n t | wc -l") == "2"
    before = seat.events()
    seat.run("cp poem.txt copy.txt")
    seat.tab.until(lambda: seat.events() == before + 2, "start and end are in the log")
    review = seat.page.get_by_role("region", name="Review")
    seat.tab.until(lambda: "copy.txt" in review.inner_text(), "the change is found")
    assert seat.tab.errors == []


def test_a_program_reads_lines_and_ends_with_its_input(seat: Seat) -> None:
    seat.type("cat")
    seat.tab.until(lambda: seat.person.button("Kill").is_visible(), "it runs")
    seat.page.keyboard.type("helo")
    seat.page.keyboard.press("Backspace")
    seat.type("lo")
    seat.sees("hello\nhello")
    seat.page.keyboard.press("Control+d")
    seat.tab.until(lambda: seat.screen().endswith("$"), "it ends")
    assert "exit status" not in seat.screen()


@pytest.mark.parametrize("line", ["sleep 1", "sleep 1 | cat"])
def test_what_is_typed_ahead_runs_next(seat: Seat, line: str) -> None:
    seat.type(line)
    seat.tab.until(lambda: seat.person.button("Kill").is_visible(), "it runs")
    seat.type("wc -l poem.txt")
    seat.sees("3 poem.txt")


def test_interrupting_killing_and_statuses(seat: Seat) -> None:
    assert seat.run("cat none") == "cat: none: No such file or directory\nexit status 1"
    assert "command not found" in seat.run("nonesuch")
    assert "is a redirection" in seat.run("echo a > b")
    seat.type("bin/spin")
    seat.tab.until(lambda: seat.person.button("Kill").is_visible(), "it runs")
    seat.page.keyboard.press("Control+c")
    seat.sees("exit status 130 (SIGINT)")
    seat.type("bin/spin")
    seat.person.button("Kill").click()
    seat.sees("exit status 137 (SIGKILL)")
    assert seat.run("echo still here") == "still here"


def test_a_flood_does_not_freeze_the_page(seat: Seat) -> None:
    page, kill = seat.page, seat.person.button("Kill")
    page.evaluate(FLOOD_SCRIPT)
    seat.type("bin/yes")
    seat.sees("y\ny\ny")
    seat.tab.until(lambda: page.evaluate("flood.came") > 8 * MOST_BEHIND, "it floods")

    # What a dialog holds comes from the agent, so page and agent both answer while the flood goes on.
    before = page.evaluate("flood.came")
    page.keyboard.press("F6")
    seat.person.button("Help and shortcuts").click()
    seat.tab.until(lambda: page.get_by_role("dialog").is_visible(), "they answer")
    page.keyboard.press("Escape")
    seat.tab.until(lambda: not page.get_by_role("dialog").is_visible(), "and again")
    assert kill.is_visible(), "the program still runs"
    seat.tab.until(lambda: page.evaluate("flood.came") > before, "and still floods")
    assert page.evaluate("flood.behind") <= MOST_BEHIND + AT_ONCE, "who writes waits for the page"

    page.locator("#terminal-input").focus()
    page.keyboard.press("Control+c")
    seat.sees("exit status 130 (SIGINT)", 10)


def test_colours_size_completion_and_history(seat: Seat) -> None:
    seat.run("ls --color=always")
    directory = seat.page.locator(".xterm-rows span", has_text="bin").last
    colours = [
        place.evaluate("e => getComputedStyle(e).color")
        for place in (directory, seat.page.locator(".xterm-rows"))
    ]
    assert colours[0] != colours[1], "colours are lost where the policy refuses the styles"
    rows, columns = seat.run("stty size").split(" ")
    assert 5 < int(rows) < 60
    assert 40 < int(columns) < 400
    seat.person.button("Taller").click()
    seat.page.locator("#terminal-input").focus()
    seat.tab.until(lambda: int(seat.run("stty size").split(" ")[0]) > int(rows), "it is taller")
    seat.page.keyboard.press("Control+l")
    seat.page.keyboard.type("wc po")
    seat.page.keyboard.press("Tab")
    seat.sees("wc poem.txt")
    seat.page.keyboard.press("Control+u")
    for _ in range(2):
        seat.page.keyboard.press("ArrowUp")
    seat.page.keyboard.press("Enter")
    seat.tab.until(lambda: seat.screen().count("\n") > 1, "an earlier line runs again")


def test_the_keyboard_gets_out_and_escape_stays_in(seat: Seat) -> None:
    page = seat.page
    focused = "document.activeElement.id"
    assert page.evaluate(focused) == "terminal-input"
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "terminal-input"
    page.keyboard.press("F6")
    assert page.evaluate(focused) != "terminal-input"
    page.locator("#terminal-input").focus()
    page.keyboard.press("Control+`")
    seat.tab.until(lambda: page.evaluate(focused) == "prompt-input", "the focus is back")
    seat.tab.until(lambda: not page.locator("#terminal-panel").is_visible(), "the panel is closed")
    page.keyboard.press("Control+`")
    seat.tab.until(lambda: page.evaluate(focused) == "terminal-input", "the focus is there")
    assert "$" in seat.screen()


def test_what_runs_ends_with_the_page(seat: Seat) -> None:
    seat.type("bin/yes")
    seat.sees("y\ny\ny")
    seat.tab.open().ready()
    assert not seat.page.locator("#terminal-panel").is_visible()
    seat.page.keyboard.press("Control+`")
    seat.sees("$")
    assert seat.run("pwd") == "/workspace"
    log = [json.loads(line) for line in download_session(seat.person).splitlines()]
    ends = [event["data"] for event in log if event["type"] == "process.end"]
    assert [event["data"]["argv"] for event in log if event["type"] == "process.start"] == [["bin/yes"]]
    assert [(end["exitCode"], end["cause"]) for end in ends] == [(137, "cancelled")]


def test_programs_see_nothing_of_the_interpreter(seat: Seat) -> None:
    assert seat.run("ls /") == "bin  dev  etc  home  proc  tmp  usr  workspace"
    for place in (
        "/lib",
        "/lib/python3.14/os.py",
        "/var",
        "/project",
        "/proc/1",
        "/proc/self/root",
        "/dev/shm",
    ):
        assert "No such file or directory" in seat.run(f"ls {place}")
    seat.run("ln -s /lib/python3.14 lib")
    assert "No such file or directory" in seat.run("cat lib/os.py")
    assert seat.tab.errors == []


def test_the_browser_is_examined_in_the_page(seat: Seat) -> None:
    seat.person.button("Help and shortcuts").click()
    seat.person.button("What this browser can do").click()
    dialog = seat.page.get_by_role("dialog", name="What this browser can do")
    seat.tab.until(lambda: "Isolation" in dialog.inner_text(), "the first line comes")
    seat.tab.until(lambda: seat.person.button("Try again").is_visible(), "all was tried")
    shown = dialog.inner_text()
    assert all(name in shown for name in ("Shared memory", "Spawn and exit", "Limit of memory"))
    assert dialog.locator(".doctor-missing").all_inner_texts() == []
