"""A command is at work in a turn: the terminal works beside it, another tab only watches, and a reload that cuts it off
is told and leaves nothing locked.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.tab import Tab
from tests.browser.terminal_seat import Seat
from tests.browser.turns import begin_turn, take_turn

pytestmark = pytest.mark.browser

READING = "Read the files of this workspace?"
CUT = "The program was closed in the middle of this turn. Send another message to go on."


@pytest.fixture
def seat(returning_tab: Tab) -> Seat:
    """In a turn whose pipeline has started: its first program waits for leave to read."""
    seat = Seat(returning_tab)
    seat.tab.open().ready()
    seat.person.try_the_sample()
    begin_turn(seat.person, "Find something to improve.")
    seat.person.allow_for_session()
    seat.tab.until(lambda: READING in seat.person.conversation(), "a running program asks")
    return seat


def test_a_reload_cuts_a_running_command_and_the_session_goes_on(seat: Seat) -> None:
    seat.again()
    assert CUT in seat.person.conversation()
    assert READING not in seat.person.conversation()
    assert not seat.person.working()
    assert seat.run("head -n 1 README.md") == "# tide-table"
    seat.page.keyboard.press("Control+`")
    take_turn(seat.person, "Find something to improve.")
    review = seat.page.get_by_role("region", name="Review")
    seat.tab.until(lambda: "README.md" in review.inner_text(), "the next turn does its work")
    assert seat.tab.errors == []


def test_the_terminal_works_beside_a_turn_and_a_second_tab_only_watches(
    seat: Seat, new_returning_tab: Callable[[], Tab]
) -> None:
    seat.page.keyboard.press("Control+`")
    seat.sees("$")
    assert seat.run("wc -l README.md") == "11 README.md"
    assert seat.person.working()
    watcher = Seat(new_returning_tab())
    watcher.tab.open()
    watcher.tab.until(lambda: "only watches" in watcher.tab.text(), "it says that it only watches")
    watcher.page.keyboard.press("Control+`")
    watcher.page.wait_for_timeout(500)
    assert not watcher.page.locator(".xterm").is_visible()
    seat.page.bring_to_front()
    seat.person.button("Stop").click()
    seat.person.wait_for_the_end()
    seat.page.locator("#terminal-input").focus()
    assert seat.run("echo still here") == "still here"
