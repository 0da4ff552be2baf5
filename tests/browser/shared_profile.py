"""A profile that many tests use one after another: what every test has after a first visit, and nothing else.

A first visit costs five times the computing of a second: WebAssembly is compiled, Python boots plainly, the snapshot
and the offline cache are written. A test that is not about that takes the profile as a returning user's; each test
finds it with the snapshot, without any project or session.
"""

from __future__ import annotations

from playwright.sync_api import BrowserContext

from tests.browser.steady_reads import STEADILY
from tests.browser.tab import STILL_PAGE, open_tab

# Deletes what a user leaves behind, except for a snapshot that is whole; whether there is one. The worker of a tab that
# was just closed may still hold its files for a moment.
_FORGET_SCRIPT = f"""async () => {{
  {STEADILY}
  localStorage.clear();
  for (const {{ name }} of await indexedDB.databases()) indexedDB.deleteDatabase(name);
  const isWhole = (directory) => steadily(async () => {{
    for await (const file of directory.values()) {{
      if ((await (await file.getFile()).slice(0, 8).text()) === 'SATSNAP1') return true;
    }}
    return false;
  }});
  const forget = async (directory, name) => {{
    for (let tries = 0; ; tries += 1) {{
      try {{
        return await directory.removeEntry(name, {{ recursive: true }});
      }} catch (error) {{
        if (tries === 250) throw error;
        await new Promise((done) => setTimeout(done, 20));
      }}
    }}
  }};
  const clear = async (directory, path) => {{
    let kept = false;
    for (const [name, handle] of await Array.fromAsync(directory.entries())) {{
      const place = `${{path}}/${{name}}`;
      if (place === '/satchel/v1/snapshot' && (await isWhole(handle))) kept = true;
      else if (place === '/satchel' || place === '/satchel/v1') kept = await clear(handle, place) || kept;
      else await forget(directory, name);
    }}
    return kept;
  }};
  return clear(await navigator.storage.getDirectory(), '');
}}"""
_IS_OFFLINE_READY_SCRIPT = "() => navigator.serviceWorker.controller !== null"


class SharedProfile:
    """The profile of a returning user, in a context that nothing else uses. Without `served` no service worker is
    allowed in it, so the host's own answers reach the page, and a test can change them by a route.
    """

    def __init__(self, context: BrowserContext, url: str, *, served: bool) -> None:
        self._url = url
        self._served = served
        self._context = context
        context.set_default_timeout(30_000)

    def fresh(self) -> BrowserContext:
        """The profile for the next test: on the network, no tab, no route, nothing of the test before."""
        context = self._context
        context.unroute_all()
        context.set_offline(False)
        for page in context.pages:
            page.close()
        if not self._forget():
            self._visit()
            assert self._forget(), "a visit leaves a snapshot"
        return context

    def _forget(self) -> bool:
        page = self._context.new_page()
        page.goto(self._url + STILL_PAGE)
        kept = bool(page.evaluate(_FORGET_SCRIPT))
        page.close()
        return kept

    def _visit(self) -> None:
        tab = open_tab(self._context, self._url)
        tab.open().until(lambda: tab.attribute("ready"), "the boot ends")
        tab.until(tab.has_snapshot, "the snapshot is stored")
        if self._served:
            tab.until(lambda: tab.page.evaluate(_IS_OFFLINE_READY_SCRIPT), "the site is there offline")
        tab.page.close()
