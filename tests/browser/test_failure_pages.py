"""Every way the boot can fail, brought about for real, and what the page says then."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Route

from satchel.adapters.server.static_server import StaticServer
from tests.browser.tab import STILL_PAGE, Tab, open_tab

pytestmark = pytest.mark.browser

PARTS = ("pyodide.asm.wasm", "python_stdlib.zip", "pyodide.asm.mjs", "pyodide.mjs", ".whl")


def delete_snapshot(tab: Tab) -> None:
    """Make the next boot one as on a first visit."""
    tab.page.evaluate(
        """async () => {
          const satchel = await (await navigator.storage.getDirectory()).getDirectoryHandle('satchel');
          await (await satchel.getDirectoryHandle('v1')).removeEntry('snapshot', { recursive: true });
        }"""
    )


def assert_is_helpful(tab: Tab, *actions: str) -> None:
    """The page names a cause, a remedy and what still works, offers `actions`, and has the focus."""
    for part in ("failure-title", "failure-cause", "failure-remedy", "failure-works"):
        assert tab.page.locator(f"#{part}").inner_text().strip(), part
    offered = tab.page.locator("#failure-actions button").evaluate_all(
        "all => all.map(one => one.dataset.action)"
    )
    assert offered == list(actions)
    assert tab.page.evaluate("() => document.activeElement.id") == "failure-title"
    assert tab.page.locator("#boot").is_hidden()


def test_an_address_that_is_not_secure(context: BrowserContext, site: Path) -> None:
    def serve(route: Route) -> None:
        path = urlsplit(route.request.url).path.removeprefix("/") or "index.html"
        route.fulfill(path=site / path)

    context.route("http://satchel.example/**", serve)
    tab = open_tab(context, "http://satchel.example/")
    assert tab.open().failed() == "insecure-context"
    assert "http://satchel.example" in tab.failure_text()
    assert "https" in tab.failure_text()
    assert "Nothing was sent" in tab.failure_text()
    assert tab.page.workers == []
    assert_is_helpful(tab, "retry")


def test_no_webassembly(tab: Tab) -> None:
    tab.page.add_init_script("delete globalThis.WebAssembly")
    assert tab.open().failed() == "no-webassembly"
    assert_is_helpful(tab, "retry")


def test_no_module_workers(tab: Tab) -> None:
    tab.page.add_init_script("globalThis.Worker = class { terminate() {} }")
    assert tab.open().failed() == "no-module-worker"
    assert_is_helpful(tab, "retry")


@pytest.mark.family("missing parts", 1)
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("visit", ["first", "second"])
def test_a_part_that_cannot_be_downloaded(unserved_tab: Tab, part: str, visit: str) -> None:
    tab = unserved_tab
    if visit == "first":
        tab.open(STILL_PAGE)
        delete_snapshot(tab)
    tab.page.route(f"**/*{part}", lambda route: route.abort())
    assert tab.open().failed() == "download-failed"
    assert part in tab.failure_text()
    assert_is_helpful(tab, "retry", "export-sessions")
    tab.page.unroute(f"**/*{part}")
    tab.page.locator("[data-action=retry]").click()
    tab.ready()


def test_the_server_answers_with_an_error(tab: Tab) -> None:
    tab.page.route("**/python_stdlib.zip", lambda route: route.fulfill(status=503))
    assert tab.open().failed() == "download-failed"
    assert "503" in tab.failure_text()


def test_the_worker_script_is_missing(context: BrowserContext, site: Path, tmp_path: Path) -> None:
    served = tmp_path / "site"
    shutil.copytree(site, served)
    (served / "agent.worker.js").unlink()
    with StaticServer(served) as server:
        tab = open_tab(context, server.url)
        assert tab.open().failed() == "download-failed"
        assert_is_helpful(tab, "retry", "export-sessions")


@pytest.mark.family("stalls", 1)
def test_a_download_that_stalls(tab: Tab) -> None:
    stalled: list[Route] = []
    tab.page.clock.install()
    tab.page.route("**/pyodide.asm.wasm", lambda route: stalled.append(route))
    tab.open()
    tab.until(
        lambda: stalled and tab.page.locator("#boot").get_attribute("data-phase") == "download", "it stalls"
    )
    tab.page.clock.fast_forward(60_000)
    assert tab.failed() == "stalled"
    assert "download" in tab.failure_text()
    assert_is_helpful(tab, "retry", "safe-mode", "export-sessions")


@pytest.mark.family("stalls", 1)
def test_webassembly_that_the_policy_forbids_does_not_hang_for_good(tab: Tab) -> None:
    def without_wasm(route: Route) -> None:
        if route.request.resource_type == "fetch":
            # The page looks first, and starts no worker that has not its own policy.
            route.continue_()
            return
        response = route.fetch()
        headers = response.headers
        headers["content-security-policy"] = headers["content-security-policy"].replace(
            "'wasm-unsafe-eval'", ""
        )
        route.fulfill(response=response, headers=headers)

    tab.page.clock.install()
    tab.page.route("**/agent.worker.js", without_wasm)
    tab.open()
    tab.until(
        lambda: tab.page.locator("#boot").get_attribute("data-phase") == "download", "Python is loading"
    )
    tab.page.wait_for_timeout(500)
    tab.page.clock.fast_forward(60_000)
    assert tab.failed() == "stalled"


@pytest.mark.family("agents that fail, sleep or say nothing", 3)
def test_three_failed_boots_lead_to_safe_mode(unserved_tab: Tab) -> None:
    tab = unserved_tab
    tab.page.route("**/python_stdlib.zip", lambda route: route.abort())
    for _ in range(3):
        assert tab.open().failed() == "download-failed"
    assert tab.open().failed() == "crash-loop"
    assert_is_helpful(tab, "safe-mode", "retry", "export-sessions")
    tab.page.unroute("**/python_stdlib.zip")
    tab.page.locator("[data-action=safe-mode]").click()
    assert tab.ready()["boot"] == "plain"
    assert "Safe mode" in tab.page.locator("#boot").inner_text()
    assert tab.open().ready()
    tab.until(tab.has_snapshot, "there is a snapshot again")


@pytest.mark.family("agents that fail, sleep or say nothing", 3)
def test_trying_again_does_not_hide_a_crash_loop(unserved_tab: Tab) -> None:
    tab = unserved_tab
    tab.page.route("**/python_stdlib.zip", lambda route: route.abort())
    tab.open()
    for _ in range(3):
        assert tab.failed() == "download-failed"
        try_again(tab)
    assert tab.failed() == "crash-loop"
    try_again(tab)
    assert tab.failed() == "download-failed", "the user may insist"
    try_again(tab)
    assert tab.failed() == "crash-loop"


def try_again(tab: Tab) -> None:
    with tab.page.expect_navigation():
        tab.page.locator("[data-action=retry]").click()


@pytest.mark.family("agents that fail, sleep or say nothing", 3)
def test_a_computer_that_slept_raises_no_alarm(clocked_tab: Tab) -> None:
    tab = clocked_tab
    tab.page.add_init_script(
        """addEventListener('DOMContentLoaded', () => {
          window.alarms = 0;
          const failure = document.getElementById('failure');
          new MutationObserver(() => (window.alarms += Number(!failure.hidden))).observe(failure, { attributes: true });
        })"""
    )
    tab.open()
    tab.until(lambda: tab.attribute("ready"), "the prompt can be used")
    tab.page.clock.run_for(6_000)
    tab.page.clock.fast_forward(3_600_000)
    for _ in range(3):
        tab.page.clock.run_for(5_000)
        tab.page.wait_for_timeout(50)
    assert tab.page.evaluate("() => window.alarms") == 0


@pytest.mark.family("agents that fail, sleep or say nothing", 3)
def test_a_silent_agent_covers_the_page_and_its_answer_gives_it_back(clocked_tab: Tab) -> None:
    tab = clocked_tab
    tab.open()
    tab.until(lambda: tab.attribute("ready"), "the prompt can be used")
    tab.page.keyboard.press("?")
    dialog = tab.page.get_by_role("dialog")
    tab.page.clock.run_for(100)
    tab.until(dialog.is_visible, "the help is open")
    close = dialog.get_by_role("button", name="Close")
    close.focus()
    (worker,) = tab.page.workers
    worker.evaluate(
        """() => void setTimeout(() => {
          const end = performance.now() + 6000;
          while (performance.now() < end);
        }, 0)"""
    )
    for _ in range(8):
        tab.page.clock.run_for(5_000)
    assert tab.failed_after_ready() == "worker-lost"
    assert not dialog.is_visible()
    assert tab.page.evaluate("() => document.getElementById('app').inert")
    assert_is_helpful(tab, "retry", "safe-mode", "export-sessions")
    tab.page.keyboard.press("Tab")
    assert tab.page.evaluate("() => document.activeElement.closest('#failure') !== null")
    tab.until(lambda: tab.failure_code() is None, "the agent answers")
    assert dialog.is_visible()
    assert not tab.page.evaluate("() => document.getElementById('app').inert")
    assert close.evaluate("button => button === document.activeElement")


@pytest.mark.family("agents that fail, sleep or say nothing", 3)
def test_a_killed_worker_is_noticed_and_can_be_restarted(clocked_tab: Tab) -> None:
    tab = clocked_tab
    tab.open()
    tab.until(lambda: tab.attribute("ready"), "the prompt can be used")
    (worker,) = tab.page.workers
    worker.evaluate("() => self.close()")
    for _ in range(8):
        tab.page.clock.run_for(5_000)
    assert tab.failed_after_ready() == "worker-lost"
    assert_is_helpful(tab, "retry", "safe-mode", "export-sessions")
    tab.page.locator("[data-action=retry]").click()
    tab.until(lambda: tab.attribute("ready"), "the page boots again")
