/**
 * The origin's private file system, or plainly none.
 *
 * Layout: `/satchel/v1/projects/<id>/`, `/satchel/v1/sessions/<id>.log`, `/satchel/v1/index.json`, `/satchel/v1/snapshot/`.
 * Private windows and partitioned frames refuse it; then everything lives in memory and the page says so.
 */

/**
 * @typedef {object} Storage
 * @property {FileSystemDirectoryHandle} projects
 * @property {FileSystemDirectoryHandle} sessions
 * @property {FileSystemDirectoryHandle} snapshots
 * @property {FileSystemDirectoryHandle} root
 */

/**
 * Open the layout, making what is missing.
 * @returns {Promise<Storage | null>} null when this browser lends no storage that a worker can write to at once.
 */
export async function openStorage() {
  if (typeof FileSystemFileHandle === 'undefined' || !('createSyncAccessHandle' in FileSystemFileHandle.prototype)) return null;
  try {
    const origin = await navigator.storage.getDirectory();
    const satchel = await origin.getDirectoryHandle('satchel', { create: true });
    const root = await satchel.getDirectoryHandle('v1', { create: true });
    const [projects, sessions, snapshots] = await Promise.all([
      root.getDirectoryHandle('projects', { create: true }),
      root.getDirectoryHandle('sessions', { create: true }),
      root.getDirectoryHandle('snapshot', { create: true }),
    ]);
    return { root, projects, sessions, snapshots };
  } catch (error) {
    if (error instanceof DOMException && error.name === 'QuotaExceededError') throw error;
    return null;
  }
}
