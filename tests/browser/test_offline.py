"""The service worker: offline use, hosts that send no headers, and the change from one build to the next."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from satchel_build.manifest import MANIFEST_NAME, write_manifest
from tests.browser.plain_host import plain_host
from tests.browser.tab import Tab, open_tab

pytestmark = pytest.mark.browser

CACHES_SCRIPT = "() => caches.keys()"
IS_CONTROLLED_SCRIPT = "() => navigator.serviceWorker.controller !== null"
BUILD_SCRIPT = "async () => (await (await fetch('build-manifest.json')).json()).id"
UPDATE_SCRIPT = "async () => (await navigator.serviceWorker.getRegistration()).update()"
WAITING_SCRIPT = "async () => !!(await navigator.serviceWorker.getRegistration())?.waiting"


def next_build(site: Path, folder: Path) -> str:
    """Make `folder` the site of another build: the same code under another id. The id."""
    old = json.loads((site / MANIFEST_NAME).read_text())["id"]
    new = old[::-1]
    shutil.copytree(site, folder, dirs_exist_ok=True)
    for script in folder.rglob("*.js"):
        script.write_text(script.read_text().replace(old, new))
    write_manifest(folder, new)
    return str(new)


def wait_for_offline_use(tab: Tab) -> None:
    tab.until(lambda: tab.page.evaluate(IS_CONTROLLED_SCRIPT), "the service worker controls the page")


def test_the_page_opens_with_the_network_cut(context: BrowserContext, tab: Tab) -> None:
    tab.open().ready()
    wait_for_offline_use(tab)
    context.set_offline(True)
    assert tab.open().ready()["boot"] == "snapshot"
    assert tab.isolated()
    tab.page.reload()
    tab.ready()
    tab.open("headless.html")
    assert tab.page.title() == "Satchel (headless)"
    assert tab.foreign_requests == []


@pytest.mark.family("what the service worker does", 2)
def test_a_host_without_headers_gets_isolation_after_exactly_one_reload(
    context: BrowserContext, site: Path
) -> None:
    with plain_host(site) as (url, asked):
        tab = open_tab(context, url)
        loads: list[str] = []
        tab.page.on("domcontentloaded", lambda page: loads.append(page.url))
        tab.open().ready()
        assert tab.isolated()
        assert loads == [url, url]
        assert asked.count("/") == 2  # the page itself, and its copy for offline use
        asked.clear()
        tab.open().ready()
        assert tab.isolated()
        assert [path for path in asked if path != "/service_worker.js"] == []
        # A hard reload goes past the service worker; the page must find its way back to it.
        tab.page.context.new_cdp_session(tab.page).send("Page.reload", {"ignoreCache": True})
        tab.page.wait_for_timeout(200)
        tab.ready()
        tab.until(tab.isolated, "the page is isolated again")


@pytest.mark.family("what the service worker does", 2)
def test_in_a_frame_the_page_is_never_reloaded(context: BrowserContext, site: Path, tmp_path: Path) -> None:
    shutil.copytree(site, tmp_path / "app")
    (tmp_path / "index.html").write_text('<!doctype html><iframe src="app/index.html"></iframe>')
    with plain_host(tmp_path) as (url, _):
        page = context.new_page()
        loads: list[str] = []
        page.on(
            "request", lambda request: loads.append(request.url) if request.is_navigation_request() else None
        )
        page.goto(url)
        for _ in range(600):
            frame = page.frames[1]
            if frame.evaluate("() => document.documentElement.dataset.ready ?? null"):
                break
            page.wait_for_timeout(50)
        assert frame.evaluate("() => document.documentElement.dataset.ready")
        assert loads.count(f"{url}app/index.html") == 1
        worker_policy = "async () => (await fetch('agent.worker.js')).headers.get('content-security-policy')"
        assert "default-src 'none'" in frame.evaluate(worker_policy)


@pytest.mark.family("what the service worker does", 2)
def test_a_build_is_installed_only_whole_and_taken_when_no_agent_runs(
    context: BrowserContext, site: Path, tmp_path: Path
) -> None:
    served = tmp_path / "site"
    shutil.copytree(site, served)
    with plain_host(served) as (url, asked):
        tab = open_tab(context, url)
        tab.open().ready()
        (old_cache,) = tab.page.evaluate(CACHES_SCRIPT)
        new = next_build(site, served)
        whole = (served / "agent.worker.js").read_bytes()

        (served / "agent.worker.js").write_text("// half uploaded")
        asked.clear()
        tab.page.evaluate(UPDATE_SCRIPT)
        idle = "async () => (await navigator.serviceWorker.getRegistration()).installing === null"
        tab.until(lambda: "/agent.worker.js" in asked and tab.page.evaluate(idle), "the installation fails")
        assert tab.page.evaluate(CACHES_SCRIPT) == [old_cache]
        tab.open().ready()
        assert tab.page.evaluate(CACHES_SCRIPT) == [old_cache]

        (served / "agent.worker.js").write_bytes(whole)
        asked.clear()
        tab.page.evaluate(UPDATE_SCRIPT)
        tab.until(lambda: tab.page.evaluate(WAITING_SCRIPT), "the new build waits")
        assert "/pyodide/pyodide.asm.wasm" not in asked, "what did not change was downloaded again"
        assert sorted(tab.page.evaluate(CACHES_SCRIPT)) == sorted([old_cache, f"satchel-{new}"])
        assert f"satchel-{tab.page.evaluate(BUILD_SCRIPT)}" == old_cache
        tab.open()
        tab.until(lambda: tab.page.evaluate(CACHES_SCRIPT) == [f"satchel-{new}"], "the old cache is gone")
        tab.ready()
        assert tab.page.evaluate(BUILD_SCRIPT) == new
