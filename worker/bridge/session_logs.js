/**
 * Session logs in OPFS, for `satchel.adapters.browser.opfs_logs`.
 *
 * One file a session, its handle held open for as long as the session is: opening is asynchronous and slow, appending through
 * an open handle takes a fraction of a millisecond.
 */

import { writeFully } from '../fs/journal.js';
import { openSyncFile } from '../fs/project_files.js';

/** @typedef {import('../fs/journal.js').SyncHandle} SyncHandle */
/** @typedef {import('../fs/project_files.js').ProjectDirectory} ProjectDirectory */

const BLANK = 0x20;
const SUFFIX = '.log';
const INDEX = 'index.json';

/** One open log. Every method is synchronous. */
export class LogHandle {
  /** @param {SyncHandle} handle */
  constructor(handle) {
    this.handle = handle;
    this.length = handle.getSize();
  }

  size() {
    return this.length;
  }

  /**
   * @param {number} offset
   * @param {number} length
   * @returns {Uint8Array}
   */
  read(offset, length) {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.length - offset)));
    const count = this.handle.read(bytes, { at: offset });
    return bytes.subarray(0, count);
  }

  /**
   * @param {Uint8Array<ArrayBuffer>} bytes
   * @returns {boolean} false when the disk took only a part (out of space). What was taken of it is cut off again, also when the
   *   write fails.
   */
  append(bytes) {
    let written = 0;
    try {
      written = this.handle.write(bytes, { at: this.length });
    } finally {
      if (written < bytes.length) this.handle.truncate(this.length);
    }
    if (written < bytes.length) return false;
    this.length += written;
    return true;
  }

  flush() {
    this.handle.flush();
  }

  /** @param {number} size */
  truncate(size) {
    this.handle.truncate(size);
    this.length = size;
  }

  close() {
    this.handle.close();
  }
}

export class SessionLogs {
  /**
   * @param {FileSystemDirectoryHandle} root Holds the catalogue.
   * @param {FileSystemDirectoryHandle} sessions Holds the logs.
   */
  constructor(root, sessions) {
    this.root = root;
    this.sessions = sessions;
  }

  /** @returns {Promise<string[]>} */
  async list() {
    const ids = [];
    for await (const name of this.sessions.keys()) if (name.endsWith(SUFFIX)) ids.push(name.slice(0, -SUFFIX.length));
    return ids;
  }

  /**
   * @param {string} id
   * @param {boolean} create
   * @returns {Promise<LogHandle>} Rejects with NotFoundError when there is none and `create` is false.
   */
  async open(id, create) {
    return new LogHandle(await openSyncFile(this.sessions, id + SUFFIX, { create }));
  }

  /** @param {string} id */
  async remove(id) {
    for await (const name of this.sessions.keys()) {
      if (name === id + SUFFIX || name.startsWith(`${id}.quarantine.`)) await this.sessions.removeEntry(name);
    }
  }

  /** @returns {Promise<Uint8Array | undefined>} */
  async readIndex() {
    const handle = await this.root.getFileHandle(INDEX).catch(() => null);
    return handle === null ? undefined : new Uint8Array(await (await handle.getFile()).arrayBuffer());
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  async writeIndex(bytes) {
    await replaceFile(this.root, INDEX, bytes);
  }

  /**
   * Keep damaged bytes aside.
   * @param {string} id
   * @param {string} name
   * @param {Uint8Array<ArrayBuffer>} bytes
   */
  async quarantine(id, name, bytes) {
    await replaceFile(this.sessions, `${id}.quarantine.${name}`, bytes);
  }
}

/**
 * Replace a file of text. Whenever the program is killed, the file holds the old text or the new one, blanks after it at worst:
 * the new text is written over the old one with blanks to the same length, and the file is cut to size afterwards.
 * @param {ProjectDirectory} directory
 * @param {string} name
 * @param {Uint8Array} bytes
 */
export async function replaceFile(directory, name, bytes) {
  const handle = await openSyncFile(directory, name);
  try {
    const padded = new Uint8Array(Math.max(bytes.length, handle.getSize())).fill(BLANK);
    padded.set(bytes);
    writeFully(handle, padded, 0);
    handle.flush();
    handle.truncate(bytes.length);
    handle.flush();
  } finally {
    handle.close();
  }
}
