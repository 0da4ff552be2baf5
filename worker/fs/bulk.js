/**
 * Writing many files at once: folder and archive import.
 *
 * Takes the entries as they come, makes missing parent directories, never follows a symbolic link on the way, and
 * refuses what cannot be a path below the destination. One refused entry does not stop the others.
 */

import { FsError } from './errno.js';
import { checkName, checkPath } from './names.js';

/** @typedef {import('./inode.js').Inode} Inode */
/** @typedef {import('./inode_store.js').InodeStore} InodeStore */

/**
 * One thing to write: with `bytes` a file, with `target` a symbolic link, with neither a directory.
 * @typedef {object} BulkEntry
 * @property {string} path relative to the destination, `/`-separated
 * @property {Uint8Array} [bytes] given up by the caller
 * @property {string} [target]
 * @property {number} [mode] permission bits (default: 644, directories 755)
 * @property {bigint} [mtime] nanoseconds since 1970
 */

/**
 * @typedef {object} BulkReport
 * @property {number} files
 * @property {number} directories listed ones; missing parents are not counted
 * @property {number} symlinks
 * @property {number} bytes
 * @property {{ path: string, errno: number, message: string }[]} refused
 */

/**
 * @param {InodeStore} store
 * @param {Inode} destination a directory
 * @param {Iterable<BulkEntry>} entries existing files are replaced, existing directories kept
 * @returns {BulkReport}
 */
export function writeFiles(store, destination, entries) {
  /** @type {BulkReport} */
  const report = { files: 0, directories: 0, symlinks: 0, bytes: 0, refused: [] };
  const parents = new ParentDirectories(store, destination);
  for (const entry of entries) {
    try {
      writeEntry(store, parents, entry, report);
    } catch (error) {
      if (!(error instanceof FsError)) throw error;
      report.refused.push({ path: entry.path, errno: error.errno, message: error.message });
    }
  }
  return report;
}

/** Finds and makes parents; remembers the last one, since entries of one directory follow one another. */
class ParentDirectories {
  #lastPath = '';
  #last;

  /** @param {InodeStore} store @param {Inode} destination */
  constructor(store, destination) {
    this.store = store;
    this.destination = destination;
    this.#last = destination;
  }

  /** @param {string} path of a directory, '' for the destination @returns {Inode} @throws {FsError} */
  get(path) {
    if (path === this.#lastPath && this.#last.nlink > 0) return this.#last;
    let directory = this.destination;
    for (const name of path === '' ? [] : path.split('/')) {
      const child = this.store.lookup(directory, name);
      if (child !== undefined && !child.isDirectory) throw new FsError('ENOTDIR', `"${name}" is not a directory`);
      directory = child ?? this.store.createDirectory(directory, name);
    }
    this.#lastPath = path;
    this.#last = directory;
    return directory;
  }
}

/** @param {InodeStore} store @param {ParentDirectories} parents @param {BulkEntry} entry @param {BulkReport} report */
function writeEntry(store, parents, { path, bytes, target, mode, mtime }, report) {
  checkPath(path);
  if (path.startsWith('/')) throw new FsError('EINVAL', `"${path}" is not relative`);
  path.split('/').forEach(checkName); // all of them before the first directory is made
  const slash = path.lastIndexOf('/');
  const parent = parents.get(path.slice(0, Math.max(slash, 0)));
  const name = path.slice(slash + 1);
  const inode = bytes !== undefined ? store.adoptFile(parent, name, bytes, mode)
    : target !== undefined ? replaceWithLink(store, parent, name, target)
      : existingDirectory(store, parent, name) ?? store.createDirectory(parent, name, mode);
  if (mtime !== undefined) store.setAttributes(inode, { atime: mtime, mtime });
  if (bytes !== undefined) {
    report.files += 1;
    report.bytes += bytes.length;
  } else if (target !== undefined) {
    report.symlinks += 1;
  } else {
    report.directories += 1;
  }
}

/** @param {InodeStore} store @param {Inode} parent @param {string} name @param {string} target */
function replaceWithLink(store, parent, name, target) {
  checkPath(target);
  if (store.lookup(parent, name) !== undefined) store.unlink(parent, name);
  return store.createSymlink(parent, name, target);
}

/** @param {InodeStore} store @param {Inode} parent @param {string} name */
function existingDirectory(store, parent, name) {
  const inode = store.lookup(parent, name);
  return inode !== undefined && inode.isDirectory ? inode : undefined;
}
