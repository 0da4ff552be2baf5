"""The boot in a real browser: cold, from the snapshot, and with every kind of bad snapshot."""

from __future__ import annotations

import pytest

from tests.browser.tab import STILL_PAGE, Tab, change_worker

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


def go_back(tab: Tab) -> str:
    """Be on a page of the site where nothing runs, so that the snapshot can be changed; its name."""
    tab.open(STILL_PAGE)
    (name,) = snapshots(tab)
    return name


def test_a_first_visit_shows_phases_and_bytes_and_the_second_boots_from_the_snapshot(tab: Tab) -> None:
    tab.page.add_init_script(
        """addEventListener('DOMContentLoaded', () => {
          window.seen = [];
          new MutationObserver(() => {
            const line = document.getElementById('boot');
            window.seen.push([line.dataset.phase, document.getElementById('boot-bytes').textContent]);
          }).observe(document.getElementById('boot'), { subtree: true, childList: true, attributes: true });
        })"""
    )
    assert tab.open().ready()["boot"] == "plain"
    seen = tab.page.evaluate("() => window.seen")
    phases = list(dict.fromkeys(phase for phase, _ in seen))
    assert phases[-5:] == ["storage", "snapshot", "download", "package", "agent"]
    assert any(" of " in text and text.endswith(" MB") for _, text in seen)
    assert tab.page.locator("#boot").is_hidden()

    tab.until(tab.has_snapshot, "the snapshot is stored")
    detail = tab.open().ready()
    assert detail["boot"] == "snapshot"
    assert detail["storage"] == "opfs"
    assert tab.isolated()
    assert tab.errors == []


@pytest.mark.family("bad snapshots", 1)
@pytest.mark.parametrize("change", ["flipped", "truncated", "foreign"])
def test_a_bad_snapshot_is_replaced_by_a_plain_boot(returning_tab: Tab, change: str) -> None:
    tab = returning_tab
    name = go_back(tab)
    snapshots(tab, change)
    assert tab.open().ready()["boot"] == "plain"
    tab.until(tab.has_snapshot, "a new snapshot is stored")
    assert snapshots(tab) == [name]
    assert tab.open().ready()["boot"] == "snapshot"


@pytest.mark.family("distrusted snapshots", 2)
def test_safe_mode_deletes_the_snapshot(returning_tab: Tab) -> None:
    tab = returning_tab
    go_back(tab)
    tab.open()
    tab.page.evaluate("() => history.replaceState({ 'satchel-safe-mode': true }, '')")
    tab.page.reload()
    assert tab.ready()["boot"] == "plain"
    assert "Safe mode" in tab.page.locator("#boot").inner_text()
    assert snapshots(tab) == []


@pytest.mark.family("distrusted snapshots", 2)
def test_a_snapshot_whose_agent_fails_is_deleted(unserved_tab: Tab) -> None:
    tab = unserved_tab
    go_back(tab)
    change_worker(
        tab, "FileSystemDirectoryHandle.prototype.keys = () => { throw new TypeError('broken') };\n"
    )
    assert tab.open().failed() == "python-error"
    assert snapshots(tab) == []


@pytest.mark.family("distrusted snapshots", 2)
def test_a_snapshot_whose_boot_hangs_is_replaced_by_the_next(clocked_tab: Tab) -> None:
    tab = clocked_tab
    name = go_back(tab)
    never = "{ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }"
    change_worker(tab, f"FileSystemDirectoryHandle.prototype.keys = () => ({never});\n")
    tab.open()
    tab.until(lambda: tab.page.locator("#boot").get_attribute("data-phase") == "agent", "it hangs")
    tab.page.clock.fast_forward(120_000)
    assert tab.failed() == "stalled"
    tab.page.unroute("**/agent.worker.js")
    tab.page.locator("[data-action=retry]").click()
    tab.until(lambda: tab.attribute("ready") == "plain", "it starts without the snapshot")
    tab.until(lambda: snapshots(tab) == [name] and tab.has_snapshot(), "a new snapshot is stored")
    tab.open()
    tab.until(lambda: tab.attribute("ready") == "snapshot", "the new one is used")


@pytest.mark.family("distrusted snapshots", 2)
def test_snapshots_of_other_builds_are_deleted(returning_tab: Tab) -> None:
    tab = returning_tab
    name = go_back(tab)
    tab.page.evaluate(
        """async name => {
          const satchel = await (await navigator.storage.getDirectory()).getDirectoryHandle('satchel');
          const folder = await (await satchel.getDirectoryHandle('v1')).getDirectoryHandle('snapshot');
          await (await folder.getFileHandle(name)).move('0'.repeat(32) + '-jspi.bin');
        }""",
        name,
    )
    assert tab.open().ready()["boot"] == "plain"
    tab.until(lambda: snapshots(tab) == [name] and tab.has_snapshot(), "only this build's snapshot is left")
