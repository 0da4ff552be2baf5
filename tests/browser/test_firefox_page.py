"""The built site in Firefox, as a person uses it: the sample project, the terminal, a turn, a reload."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from satchel_build.testing.firefox import FIREFOX_PREFERENCES
from tests.support.firefox import FirefoxPage, firefox

pytestmark = pytest.mark.browser

SECONDS = 30.0
TASK = "Find something to improve."
# A user who does not wait for text to be typed.
PREFERENCES = {**FIREFOX_PREFERENCES, "ui.prefersReducedMotion": 1}

TEXT_OF = """selector =>
  [...document.querySelectorAll(selector)].map((e) => e.checkVisibility() ? e.innerText : '').join('\\n')"""
PLACE_OF = """name => {
  const named = (e) => {
    const copy = e.cloneNode(true);
    for (const one of copy.querySelectorAll('[aria-hidden=true]')) one.remove();
    return copy.getAttribute('aria-label') ?? copy.textContent.trim();
  };
  const isFound = (e) => e.checkVisibility() && !e.disabled && named(e) === name;
  const found = [...document.querySelectorAll('button')].findLast(isFound);
  if (found === undefined) return null;
  found.scrollIntoView({ block: 'nearest' });
  const { x, y, width, height } = found.getBoundingClientRect();
  return [x + width / 2, y + height / 2];
}"""


class Visitor:
    """A person at the page in Firefox: sees what the document shows, and acts by mouse and keys."""

    def __init__(self, page: FirefoxPage, url: str) -> None:
        self.page = page
        self.url = url

    def open(self) -> None:
        """Load the page, and wait until the prompt can be used."""
        self.page.goto(self.url)
        self.until(
            lambda: self.page.evaluate("() => document.documentElement.dataset.ready") or self.failure(),
            "it boots",
        )
        assert self.failure() == ""

    def failure(self) -> str:
        """What the failure page says."""
        return self.text("#failure:not([hidden])")

    def text(self, selector: str) -> str:
        """What is to be seen in the elements that match."""
        return str(self.page.evaluate(TEXT_OF, selector))

    def until(self, holds: Callable[[], object], what: str) -> None:
        """Wait for it."""
        deadline = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < deadline, f"waited {SECONDS:.0f} s for: {what}; {self.text('body')}"
            time.sleep(0.03)

    def click(self, name: str) -> None:
        """Click the button of that name, once there is one."""
        self.until(lambda: self.place(name), f"there is a button {name}")
        place = self.place(name)
        assert place is not None
        self.page.click(*place)

    def place(self, name: str) -> tuple[float, float] | None:
        """Where the last button of that name is."""
        found = self.page.evaluate(PLACE_OF, name)
        return None if found is None else tuple(found)  # type: ignore[return-value,arg-type]

    def screen(self) -> str:
        """What the terminal shows."""
        rows = self.text(".xterm-rows > div").replace("\xa0", " ").split("\n")
        return "\n".join(row.rstrip() for row in rows).strip()

    def at_terminal(self) -> None:
        """Open the terminal by its key, if it is not open."""
        if self.text("#terminal-panel") == "":
            self.page.press("Control", "`")
            self.until(lambda: self.screen().endswith("$"), "the terminal is open")

    def begin(self, line: str) -> None:
        """Clear the screen, type a line and press Enter."""
        self.page.press("Control", "l")
        self.until(lambda: "\n" not in self.screen(), "the screen is cleared")
        self.page.type(line)
        self.page.press("Enter")

    def result(self) -> str:
        """Wait for the prompt; what was written before it."""
        self.until(lambda: self.screen().endswith("$") and "\n" in self.screen(), "the line ends")
        return "\n".join(self.screen().split("\n")[1:-1])

    def run(self, line: str) -> str:
        """Run a line to its end; what it wrote."""
        self.begin(line)
        return self.result()

    def answer_until_the_end(self) -> None:
        """Allow what is asked until the turn is over."""
        allow, deadline = "Allow for this session", time.monotonic() + SECONDS
        while self.place("Stop"):
            assert time.monotonic() < deadline, self.text("main")
            if self.place(allow):
                time.sleep(0.6)  # the page ignores clicks on a question that has only just appeared
                # It may have been the question before, which was about to go.
                if place := self.place(allow):
                    self.page.click(*place)
            time.sleep(0.05)


@pytest.fixture(scope="module")
def visitor(site_url: str) -> Iterator[Visitor]:
    """At the page with the sample project."""
    with firefox(PREFERENCES) as page:
        visitor = Visitor(page, site_url)
        visitor.open()
        visitor.click("Try a sample project")
        visitor.click("Import 8 files")
        visitor.until(
            lambda: visitor.text("dialog") == "" and "README.md" in visitor.text("body"), "it is there"
        )
        yield visitor


def test_pipelines_of_real_tools(visitor: Visitor) -> None:
    visitor.at_terminal()
    assert visitor.run("ls") == "README.md  docs  tests  tides"
    assert visitor.run("ls | wc -l") == "4"
    assert "docs/method.md:9:High and low water" in visitor.run("grep -rn occured .")
    assert visitor.run("cat none") == "cat: none: No such file or directory\nexit status 1"
    assert visitor.run("seq 300000 | sort -rn | head -n 2") == "300000\n299999"


def test_what_never_ends_is_interrupted_and_the_next_one_runs(visitor: Visitor) -> None:
    visitor.at_terminal()
    for _ in range(6):
        visitor.begin("seq inf | sort")
        visitor.until(lambda: visitor.place("Kill"), "it runs")
        visitor.page.press("Control", "c")
        assert visitor.result() == "^C\nexit status 130 (SIGINT)"
        assert visitor.run("echo still here") == "still here"
    visitor.begin("yes")
    visitor.until(lambda: "y\ny\ny" in visitor.screen(), "it writes")
    visitor.page.press("Control", "c")
    visitor.until(lambda: visitor.screen().endswith("exit status 130 (SIGINT)\n/workspace $"), "it ends")


def test_a_turn_runs_to_its_end_and_is_there_after_a_reload(visitor: Visitor) -> None:
    if visitor.text("#terminal-panel"):
        visitor.page.press("Control", "`")
    visitor.until(lambda: visitor.text("#terminal-panel") == "", "the terminal is closed")
    visitor.page.evaluate("() => document.getElementById('prompt-input').focus()")
    visitor.page.type(TASK)
    visitor.page.press("Enter")
    visitor.until(lambda: visitor.place("Stop"), "the turn begins")
    visitor.answer_until_the_end()
    assert "The longest text file is tides/predict.py with 36 lines." in visitor.text("main")
    assert "One line is better now." in visitor.text("main")
    visitor.open()
    visitor.until(lambda: "One line is better now." in visitor.text("main"), "the session is back")
    visitor.at_terminal()
    assert visitor.run("grep -c separate README.md") == "1"


def test_the_examination_finds_nothing_missing(visitor: Visitor) -> None:
    visitor.click("Help and shortcuts")
    visitor.click("What this browser can do")
    visitor.until(lambda: visitor.place("Try again"), "all was tried")
    shown = visitor.text("dialog")
    assert all(
        name in shown for name in ("Shared memory", "Kill of a program that never pauses", "Limit of memory")
    )
    assert visitor.text(".doctor-missing") == ""
    visitor.click("Close")
