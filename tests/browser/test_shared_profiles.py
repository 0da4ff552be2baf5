"""What one test leaves behind in a profile that many use does not reach the next one."""

from __future__ import annotations

import pytest

from tests.browser.shared_profile import SharedProfile
from tests.browser.tab import STILL_PAGE, Tab, open_tab

pytestmark = pytest.mark.browser

LEAVE_SCRIPT = """async () => {
  localStorage.setItem('left', 'behind');
  const satchel = await (await navigator.storage.getDirectory()).getDirectoryHandle('satchel');
  await (await satchel.getDirectoryHandle('v1')).getDirectoryHandle('left', { create: true });
}"""
LEFT_SCRIPT = """async () => {
  const satchel = await (await navigator.storage.getDirectory()).getDirectoryHandle('satchel');
  const names = await Array.fromAsync((await satchel.getDirectoryHandle('v1')).keys());
  return [localStorage.length, names];
}"""
# No service worker answers for it, so it tells whether there is a network.
NO_FILE = "no-such-file"
# Somebody writes to the file between the moment at which it is taken and that at which it is read, once.
OVERTAKEN_SCRIPT = """() => {
  const { getFile } = FileSystemFileHandle.prototype;
  globalThis.overtaken = 0;
  FileSystemFileHandle.prototype.getFile = async function () {
    const file = await getFile.call(this);
    FileSystemFileHandle.prototype.getFile = getFile;
    const stream = await this.createWritable();
    await stream.write(await file.arrayBuffer());
    await stream.close();
    globalThis.overtaken += 1;
    return file;
  };
}"""


@pytest.mark.parametrize("name", ["_served_profile", "_writable_profile"])
def test_a_test_that_cuts_the_network_and_opens_tabs_leaves_nothing(
    request: pytest.FixtureRequest, site_url: str, name: str
) -> None:
    profile: SharedProfile = request.getfixturevalue(name)
    context = profile.fresh()
    for _ in range(2):
        open_tab(context, site_url).open(STILL_PAGE).page.evaluate(LEAVE_SCRIPT)
    context.route(f"**/{NO_FILE}", lambda route: route.fulfill(status=200))
    context.set_offline(True)

    context = profile.fresh()
    assert context.pages == []
    page = open_tab(context, site_url).open(STILL_PAGE).page
    assert page.evaluate(LEFT_SCRIPT) == [0, ["snapshot"]]
    answer = page.goto(site_url + NO_FILE)
    assert answer is not None
    assert answer.status == 404


def test_a_snapshot_that_is_written_while_it_is_looked_for_is_looked_for_again(returning_tab: Tab) -> None:
    page = returning_tab.open(STILL_PAGE).page
    page.evaluate(OVERTAKEN_SCRIPT)
    assert returning_tab.has_snapshot()
    assert page.evaluate("() => overtaken") == 1
