/** Saves the session logs straight from the private file system, for when the agent that could export them does not start. */

const REVOKE_AFTER_MS = 60_000;

/** Download every session log as it is on disk: framed records, one file a session. */
export async function saveSessionLogs() {
  for (const file of await logFiles()) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(file);
    link.download = file.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), REVOKE_AFTER_MS);
  }
}

/** @returns {Promise<File[]>} Empty when there is no storage or no session. */
async function logFiles() {
  try {
    const origin = await navigator.storage.getDirectory();
    const version = await (await origin.getDirectoryHandle('satchel')).getDirectoryHandle('v1');
    const sessions = await version.getDirectoryHandle('sessions');
    const files = [];
    for await (const handle of sessions.values()) if (handle.kind === 'file') files.push(await handle.getFile());
    return files;
  } catch {
    return [];
  }
}
