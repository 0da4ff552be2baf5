/**
 * The memory of a booted Python, kept in OPFS so that later visits skip the boot.
 *
 * File: magic (8 bytes), SHA-256 of the body (32 bytes), body. The header is written last, so a torn write has no magic. Pyodide
 * checks nothing but its own build: a flipped bit would load in silence, hence the digest. The name carries the build's id and
 * whether this browser can switch stacks, because both are baked into the memory. A snapshot is taken before any user data
 * is read and can be deleted at any time.
 */

const MAGIC = new TextEncoder().encode('SATSNAP1');
const DIGEST_BYTES = 32;
const HEADER_BYTES = MAGIC.length + DIGEST_BYTES;

/** Name of this build's snapshot in this browser. */
export function snapshotName() {
  const stackSwitching = 'Suspending' in WebAssembly;
  return `${SATCHEL_BUILD_ID}-${stackSwitching ? 'jspi' : 'plain'}.bin`;
}

/**
 * Read and verify a snapshot.
 * @param {FileSystemDirectoryHandle} directory
 * @param {string} name
 * @returns {Promise<Uint8Array<ArrayBuffer> | null>} null when there is none, or none that can be trusted (it is deleted then).
 */
export async function readSnapshot(directory, name) {
  /** @type {FileSystemFileHandle} */
  let file;
  try {
    file = await directory.getFileHandle(name);
  } catch {
    return null;
  }
  const body = await verifiedBody(file).catch(() => null);
  if (body === null) await removeSnapshot(directory, name);
  return body;
}

/**
 * @param {FileSystemFileHandle} file
 * @returns {Promise<Uint8Array<ArrayBuffer> | null>}
 */
async function verifiedBody(file) {
  const handle = await file.createSyncAccessHandle();
  const bytes = new Uint8Array(handle.getSize());
  try {
    handle.read(bytes, { at: 0 });
  } finally {
    handle.close();
  }
  if (bytes.length <= HEADER_BYTES || !equal(bytes.subarray(0, MAGIC.length), MAGIC)) return null;
  const body = bytes.subarray(HEADER_BYTES);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
  return equal(bytes.subarray(MAGIC.length, HEADER_BYTES), digest) ? body : null;
}

/**
 * Store a snapshot and delete those of other builds. A failure (quota, another tab) leaves no usable file and is not an error:
 * the next visit boots without.
 * @param {FileSystemDirectoryHandle} directory
 * @param {string} name
 * @param {Uint8Array<ArrayBuffer>} body
 */
export async function writeSnapshot(directory, name, body) {
  try {
    await removeSnapshots(directory);
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
    const file = await directory.getFileHandle(name, { create: true });
    const handle = await file.createSyncAccessHandle();
    try {
      handle.write(body, { at: HEADER_BYTES });
      handle.flush();
      handle.write(digest, { at: MAGIC.length });
      handle.write(MAGIC, { at: 0 });
      handle.flush();
    } finally {
      handle.close();
    }
  } catch (error) {
    console.warn('The boot snapshot could not be stored:', error);
    await removeSnapshot(directory, name);
  }
}

/** @param {FileSystemDirectoryHandle} directory */
async function removeSnapshots(directory) {
  for await (const name of directory.keys()) await removeSnapshot(directory, name);
}

/**
 * @param {FileSystemDirectoryHandle} directory
 * @param {string} name
 */
export async function removeSnapshot(directory, name) {
  await directory.removeEntry(name).catch(() => {});
}

/**
 * @param {Uint8Array} left
 * @param {Uint8Array} right
 */
function equal(left, right) {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
