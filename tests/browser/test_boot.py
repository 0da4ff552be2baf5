"""The boot in a real browser: cold, from the snapshot, and with every kind of bad snapshot."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Route

from tests.browser.tab import Tab, open_tab
from tests.support.samples import Sampler

pytestmark = pytest.mark.browser

SNAPSHOT_SCRIPT = """async change => {
  const satchel = await (await navigator.storage.getDirectory()).getDirectoryHandle('satchel');
  const folder = await (await satchel.getDirectoryHandle('v1')).getDirectoryHandle('snapshot');
  const names = [];
  for await (const name of folder.keys()) names.push(name);
  if (change === null || names.length === 0) return names;
  const file = await folder.getFileHandle(names[0]);
  const bytes = new Uint8Array(await (await file.getFile()).arrayBuffer());
  const changed = change === 'truncated' ? bytes.subarray(0, bytes.length >> 1) : bytes;
  if (change === 'flipped') changed[changed.length >> 1] ^= 1;
  if (change === 'foreign') {
    // The digest is right, the memory is another program's.
    changed.fill(7, 40);
    changed.set(new Uint8Array(await crypto.subtle.digest('SHA-256', changed.subarray(40))), 8);
  }
  const stream = await file.createWritable();
  await stream.write(changed);
  await stream.close();
  return names;
}"""


def snapshots(tab: Tab, change: str | None = None) -> list[str]:
    """The names of the stored snapshots; with `change`, the first is damaged in that way."""
    names: list[str] = tab.page.evaluate(SNAPSHOT_SCRIPT, change)
    return names


def first_visit(tab: Tab) -> None:
    """Boot plainly and wait until the snapshot is stored."""
    assert tab.open().ready()["boot"] == "plain"
    tab.until(lambda: snapshots(tab) and snapshot_is_whole(tab), "the snapshot is stored")


def snapshot_is_whole(tab: Tab) -> bool:
    """Whether the header, which is written last, is there."""
    return bool(
        tab.page.evaluate(
            """async () => {
              const satchel = await (await navigator.storage.getDirectory()).getDirectoryHandle('satchel');
              const folder = await (await satchel.getDirectoryHandle('v1')).getDirectoryHandle('snapshot');
              for await (const handle of folder.values()) {
                const head = await (await handle.getFile()).slice(0, 8).text();
                return head === 'SATSNAP1';
              }
              return false;
            }"""
        )
    )


def test_second_visit_boots_from_the_snapshot(tab: Tab) -> None:
    first_visit(tab)
    detail = tab.open().ready()
    assert detail["boot"] == "snapshot"
    assert detail["storage"] == "opfs"
    assert tab.isolated()
    assert tab.errors == []


def test_a_bad_snapshot_is_replaced_by_a_plain_boot(tab: Tab, sampler: Sampler) -> None:
    first_visit(tab)
    for change in sampler.sample("bad snapshots", ("flipped", "truncated", "foreign"), 1):
        before = snapshots(tab, change)
        assert tab.open().ready()["boot"] == "plain", change
        tab.until(lambda: snapshot_is_whole(tab), "a new snapshot is stored")
        assert snapshots(tab) == before
    assert tab.open().ready()["boot"] == "snapshot"


@pytest.fixture
def unserved_tab(browser: Browser, site_url: str) -> Iterator[Tab]:
    """A tab without a service worker, so that a test can change what a second visit gets."""
    context = browser.new_context(reduced_motion="reduce", service_workers="block")
    yield open_tab(context, site_url)
    context.close()


def change_worker(tab: Tab, prefix: str) -> None:
    """Begin the agent's worker with the script `prefix`."""

    def changed(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=prefix + response.text())

    tab.page.route("**/agent.worker.js", changed)


def test_safe_mode_deletes_the_snapshot(tab: Tab) -> None:
    first_visit(tab)
    tab.page.evaluate("() => history.replaceState({ 'satchel-safe-mode': true }, '')")
    tab.page.reload()
    assert tab.ready()["boot"] == "plain"
    assert "Safe mode" in tab.page.locator("#boot").inner_text()
    assert snapshots(tab) == []


def test_a_snapshot_whose_agent_fails_is_deleted(unserved_tab: Tab) -> None:
    tab = unserved_tab
    first_visit(tab)
    change_worker(
        tab, "FileSystemDirectoryHandle.prototype.keys = () => { throw new TypeError('broken') };\n"
    )
    assert tab.open().failed() == "python-error"
    assert snapshots(tab) == []


def test_a_snapshot_whose_boot_hangs_is_replaced_by_the_next(unserved_tab: Tab) -> None:
    tab = unserved_tab
    first_visit(tab)
    (name,) = snapshots(tab)
    never = "{ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }"
    change_worker(tab, f"FileSystemDirectoryHandle.prototype.keys = () => ({never});\n")
    tab.page.clock.install()
    tab.open()
    tab.until(lambda: tab.page.locator("#boot").get_attribute("data-phase") == "agent", "it hangs")
    tab.page.clock.fast_forward(120_000)
    assert tab.failed() == "stalled"
    tab.page.unroute("**/agent.worker.js")
    tab.page.locator("[data-action=retry]").click()
    tab.until(lambda: tab.attribute("ready") == "plain", "it starts without the snapshot")
    tab.until(lambda: snapshots(tab) == [name] and snapshot_is_whole(tab), "a new snapshot is stored")
    tab.open()
    tab.until(lambda: tab.attribute("ready") == "snapshot", "the new one is used")


def test_snapshots_of_other_builds_are_deleted(tab: Tab) -> None:
    first_visit(tab)
    (name,) = snapshots(tab)
    tab.page.evaluate(
        """async name => {
          const satchel = await (await navigator.storage.getDirectory()).getDirectoryHandle('satchel');
          const folder = await (await satchel.getDirectoryHandle('v1')).getDirectoryHandle('snapshot');
          await (await folder.getFileHandle(name)).move('0'.repeat(32) + '-jspi.bin');
        }""",
        name,
    )
    assert tab.open().ready()["boot"] == "plain"
    tab.until(
        lambda: snapshots(tab) == [name] and snapshot_is_whole(tab), "only this build's snapshot is left"
    )


def test_the_boot_line_names_phases_and_bytes(tab: Tab) -> None:
    tab.page.add_init_script(
        """addEventListener('DOMContentLoaded', () => {
          window.seen = [];
          new MutationObserver(() => {
            const line = document.getElementById('boot');
            window.seen.push([line.dataset.phase, document.getElementById('boot-bytes').textContent]);
          }).observe(document.getElementById('boot'), { subtree: true, childList: true, attributes: true });
        })"""
    )
    tab.open().ready()
    seen = tab.page.evaluate("() => window.seen")
    phases = list(dict.fromkeys(phase for phase, _ in seen))
    assert phases[-5:] == ["storage", "snapshot", "download", "package", "agent"]
    assert any(" of " in text and text.endswith(" MB") for _, text in seen)
    assert tab.page.locator("#boot").is_hidden()
