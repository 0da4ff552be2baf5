/**
 * Rules of directory entries: what must hold before a name is made, moved or removed (POSIX `rename`, `mkdir`,
 * `unlink`). Checks only; `InodeStore` makes the changes.
 */

import { FsError } from './errno.js';
import { checkName } from './names.js';

/** @typedef {import('./inode.js').Inode} Inode */
/** @typedef {import('./inode.js').DirectoryEntry} DirectoryEntry */

/** @param {Inode} inode @returns {Map<string, DirectoryEntry>} @throws {FsError} ENOTDIR */
export function requireDirectory(inode) {
  if (inode.entries === null) throw new FsError('ENOTDIR');
  return inode.entries;
}

/** @param {Inode} directory @param {string} name @returns {DirectoryEntry} @throws {FsError} ENOENT, ENOTDIR */
export function requireEntry(directory, name) {
  const entry = requireDirectory(directory).get(name);
  if (entry === undefined) throw new FsError('ENOENT', name);
  return entry;
}

/** @param {Inode} directory @param {string} name @throws {FsError} unless the name can be made there */
export function requireVacant(directory, name) {
  checkName(name);
  if (requireDirectory(directory).has(name)) throw new FsError('EEXIST', name);
  if (directory.nlink === 0) throw new FsError('ENOENT', 'the directory was removed');
}

/** @param {Inode} inode @param {Inode} tree @returns {boolean} whether a directory is `tree` or lies below it */
export function isWithin(inode, tree) {
  for (let at = /** @type {Inode | null} */ (inode); at !== null; at = at.parent === at ? null : at.parent) {
    if (at === tree) return true;
  }
  return false;
}

/**
 * @param {Inode} moved
 * @param {Inode} oldDirectory
 * @param {Inode} newDirectory
 * @param {string} newName
 * @returns {Inode | undefined} the inode the rename replaces
 * @throws {FsError} EISDIR, ENOTDIR, ENOTEMPTY, EINVAL, and those of a new name
 */
export function checkRename(moved, oldDirectory, newDirectory, newName) {
  const replaced = requireDirectory(newDirectory).get(newName)?.inode;
  if (replaced === undefined) requireVacant(newDirectory, newName);
  if (moved.isDirectory && isWithin(newDirectory, moved)) {
    throw new FsError('EINVAL', 'a directory cannot be moved into itself');
  }
  if (replaced === undefined || replaced === moved) return replaced;
  if (isWithin(oldDirectory, replaced)) throw new FsError('ENOTEMPTY', newName);
  if (moved.isDirectory && !replaced.isDirectory) throw new FsError('ENOTDIR', newName);
  if (!moved.isDirectory && replaced.isDirectory) throw new FsError('EISDIR', newName);
  if (replaced.isDirectory && requireDirectory(replaced).size > 0) throw new FsError('ENOTEMPTY', newName);
  return replaced;
}
