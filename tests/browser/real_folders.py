"""A folder for tests to drop: in the private file system, because no test can answer the native picker."""

from __future__ import annotations

from collections.abc import Mapping

from tests.browser.tab import Tab

FOLDER = "real-folder"

_MAKE_SCRIPT = """async ([folder, files]) => {
  const origin = await navigator.storage.getDirectory();
  const root = await origin.getDirectoryHandle(folder, { create: true });
  for (const [path, text] of Object.entries(files)) {
    const parts = path.split('/');
    let directory = root;
    for (const part of parts.slice(0, -1)) directory = await directory.getDirectoryHandle(part, { create: true });
    const stream = await (await directory.getFileHandle(parts.at(-1), { create: true })).createWritable();
    await stream.write(text);
    await stream.close();
  }
}"""

_DROP_SCRIPT = """async folder => {
  const handle = await (await navigator.storage.getDirectory()).getDirectoryHandle(folder);
  const none = () => null;
  const item = { kind: 'file', getAsFileSystemHandle: async () => handle, webkitGetAsEntry: none, getAsFile: none };
  const event = new Event('drop', { bubbles: true, cancelable: true });
  Object.defineProperty(event, 'dataTransfer', { value: { types: ['Files'], items: [item] } });
  document.body.dispatchEvent(event);
}"""


def make_folder(tab: Tab, files: Mapping[str, str]) -> None:
    """Make the folder with these files in it."""
    tab.page.evaluate(_MAKE_SCRIPT, [FOLDER, dict(files)])


def drop_folder(tab: Tab) -> None:
    """Drop the folder on the page, as a directory handle."""
    tab.page.evaluate(_DROP_SCRIPT, FOLDER)
