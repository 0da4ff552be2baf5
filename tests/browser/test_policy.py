"""Content Security Policy and Trusted Types on the whole boot, and the promise that no request leaves the origin."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Route

from tests.browser.tab import Tab

pytestmark = pytest.mark.browser

REPORT_PREFIX = """
self.addEventListener('securitypolicyviolation', event => {
  new BroadcastChannel('test-violations').postMessage({
    directive: event.effectiveDirective, blocked: event.blockedURI, sample: event.sample });
});
"""
COLLECT_SCRIPT = """
globalThis.violations = [];
new BroadcastChannel('test-violations').onmessage = event => violations.push(event.data);
document.addEventListener('securitypolicyviolation', event => violations.push({
  directive: event.effectiveDirective, blocked: event.blockedURI, sample: event.sample }));
"""


def test_the_boot_violates_no_policy_and_leaves_the_origin_for_nothing(
    context: BrowserContext, tab: Tab
) -> None:
    def with_reports(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=REPORT_PREFIX + response.text())

    tab.page.add_init_script(COLLECT_SCRIPT)
    tab.page.route("**/agent.worker.js", with_reports)
    for boot in ("plain", "snapshot"):
        assert tab.open().ready()["boot"] == boot
        tab.page.wait_for_timeout(300)
        violations = tab.page.evaluate("() => violations")
        # Pyodide asks once whether it is in a classic worker by importing an empty script. Nothing else is refused.
        assert [(one["directive"], one["sample"]) for one in violations] == [
            ("require-trusted-types-for", "WorkerGlobalScope importScripts|data:text/javascript,")
        ]
    assert tab.foreign_requests == []
    assert tab.errors == []


def test_the_page_cannot_evaluate_text_nor_start_other_workers(returning_tab: Tab) -> None:
    tab = returning_tab
    tab.open().ready()
    outcome = tab.page.evaluate(
        """async () => {
          // The debugger's own calls may evaluate text; what a timer calls is the page's.
          const later = action => new Promise(done => setTimeout(() => done(action()), 0));
          const refused = action => { try { action(); return 'allowed' } catch (error) { return error.name } };
          return {
            evaluated: await later(() => refused(() => globalThis.eval('1'))),
            worker: refused(() => new Worker('agent.worker.js')),
            blob: refused(() => new Worker(URL.createObjectURL(new Blob(['1'])))),
            policy: refused(() => trustedTypes.createPolicy('satchel', {})),
            other: refused(() => trustedTypes.createPolicy('other', {})),
            foreign: await fetch('https://example.com/').then(() => 'allowed', error => error.name),
          };
        }"""
    )
    assert outcome == dict.fromkeys(("worker", "blob", "policy", "other", "foreign"), "TypeError") | {
        "evaluated": "EvalError"
    }


def test_every_script_comes_with_its_policy(tab: Tab) -> None:
    for path in (
        "",
        "agent.worker.js",
        "service_worker.js",
        "headless.html",
        "page.js",
        "pyodide/pyodide.asm.wasm",
    ):
        headers = tab.page.request.get(tab.url + path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert headers["cross-origin-embedder-policy"] == "require-corp", path
        assert headers["x-content-type-options"] == "nosniff", path
