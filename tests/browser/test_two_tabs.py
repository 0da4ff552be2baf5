"""Several tabs of one profile: one works, the others watch it live and take over."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Route

from tests.browser.real_folders import drop_folder, make_folder
from tests.browser.tab import Tab

pytestmark = pytest.mark.browser


def bring(tab: Tab) -> None:
    """Drop a folder of one file on the page."""
    make_folder(tab, {"watched.txt": "x\n"})
    drop_folder(tab)


def test_the_second_tab_watches_live_and_takes_over(new_returning_tab: Callable[[], Tab]) -> None:
    owner, viewer = new_returning_tab(), new_returning_tab()
    owner.open().ready()
    viewer.open()
    viewer.until(lambda: viewer.attribute("viewer") is not None, "it watches")
    assert viewer.page.workers == []
    viewer.until(lambda: "Choose a folder" in viewer.text(), "it shows what the owner shows")
    bring(owner)
    viewer.until(lambda: "watched.txt" in viewer.text() or "Import" in viewer.text(), "it follows the owner")
    owner.page.close()
    viewer.ready()
    assert viewer.attribute("viewer") is None
    assert len(viewer.page.workers) == 1


@pytest.mark.family("several tabs", 2)
def test_a_viewer_can_take_the_session_over(new_returning_tab: Callable[[], Tab]) -> None:
    owner, viewer = new_returning_tab(), new_returning_tab()
    owner.open().ready()
    viewer.open()
    viewer.until(lambda: viewer.attribute("viewer") is not None, "it watches")
    viewer.page.get_by_role("button", name="Use it here").click()
    viewer.ready()
    owner.until(lambda: owner.attribute("viewer") is not None, "the former owner watches")
    assert owner.page.workers == []
    bring(viewer)
    owner.until(lambda: "watched.txt" in owner.text() or "Import" in owner.text(), "it follows the new owner")


@pytest.mark.family("several tabs", 2)
def test_a_third_tab_follows_whoever_is_the_owner(new_returning_tab: Callable[[], Tab]) -> None:
    first, second, third = new_returning_tab(), new_returning_tab(), new_returning_tab()
    first.open().ready()
    for viewer in (second, third):
        viewer.open()
        viewer.until(lambda viewer=viewer: viewer.attribute("viewer") is not None, "it watches")
    first.page.close()
    second.ready()
    bring(second)
    third.until(lambda: "Import" in third.text(), "it follows the second owner")
    assert third.attribute("viewer") is not None


@pytest.mark.family("several tabs", 2)
def test_a_viewer_that_came_before_its_owner_was_ready_is_shown_everything(
    new_unserved_tab: Callable[[], Tab],
) -> None:
    owner, viewer = new_unserved_tab(), new_unserved_tab()
    held: list[Route] = []
    owner.page.route("**/agent.worker.js", lambda route: held.append(route))
    owner.open()
    owner.until(lambda: held, "the owner looks at its worker")
    viewer.open()
    viewer.until(lambda: viewer.attribute("viewer") is not None, "it watches")
    owner.page.unroute("**/agent.worker.js")  # lets what it held go on
    owner.ready()
    viewer.until(lambda: "Choose a folder" in viewer.text(), "it shows what the owner shows")
