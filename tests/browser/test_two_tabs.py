"""Two tabs of one profile: one works, the other watches it live and takes over."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.real_folders import drop_folder, make_folder
from tests.browser.tab import Tab

pytestmark = pytest.mark.browser


def test_the_second_tab_watches_live_and_takes_over(new_tab: Callable[[], Tab]) -> None:
    owner, viewer = new_tab(), new_tab()
    owner.open().ready()
    viewer.open()
    viewer.until(lambda: viewer.attribute("viewer") is not None, "it watches")
    assert viewer.page.workers == []
    viewer.until(lambda: "Choose a folder" in viewer.text(), "it shows what the owner shows")
    make_folder(owner, {"watched.txt": "x\n"})
    drop_folder(owner)
    viewer.until(lambda: "watched.txt" in viewer.text() or "Import" in viewer.text(), "it follows the owner")
    owner.page.close()
    viewer.ready()
    assert viewer.attribute("viewer") is None
    assert len(viewer.page.workers) == 1


def test_a_viewer_can_take_the_session_over(new_tab: Callable[[], Tab]) -> None:
    owner, viewer = new_tab(), new_tab()
    owner.open().ready()
    viewer.open()
    viewer.until(lambda: viewer.attribute("viewer") is not None, "it watches")
    viewer.page.get_by_role("button", name="Use it here").click()
    viewer.ready()
    owner.until(lambda: owner.attribute("viewer") is not None, "the former owner watches")
    assert owner.page.workers == []
