"""Killed in mid-turn, at any moment: no event that the page has shown is lost, and no file.

A full run kills twenty times at random moments, five times each the worker, the tab, its renderer and the whole
browser; a usual run kills once so, the one of the four that its seed draws. Two moments are not left to chance: a file
was just written, which a full run tries with each of the four, and a question was just asked; a usual run takes one of
the two. All is done in one profile and project, whose sessions only grow.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from tests.browser.downloads import download_session, download_workspace
from tests.browser.lasting_profile import VICTIMS, LastingProfile, Victim, lasting_profile
from tests.browser.person import TURN_SECONDS
from tests.browser.session_evidence import WRITING_TOOLS, ExpectedFiles, SessionEvidence, tool_uses
from tests.browser.turns import answer_until_the_end, begin_turn, take_turn
from tests.support.sample_projects import write_generated_project
from tests.support.samples import Sampler, sampler_from_environment

pytestmark = pytest.mark.browser

KILLS_OF_EACH = 5
VICTIMS_OF_A_RUN = 1
LATER_MS = 60
TASK = "Find something to improve."
CASES = [
    (victim, number)
    for number in range(KILLS_OF_EACH if sampler_from_environment().full else 1)
    for victim in sampler_from_environment().sample("victims", VICTIMS, VICTIMS_OF_A_RUN)
]
VICTIMS_OF_AN_EDIT = sampler_from_environment().sample("victims of an edit", VICTIMS, 1)


@dataclass
class Survivor:
    """A user with a project and a first turn behind them. `turn_events` is how many events that turn had."""

    profile: LastingProfile
    files: ExpectedFiles
    turn_events: int
    followed: int = 0

    def inspect(self) -> SessionEvidence:
        """Hold log and files against what was shown and what the log says; nothing may run."""
        person = self.profile.person
        log = SessionEvidence(download_session(person))
        assert self.profile.events_shown() > self.followed
        for head in self.profile.shown:
            assert log.digest(head.events) == head.digest, (
                f"event {head.events} is another one than was shown"
            )
        self.files.follow(log.since(self.followed))
        self.followed = len(log.events)
        self.files.check(download_workspace(person))
        return log


@pytest.fixture(scope="module")
def survivor(browser: Browser, site_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Survivor]:
    """One for the module; each test leaves a session that is open and idle, in a workspace that was inspected."""
    folder = tmp_path_factory.mktemp("project")
    seed = sampler_from_environment().seed
    imported = write_generated_project(folder, seed)
    content = {path: (folder / path).read_bytes() for path in imported if not path.startswith("build/")}
    directory = tmp_path_factory.mktemp("profile")
    with lasting_profile(browser.browser_type, directory, site_url) as profile:
        profile.person.bring(folder)
        survivor = Survivor(profile, ExpectedFiles(content), 0)
        before = profile.events_shown()
        take_turn(profile.person, TASK)
        log = survivor.inspect()
        survivor.turn_events = len(log.events) - before
        yield survivor


@pytest.mark.parametrize(("victim", "number"), CASES)
def test_a_kill_in_mid_turn_loses_nothing(
    survivor: Survivor, sampler: Sampler, victim: Victim, number: int
) -> None:
    profile = survivor.profile
    chance = sampler.random(f"kill {victim} {number}")
    begin_turn(profile.person, TASK)
    kill_at_a_moment(survivor, victim, chance)
    profile.come_back()

    assert_came_back(survivor)
    done = profile.person.page.locator(".tool-done")
    before = done.count()
    begin_turn(profile.person, TASK)
    profile.tab.until(lambda: done.count() > before, "tools run in a new turn", TURN_SECONDS)
    profile.person.stop()
    profile.person.wait_for_the_end()
    assert survivor.inspect().events[-1]["data"]["stopReason"] in ("cancelled", "end")
    assert profile.tab.errors == []


@pytest.mark.family("what a kill must leave", 1)
@pytest.mark.parametrize("victim", VICTIMS_OF_AN_EDIT)
def test_what_a_tool_said_it_wrote_is_written(survivor: Survivor, victim: Victim) -> None:
    profile = survivor.profile
    written = profile.person.page.locator(".tool-done:is([aria-label^='Edit '], [aria-label^='Write '])")
    before, followed = written.count(), survivor.followed
    begin_turn(profile.person, TASK)
    profile.tab.until(lambda: written.count() > before, "a file is written", TURN_SECONDS)
    profile.kill(victim)
    profile.come_back()

    log = assert_came_back(survivor)
    assert any(use["name"] in WRITING_TOOLS and result for use, result in tool_uses(log.since(followed)))


def kill_at_a_moment(survivor: Survivor, victim: Victim, chance: random.Random) -> None:
    """Kill in the turn that runs, after some of its events, and at any moment before the next ones."""
    profile = survivor.profile
    moment = profile.events_shown() + chance.randrange(int(0.9 * survivor.turn_events))
    working = profile.person.working
    profile.tab.until(
        lambda: profile.events_shown() >= moment or not working(), "the moment comes", TURN_SECONDS
    )
    profile.tab.page.wait_for_timeout(chance.randrange(LATER_MS))
    profile.kill(victim)


def assert_came_back(survivor: Survivor) -> SessionEvidence:
    """The session is open again and nothing of it is lost. Every turn has one result, and every tool use one; a turn
    that was cut says so to its user.
    """
    person = survivor.profile.person
    person.tab.until(lambda: TASK in person.conversation(), "the session is back", TURN_SECONDS)
    log = survivor.inspect()
    results = log.of_type("result")
    assert len(results) == len(log.of_type("user.message"))
    uses = [data["toolUseId"] for data in log.of_type("tool.use")]
    assert sorted(data["toolUseId"] for data in log.of_type("tool.result")) == sorted(uses)
    if results[-1]["stopReason"] == "error":
        assert results[-1]["errorType"] == "Interrupted"
        assert results[-1]["errorMessage"] in person.conversation()
    else:  # On a very busy machine the turn was over before it was killed.
        assert results[-1]["stopReason"] == "end"
    return log


@pytest.mark.family("what a kill must leave", 1)
def test_a_question_outlives_its_page(survivor: Survivor, sampler: Sampler) -> None:
    profile = survivor.profile
    profile.person.button("New session").click()
    profile.tab.until(lambda: TASK not in profile.person.conversation(), "the session is new", TURN_SECONDS)
    profile.forget_shown()
    survivor.followed = 0
    begin_turn(profile.person, TASK)
    asked = profile.person.button("Allow for this session")
    profile.tab.until(asked.is_visible, "a question is asked", TURN_SECONDS)
    profile.kill(sampler.random("question").choice(VICTIMS))
    profile.come_back()

    asked = profile.person.button("Allow for this session")
    profile.tab.until(asked.is_visible, "the question is still there", TURN_SECONDS)
    answer_until_the_end(profile.person)
    log = survivor.inspect()
    (result,) = log.of_type("result")
    assert result["stopReason"] == "end"
    asked_for = [data["questionId"] for data in log.of_type("permission.question")]
    assert len(asked_for) == len(set(asked_for)), "no question was asked twice"
