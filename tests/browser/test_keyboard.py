"""From the first visit to the downloaded patch without a pointer: only Tab, Enter, letters and F6."""

from __future__ import annotations

import pytest

from tests.browser.person import TURN_SECONDS, Person
from tests.browser.tab import Tab

pytestmark = pytest.mark.browser

MOST_TABS = 60
FOCUSED_NAME = """() => {
  const at = document.activeElement;
  return at === null ? '' : (at.getAttribute('aria-label') ?? at.textContent ?? '').trim();
}"""


def tab_to(person: Person, name: str) -> None:
    """Press Tab until the control called `name` has the focus."""
    for _ in range(MOST_TABS):
        if person.page.evaluate(FOCUSED_NAME).startswith(name):
            return
        person.page.keyboard.press("Tab")
    raise AssertionError(f"{MOST_TABS} times Tab did not lead to {name!r}")


def allow_by_key(person: Person, question: str) -> None:
    """Wait for the question and press its key. Keys are ignored while it has only just appeared, which on a busy
    machine may be longer ago than it seems: then it is pressed again, as a person would.
    """
    person.tab.until(lambda: question in person.conversation(), question, TURN_SECONDS)
    asked = person.page.locator("[data-question]").filter(has_text=question)
    for _ in range(5):
        person.page.wait_for_timeout(700)
        if asked.is_visible():
            person.page.keyboard.press("a")
    person.tab.until(lambda: not asked.is_visible(), f"{question}: the answer is taken")


def test_a_task_from_import_to_patch_by_keyboard(returning_tab: Tab) -> None:
    tab = returning_tab
    tab.open().ready()
    person, keyboard = Person(tab), tab.page.keyboard

    tab_to(person, "Try a sample project")
    keyboard.press("Enter")
    tab.until(person.page.get_by_role("dialog").is_visible, "the preview is shown")
    tab_to(person, "Import 8 files")
    keyboard.press("Enter")
    tab.until(lambda: "Imported" in person.conversation(), "the import ends")

    tab_to(person, "Your task")
    keyboard.type("Improve it")
    keyboard.press("Enter")
    for question in ("Run a command", "Read the files", "Change files"):
        allow_by_key(person, question)
    person.wait_for_the_end()

    tab_to(person, "Patch")
    with person.page.expect_download() as download:
        keyboard.press("Enter")
    text = download.value.path().read_text()
    assert "-The prediction is seperate" in text
    assert "+The prediction is separate" in text
