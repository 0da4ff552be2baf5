"""A person at the page: does what a user does, by what is shown, with the controls' own names."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator

from tests.browser.tab import Tab
from tests.support.real_folder import drop_on_page

TURN_SECONDS = 90.0


def content(folder: Path) -> dict[str, bytes]:
    """Path -> bytes of every file."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


class Person:
    """Works in one tab."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        self.page = tab.page

    def button(self, name: str | re.Pattern[str]) -> Locator:
        """A button by its accessible name."""
        return self.page.get_by_role("button", name=name)

    def bring(self, folder: Path) -> None:
        """Drop a folder on the page and agree to the preview."""
        drop_on_page(self.page, folder)
        self.button(re.compile(r"^Import [\d,]+ files?$")).click()
        self.tab.until(
            lambda: not self.page.get_by_role("dialog").is_visible(), "the import ends", TURN_SECONDS
        )

    def try_the_sample(self) -> None:
        """Take the sample project."""
        self.button("Try a sample project").click()
        self.button(re.compile(r"^Import [\d,]+ files?$")).click()
        self.tab.until(
            lambda: not self.page.get_by_role("dialog").is_visible(), "the import ends", TURN_SECONDS
        )

    def ask(self, task: str) -> None:
        """Type a task and press Enter."""
        prompt = self.page.get_by_role("textbox", name="Your task")
        prompt.fill(task)
        prompt.press("Enter")

    def allow_for_session(self, *, seconds: float = TURN_SECONDS) -> str:
        """Wait for a permission question and allow it for the session; the question's text. Returns when the answer was
        taken: until then the question is still to be seen."""
        allow = self.button("Allow for this session")
        self.tab.until(allow.is_visible, "a permission question is asked", seconds)
        question = self.page.get_by_role("group").filter(has=allow).last
        text, capability = question.inner_text(), question.get_attribute("data-question")
        self.page.wait_for_timeout(600)  # the page ignores clicks on a question that has only just appeared
        allow.click()
        same = self.page.locator(f'[data-question="{capability}"]')
        self.tab.until(lambda: not same.is_visible(), "the answer is taken", seconds)
        return text

    def working(self) -> bool:
        """Whether a turn runs."""
        return self.page.get_by_role("button", name="Stop", exact=True).is_visible()

    def stop(self) -> None:
        """Stop the turn by its key; nothing happens when it has just ended by itself."""
        self.page.keyboard.press("Escape")

    def wait_for_the_end(self) -> None:
        """Wait until the turn is over."""
        self.tab.until(lambda: not self.working(), "the turn ends", TURN_SECONDS)

    def conversation(self) -> str:
        """What the transcript says."""
        return self.page.get_by_role("main").inner_text()

    def commit(self) -> None:
        """Write the accepted changes to the folder."""
        self.button(re.compile(r"^Commit \d+ files? to folder$")).click()
