"""Whole turns of a person: give a task, allow what is asked, wait for the end."""

from __future__ import annotations

from tests.browser.person import Person

BEGIN_SECONDS = 60.0


def begin_turn(person: Person, task: str) -> None:
    """Give a task, and return when the turn runs."""
    person.ask(task)
    person.tab.until(person.working, "the turn begins", BEGIN_SECONDS)


def answer_until_the_end(person: Person) -> None:
    """Allow whatever is asked for the session, until the turn is over."""
    allow = person.button("Allow for this session")
    while person.working():
        if allow.is_visible():
            person.allow_for_session()
        person.page.wait_for_timeout(20)


def take_turn(person: Person, task: str) -> None:
    """A turn from its task to its end."""
    begin_turn(person, task)
    answer_until_the_end(person)
