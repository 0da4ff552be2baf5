/**
 * The memory of a booted Python, kept so that later visits skip the boot: in OPFS, or by whoever drives a headless browser, whose
 * profile is new each time.
 *
 * File: magic (8 bytes), SHA-256 of the body (32 bytes), body. The header is written last, so a torn write has no magic. Pyodide
 * checks nothing but its own build: a flipped bit would load in silence, hence the digest. The name carries the build's id and
 * whether this browser can switch stacks, because both are baked into the memory. A snapshot is taken before any user data
 * is read and can be deleted at any time.
 */

import { ask } from './download.js';

const MAGIC = new TextEncoder().encode('SATSNAP1');
const DIGEST_BYTES = 32;
const HEADER_BYTES = MAGIC.length + DIGEST_BYTES;
/** How often, and how many milliseconds apart, a file is asked for that another worker holds. */
const TRIES = 50;
const PAUSE_MS = 20;

/**
 * Where snapshots are.
 * @typedef {object} SnapshotPlace
 * @property {(name: string) => Promise<Uint8Array<ArrayBuffer> | null>} read null when there is none.
 * @property {(name: string, digest: Uint8Array<ArrayBuffer>, body: Uint8Array<ArrayBuffer>) => Promise<void>} write Deletes all others.
 * @property {(name: string) => Promise<void>} remove
 */

/** Name of this build's snapshot in this browser. */
export function snapshotName() {
  const stackSwitching = 'Suspending' in WebAssembly;
  return `${SATCHEL_BUILD_ID}-${stackSwitching ? 'jspi' : 'plain'}.bin`;
}

/**
 * @param {FileSystemDirectoryHandle} directory in OPFS
 * @returns {SnapshotPlace}
 */
export function storedSnapshots(directory) {
  return {
    async read(name) {
      const file = await directory.getFileHandle(name).catch(() => null);
      if (file === null) return null;
      const handle = await whenFree(() => file.createSyncAccessHandle());
      const bytes = new Uint8Array(handle.getSize());
      try {
        handle.read(bytes, { at: 0 });
      } finally {
        handle.close();
      }
      return bytes;
    },
    async write(name, digest, body) {
      for await (const other of directory.keys()) await this.remove(other);
      const file = await directory.getFileHandle(name, { create: true });
      const handle = await whenFree(() => file.createSyncAccessHandle());
      try {
        handle.write(body, { at: HEADER_BYTES });
        handle.flush();
        handle.write(digest, { at: MAGIC.length });
        handle.write(MAGIC, { at: 0 });
        handle.flush();
      } finally {
        handle.close();
      }
    },
    remove: (name) => whenFree(() => directory.removeEntry(name)).catch(() => {}),
  };
}

/**
 * Do what needs a file for itself: the worker of a page that was just reloaded, in mid-boot, holds it for a moment longer.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function whenFree(work) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const isHeld = error instanceof DOMException && error.name === 'NoModificationAllowedError';
      if (!isHeld || tries === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

/**
 * @param {string} path of the driver's server, relative to the site; `adapters/server/boot_snapshots.py` answers there
 * @returns {SnapshotPlace}
 */
export function driversSnapshots(path) {
  return {
    read: (name) => ask('GET', path + name),
    write: async (name, digest, body) => void (await ask('PUT', path + name, new Blob([MAGIC, digest, body]))),
    remove: async (name) => void (await ask('DELETE', path + name).catch(() => {})),
  };
}

/**
 * Read and verify a snapshot.
 * @param {SnapshotPlace} place
 * @param {string} name
 * @returns {Promise<Uint8Array<ArrayBuffer> | null>} null when there is none, or none that can be trusted (it is deleted then).
 */
export async function readSnapshot(place, name) {
  const bytes = await place.read(name).catch(() => new Uint8Array());
  if (bytes === null) return null;
  const body = await verifiedBody(bytes);
  if (body === null) await place.remove(name);
  return body;
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function verifiedBody(bytes) {
  if (bytes.length <= HEADER_BYTES || !equal(bytes.subarray(0, MAGIC.length), MAGIC)) return null;
  const body = bytes.subarray(HEADER_BYTES);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
  return equal(bytes.subarray(MAGIC.length, HEADER_BYTES), digest) ? body : null;
}

/**
 * Store a snapshot and delete those of other builds. A failure (quota, another tab) leaves no usable file and is not an error:
 * the next visit boots without.
 * @param {SnapshotPlace} place
 * @param {string} name
 * @param {Uint8Array<ArrayBuffer>} body
 */
export async function writeSnapshot(place, name, body) {
  try {
    await place.write(name, new Uint8Array(await crypto.subtle.digest('SHA-256', body)), body);
  } catch (error) {
    console.warn('The boot snapshot could not be stored:', error);
    await place.remove(name);
  }
}

/**
 * @param {Uint8Array} left
 * @param {Uint8Array} right
 */
function equal(left, right) {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
