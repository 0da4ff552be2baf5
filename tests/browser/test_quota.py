"""A browser storage that is really full: what does not fit is said, and the import works once room is made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.browser.real_folders import drop_folder, make_folder
from tests.browser.tab import Tab
from tests.browser.test_failure_pages import assert_is_helpful
from tests.support.samples import sampler_from_environment

pytestmark = pytest.mark.browser

# Bytes: not enough for the project's record, and not enough for all of its files.
ROOM = (0, 2_000_000)


@contextmanager
def full_storage(tab: Tab, room: int = 0) -> Iterator[None]:
    """For the block, the browser grants this site `room` bytes beyond what it uses now."""
    used = tab.page.evaluate("async () => (await navigator.storage.estimate()).usage")
    devtools = tab.page.context.new_cdp_session(tab.page)
    origin = {"origin": tab.url.rstrip("/")}
    devtools.send("Storage.overrideQuotaForOrigin", {**origin, "quotaSize": used + room})
    try:
        yield
    finally:
        devtools.send("Storage.overrideQuotaForOrigin", origin)


@pytest.mark.family("whole tasks in unusual circumstances", 3)
def test_a_start_that_finds_no_room_says_so(tab: Tab) -> None:
    devtools = tab.page.context.new_cdp_session(tab.page)
    origin = {"origin": tab.url.rstrip("/")}
    devtools.send("Storage.overrideQuotaForOrigin", {**origin, "quotaSize": 1})
    assert tab.open().failed() == "quota"
    assert_is_helpful(tab, "retry", "safe-mode", "export-sessions")
    devtools.send("Storage.overrideQuotaForOrigin", origin)
    tab.page.locator("[data-action=retry]").click()
    tab.ready()


def import_folder(tab: Tab) -> None:
    drop_folder(tab)
    tab.page.get_by_role("dialog").get_by_role("button", name="Import").click()


@pytest.mark.family("whole tasks in unusual circumstances", 3)
@pytest.mark.parametrize("room", sampler_from_environment().sample("room left", ROOM, 1))
def test_an_import_that_does_not_fit_is_refused_and_can_be_made_up_for(returning_tab: Tab, room: int) -> None:
    tab = returning_tab  # It has a snapshot, so its boot writes nothing more.
    tab.open().ready()
    make_folder(tab, {"README.md": "# Hello\n", "one.txt": "x" * 3_000_000, "two.txt": "y" * 3_000_000})
    with full_storage(tab, room):
        import_folder(tab)
        notices = tab.page.locator(".notices, [role=alert]").filter(has_text="storage")
        tab.until(lambda: "Free space on this device" in tab.text(), "the user is told")
        assert notices.count() <= 1, "one problem, one notice"
        tab.until(lambda: not tab.page.get_by_role("dialog").is_visible(), "the dialog is gone")
        assert "one.txt" not in tab.text()
        assert tab.failure_code() is None
    import_folder(tab)
    tab.until(lambda: "one.txt" in tab.page.locator("#files-panel").inner_text(), "now it fits")
    tab.open().ready()
    tab.until(lambda: "one.txt" in tab.page.locator("#files-panel").inner_text(), "it was kept")
