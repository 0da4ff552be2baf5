"""What any static host does to the site: no media types, no policy, another policy, other files beside ours."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from satchel_build.headers import header_rules
from tests.browser.plain_host import ALL_TYPES, UNKNOWN, plain_host
from tests.browser.tab import Tab, open_tab

pytestmark = pytest.mark.browser

HEADERS_SCRIPT = "async path => Object.fromEntries((await fetch(path)).headers)"
AGENT_POLICY = header_rules().by_path["agent.worker.js"]["Content-Security-Policy"]


def headers(tab: Tab, path: str) -> dict[str, str]:
    """The headers that the page gets with a file."""
    found: dict[str, str] = tab.page.evaluate(HEADERS_SCRIPT, path)
    return found


@pytest.mark.family("whole tasks in unusual circumstances", 3)
def test_a_host_with_few_media_types_and_other_files_whose_cache_the_browser_drops(
    context: BrowserContext, site: Path, tmp_path: Path
) -> None:
    served = tmp_path / "site"
    shutil.copytree(site, served)
    (served / "blog").mkdir()
    (served / "blog" / "index.html").write_text("<!doctype html><script>document.title = 'ran'</script>")
    moved = {"/old/": "/blog/"}
    with plain_host(served, moved=moved) as (url, _):
        tab = open_tab(context, url)
        asked_host = context.request.get(f"{url}pyodide/pyodide.mjs")
        assert asked_host.headers["content-type"] == UNKNOWN
        tab.open().ready()
        assert headers(tab, "pyodide/pyodide.mjs")["content-type"] == "text/javascript; charset=utf-8"
        assert headers(tab, "pyodide/pyodide.asm.wasm")["content-type"] == "application/wasm"

        # Files beside the site are left alone.
        assert "content-security-policy" not in headers(tab, "blog/")
        other = context.new_page()
        for path in ("blog/", "old/"):
            other.goto(url + path)
            assert other.title() == "ran"

        # The browser may drop the cache: then the host's own answers get their media types, and are followed.
        tab.page.evaluate(
            "async () => { for (const name of await caches.keys()) await caches.delete(name); }"
        )
        assert headers(tab, "pyodide/pyodide.mjs")["content-type"] == "text/javascript; charset=utf-8"
        moved["/index.html"] = "/"
        tab.open("index.html").ready()
        assert tab.page.url == url


@pytest.mark.family("hosts without our policy", 1)
def test_a_policy_that_is_not_ours_is_none(context: BrowserContext, site: Path) -> None:
    with plain_host(site) as (url, _):
        tab = open_tab(context, url)

        def with_policy(route: Route) -> None:
            route.fulfill(response=route.fetch(), headers={"content-security-policy": "default-src 'self'"})

        tab.page.route("**/agent.worker.js", with_policy)
        tab.open().ready()
        assert headers(tab, "agent.worker.js")["content-security-policy"] == AGENT_POLICY
        assert tab.isolated()


@pytest.mark.family("hosts without our policy", 1)
def test_an_agent_whose_policy_cannot_be_seen_is_not_started_without_one(
    context: BrowserContext, site: Path
) -> None:
    with plain_host(site) as (url, _):
        tab = open_tab(context, url)
        looked: list[Route] = []

        def fail_once(route: Route) -> None:
            looked.append(route)
            if len(looked) == 1:
                route.abort()
            else:
                route.continue_()

        tab.page.route("**/agent.worker.js", fail_once)
        tab.open().ready()
        assert looked
        assert headers(tab, "agent.worker.js")["content-security-policy"] == AGENT_POLICY
        assert tab.isolated()


@pytest.mark.family("hosts without our policy", 1)
def test_without_a_service_worker_the_missing_wall_is_said_and_the_page_keeps_its_own(
    browser: Browser, site: Path
) -> None:
    context = browser.new_context(service_workers="block", reduced_motion="reduce")
    with plain_host(site, types=ALL_TYPES) as (url, _):
        tab = open_tab(context, url)
        tab.open().ready()
        notice = tab.page.locator("#boot")
        assert "without its outer wall" in notice.inner_text()
        tab.page.wait_for_timeout(500)
        assert notice.is_visible(), "it stays"
        assert page_policy_holds(tab.page)
    context.close()


def page_policy_holds(page: Page) -> bool:
    """Whether the page may neither evaluate text nor ask another site."""
    outcome = page.evaluate(
        """async () => ({
          evaluated: await new Promise(done => setTimeout(() => {
            try { globalThis.eval('1'); done('allowed'); } catch (error) { done(error.name); }
          }, 0)),
          refused: await new Promise(done => {
            document.addEventListener('securitypolicyviolation', event => {
              if (event.effectiveDirective === 'connect-src') done('connect-src');
            });
            fetch('https://example.com/').catch(() => setTimeout(done, 1000, 'nothing'));
          }),
        })"""
    )
    return bool(outcome == {"evaluated": "EvalError", "refused": "connect-src"})
