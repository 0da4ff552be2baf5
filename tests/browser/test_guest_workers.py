"""The workers of programs where the page has to start them, tried in Chromium, which tells what workers there are."""

from __future__ import annotations

import pytest

from tests.browser.tab import Tab, change_worker
from tests.browser.terminal_seat import Seat

pytestmark = pytest.mark.browser

# By this the product knows a browser whose workers must not start workers.
LIKE_FIREFOX = "globalThis.InternalError = Error;\n"
ENDS = {
    "the agent fails": "() => postMessage({ type: 'failure', phase: 'agent', code: 'runtime-crash', message: 'x' })",
    "the agent is lost": "() => self.close()",
}


@pytest.mark.family("ends of the agent", 1)
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_they_end_with_the_agents_worker(unserved_tab: Tab, end: str) -> None:
    change_worker(unserved_tab, LIKE_FIREFOX)
    seat = Seat(unserved_tab)
    seat.tab.open().ready()
    seat.person.try_the_sample()
    seat.page.keyboard.press("Control+`")
    seat.sees("$")
    assert seat.run("cat README.md | grep -c seperate") == "1"
    seat.type("seq inf | sort")
    seat.tab.until(lambda: seat.person.button("Kill").is_visible(), "it runs")
    (agent,) = [worker for worker in seat.page.workers if "agent.worker.js" in worker.url]
    assert len(seat.page.workers) >= 5, "one for each program, and some that wait"
    agent.evaluate(end)
    seat.tab.until(lambda: seat.page.workers == [], "all workers are gone", 10)
