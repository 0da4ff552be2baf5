"""Takes the pictures of the README and the docs: `.venv/bin/python -m tests.support.screenshots` after `build.py site`.

They show the built page at work on the sample project, so they cannot drift from what it looks like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser

from satchel.adapters.server.static_server import StaticServer
from tests.browser.person import Person
from tests.browser.tab import open_tab
from tests.support.checkout_files import ROOT
from tests.support.chromium import chromium

FOLDER = ROOT / "docs" / "screenshots"
TASK = "Find something to improve."


@contextmanager
def visitor(
    browser: Browser, url: str, scheme: Literal["light", "dark"], width: int = 1280, height: int = 800
) -> Iterator[Person]:
    """Somebody whose first visit it is."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, timezone_id="UTC", locale="en-GB"
    )
    yield Person(open_tab(context, url).open())
    context.close()


def picture(person: Person, name: str) -> None:
    """Save what is to be seen, once everything has settled."""
    person.page.wait_for_timeout(500)
    person.page.screenshot(path=FOLDER / f"{name}.png")


def reach_question(person: Person) -> None:
    """Go on until the agent asks for leave to change files."""
    person.tab.ready()
    person.try_the_sample()
    person.ask(TASK)
    for following in ("Read the files of this workspace?", "Change files in the workspace?"):
        person.allow_for_session()
        person.tab.until(lambda text=following: text in person.conversation(), following)  # type: ignore[misc]


def type_lines(person: Person, *lines: str) -> None:
    """Type into the terminal, and wait for the prompt after each line."""
    screen = person.page.locator(".xterm-rows")
    for number, line in enumerate(lines, 2):
        person.page.keyboard.type(f"{line}\n")
        person.tab.until(
            lambda wanted=number: screen.inner_text().replace("\xa0", " ").count(" $ ") >= wanted,  # type: ignore[misc]
            f"{line} ends",
        )


def show_programs(person: Person, scheme: str) -> None:
    """The terminal with real tools at work, and what the browser can do."""
    person.page.keyboard.press("Control+`")
    person.tab.until(lambda: "$" in person.page.locator(".xterm-rows").inner_text(), "the prompt")
    type_lines(
        person,
        "grep -rn --color=always separate . | head -3",
        "cat README.md docs/method.md | tr A-Z a-z | tr -cs a-z '\\n' | sort | uniq -c | sort -rn | head -4",
    )
    picture(person, f"terminal-{scheme}")
    person.button("Help and shortcuts").click()
    person.button("What this browser can do").click()
    person.tab.until(person.button("Try again").is_visible, "all was tried")
    picture(person, f"doctor-{scheme}")


def take_all(url: str) -> None:
    """Every picture."""
    with chromium() as browser:
        with visitor(browser, url, "light") as person:
            person.tab.ready()
            picture(person, "start-light")
        for scheme in ("light", "dark"):
            with visitor(browser, url, scheme) as person:
                reach_question(person)
                picture(person, f"question-{scheme}")
                person.allow_for_session()
                person.wait_for_the_end()
                picture(person, f"review-{scheme}")
                show_programs(person, scheme)
        with visitor(browser, url, "light", 360, 740) as person:
            reach_question(person)
            picture(person, "question-narrow")
            person.allow_for_session()
            person.wait_for_the_end()
            person.button(re.compile("^Changes")).click()
            picture(person, "review-narrow")
        with visitor(browser, url, "light") as person:
            person.page.add_init_script("delete globalThis.WebAssembly")
            person.page.reload()
            person.tab.failed()
            picture(person, "failure-light")


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    with StaticServer(Path(ROOT) / "dist") as server:
        take_all(server.url)
