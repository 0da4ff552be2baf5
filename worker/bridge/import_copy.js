/**
 * Copies many files of an import into the store at once: read, digest and write without Python in between.
 *
 * Reading from a real folder is a round trip to the browser's process, so small files are read many at a time as one blob
 * (measured: 0.16 ms a file instead of 0.42), and several such groups are under way together.
 */

const GROUPS_AT_ONCE = 4;
const FILES_TOGETHER = 64;
const NO_SPACE = 51; // ENOSPC in Emscripten's numbering (WASI's)

/** @typedef {import('pyodide').PyodideAPI['FS']} EmscriptenFs */

/**
 * What came of one file: `sha256` in lower-case hexadecimal, or the error that kept it out.
 * @typedef {{ path: string, size: number, sha256: string, mtimeMs: number } | { path: string, error: string }} Copied
 */

/**
 * Opens a file of the source: as it was listed, or `afresh` when that proved to be out of date.
 * @typedef {(path: string, afresh: boolean) => Promise<File>} OpenFile
 */

/** @typedef {{ path: string, file: File, bytes: Uint8Array<ArrayBuffer> } | { path: string, error: string }} Content */

/**
 * Copy files to `destination/path`. The parents exist.
 * @param {EmscriptenFs} fs
 * @param {string[]} paths
 * @param {string} destination Host path of a directory.
 * @param {OpenFile} openFile
 * @returns {Promise<{ copied: Copied[], full: boolean }>} In the order of `paths`; `full` when the store ran out of room, and
 *   the batch was ended there.
 */
export async function copyFiles(fs, paths, destination, openFile) {
  const groups = inGroups(paths);
  /** @type {Copied[][]} */
  const copied = groups.map(() => []);
  let next = 0;
  let full = false;
  const work = async () => {
    while (next < groups.length && !full) {
      const index = next++;
      for (const content of await readGroup(groups[index] ?? [], openFile)) {
        const result = await store(fs, `${destination}/${content.path}`, content);
        if (result === 'full') {
          full = true;
          return;
        }
        copied[index]?.push(result);
      }
    }
  };
  await Promise.all(Array.from({ length: GROUPS_AT_ONCE }, work));
  return { copied: copied.flat(), full };
}

/** @param {string[]} paths */
function inGroups(paths) {
  /** @type {string[][]} */
  const groups = [];
  for (let start = 0; start < paths.length; start += FILES_TOGETHER) groups.push(paths.slice(start, start + FILES_TOGETHER));
  return groups;
}

/**
 * @param {string[]} paths
 * @param {OpenFile} openFile
 * @returns {Promise<Content[]>}
 */
async function readGroup(paths, openFile) {
  try {
    const files = await Promise.all(paths.map((path) => openFile(path, false)));
    const whole = await new Blob(files).arrayBuffer();
    // A file that grew since it was listed would give its bytes to the one behind it.
    if (whole.byteLength !== files.reduce((sum, file) => sum + file.size, 0)) throw new Error('a file changed');
    let end = 0;
    return files.map((file, index) => {
      end += file.size;
      return { path: /** @type {string} */ (paths[index]), file, bytes: new Uint8Array(whole, end - file.size, file.size) };
    });
  } catch {
    // One of them is gone, or was edited since it was listed: each for itself, so that only that one suffers.
    return Promise.all(paths.map((path) => readAfresh(path, openFile)));
  }
}

/**
 * @param {string} path
 * @param {OpenFile} openFile
 * @returns {Promise<Content>}
 */
async function readAfresh(path, openFile) {
  try {
    const file = await openFile(path, true);
    return { path, file, bytes: new Uint8Array(await file.arrayBuffer()) };
  } catch (error) {
    return { path, error: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * @param {EmscriptenFs} fs
 * @param {string} target
 * @param {Content} content
 * @returns {Promise<Copied | 'full'>}
 */
async function store(fs, target, content) {
  if ('error' in content) return content;
  const { path, file, bytes } = content;
  const sha256 = hex(await crypto.subtle.digest('SHA-256', bytes));
  try {
    fs.writeFile(target, bytes);
    fs.utime(target, file.lastModified, file.lastModified);
  } catch (error) {
    const errno = /** @type {{ errno?: number }} */ (error).errno;
    if (errno === undefined) throw error;
    if (errno === NO_SPACE) return 'full';
    return { path, error: `it cannot be stored (error ${errno})` };
  }
  return { path, size: bytes.length, sha256, mtimeMs: file.lastModified };
}

/** @param {ArrayBuffer} digest */
function hex(digest) {
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
