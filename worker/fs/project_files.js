/**
 * The four files of a project on disk, opened once and held: two pack slots and the two journals that go with them.
 *
 * Holding the handles keeps every other tab out and makes later writes synchronous.
 */

/** @typedef {import('./journal.js').SyncHandle} SyncHandle */
/** The part of `FileSystemDirectoryHandle` in use.
 * @typedef {{ getFileHandle(name: string, options?: { create?: boolean }): Promise<{ createSyncAccessHandle(): Promise<SyncHandle> }> }} ProjectDirectory */
/** A generation uses slot `generation % 2`. @typedef {{ pack: SyncHandle, journal: SyncHandle }} Slot */

const SLOT_NAMES = ['a', 'b'];
const LOCK_WAIT_MS = 3000;
const LOCK_RETRY_MS = 25;

/**
 * Open a file exclusively. A worker that was just ended keeps its handles for some 20 ms, so a locked file is tried
 * again for a while.
 * @param {ProjectDirectory} directory
 * @param {string} name
 * @param {{ create?: boolean }} [options] create (default true): make the file if it is missing
 * @returns {Promise<SyncHandle>}
 * @throws {DOMException} NoModificationAllowedError while another tab holds it
 */
export async function openSyncFile(directory, name, { create = true } = {}) {
  const file = await directory.getFileHandle(name, { create });
  const deadline = performance.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      return await file.createSyncAccessHandle();
    } catch (error) {
      const isLocked = error instanceof DOMException && error.name === 'NoModificationAllowedError';
      if (!isLocked || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, LOCK_RETRY_MS));
    }
  }
}

export class ProjectFiles {
  /** @param {ProjectDirectory} directory @param {Slot[]} slots */
  constructor(directory, slots) {
    this.directory = directory;
    this.slots = slots;
  }

  /** @param {ProjectDirectory} directory @returns {Promise<ProjectFiles>} */
  static async open(directory) {
    /** @type {SyncHandle[]} */
    const opened = [];
    const open = async (/** @type {string} */ name) => {
      const handle = await openSyncFile(directory, name);
      opened.push(handle);
      return handle;
    };
    try {
      /** @type {Slot[]} */
      const slots = [];
      for (const name of SLOT_NAMES) slots.push({ pack: await open(`pack-${name}`), journal: await open(`journal-${name}`) });
      return new ProjectFiles(directory, slots);
    } catch (error) {
      for (const handle of opened) handle.close();
      throw error;
    }
  }

  /** @param {number} generation @returns {Slot} */
  slotOf(generation) {
    return /** @type {Slot} */ (this.slots[generation % 2]);
  }

  /** Keep bytes aside in a file of their own. @param {string} name @param {Uint8Array} bytes */
  async quarantine(name, bytes) {
    const handle = await openSyncFile(this.directory, name);
    try {
      handle.truncate(0);
      handle.write(/** @type {Uint8Array<ArrayBuffer>} */ (bytes), { at: 0 });
      handle.flush();
    } finally {
      handle.close();
    }
  }

  close() {
    for (const { pack, journal } of this.slots) {
      pack.close();
      journal.close();
    }
  }
}
