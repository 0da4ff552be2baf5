/**
 * From a descriptor and the bytes of a path to an inode, and back to the guest path that the policy speaks of.
 *
 * Plain paths are walked here without making an object; whatever has symbolic links, `.`, `..` or an error in it is left to
 * the resolver. A `Found` is filled anew by every lookup, so nobody keeps one.
 */

import { ERRNO, LOOKUPFLAGS } from '../generated/abi.js';
import { FsError } from '../fs/errno.js';
import { S_IFDIR, S_IFLNK, S_IFMT } from '../fs/inode.js';
import { PATH_MAX } from '../fs/limits.js';
import { WORD } from '../wasi/wire.js';
import { Directory } from './open_file.js';

/** @typedef {import('../fs/inode.js').Inode} Inode */
/** @typedef {import('../fs/inode_store.js').InodeStore} InodeStore */
/** @typedef {import('./host_call.js').HostCall} HostCall */
/** @typedef {import('./host_call.js').Process} Process */
/** @typedef {import('./fd_table.js').Descriptor} Descriptor */

/** Longest name the short walk takes; it has at most 255 bytes in any case. */
const SHORT_NAME = 85;
const SLASH = 0x2f;
const S_IXUSR = 0o100;

/** Where a path leads; as the resolver's `Resolution`. */
export class Found {
  /** @type {InodeStore} */
  store = /** @type {InodeStore} */ (/** @type {unknown} */ (null));
  /** @type {Inode | undefined} */
  inode = undefined;
  /** @type {Inode | undefined} */
  parent = undefined;
  name = '';
  /** Whether `parent` and `name` are what the path says, without a link or mount on the way to the last of it. */
  isPlain = false;
  /** Of `findEntry`: whether the path ended in a slash. */
  slash = false;
}

/** For calls with one path, and for the first of two. */
export const first = new Found();
export const second = new Found();

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const copy = new Uint8Array(PATH_MAX);

/** @param {Pick<HostCall, 'data'>} call @param {number} start in the data @param {number} length @returns {string}
 * @throws {FsError} ENOENT for an empty path, ENAMETOOLONG, EINVAL for NUL, EILSEQ */
export function pathArgument({ data }, start, length) {
  if (length === 0) throw new FsError('ENOENT', 'the path is empty');
  if (length >= PATH_MAX) throw new FsError('ENAMETOOLONG', `a path is at most ${PATH_MAX - 1} bytes`);
  // The data may be shared memory, which a decoder does not take.
  let seen = 0;
  for (let i = 0; i < length; i++) {
    const byte = /** @type {number} */ (data[start + i]);
    if (byte === 0) throw new FsError('EINVAL', 'a path cannot hold NUL');
    seen |= byte;
    copy[i] = byte;
  }
  if (seen < 0x80 && length <= SHORT_NAME) return String.fromCharCode.apply(null, /** @type {any} */ (copy.subarray(0, length)));
  try {
    return decoder.decode(copy.subarray(0, length));
  } catch {
    throw new FsError('EILSEQ', 'the path is not UTF-8');
  }
}

/** The directory that a call's path starts at. @param {HostCall} call @param {number} fd @param {number} right needed
 * @returns {Descriptor} @throws {FsError} EBADF, ENOTDIR, ENOTCAPABLE */
export function directoryArgument(call, fd, right) {
  const descriptor = call.process.fds.get(fd);
  if (descriptor === undefined) throw new FsError('EBADF', `descriptor ${fd} is not open`);
  if (!(descriptor.file instanceof Directory)) throw new FsError('ENOTDIR', `descriptor ${fd} is no directory`);
  if ((descriptor.base & right) !== right) throw new FsError('ENOTCAPABLE', `descriptor ${fd} lacks a right`);
  return descriptor;
}

/**
 * @param {Process} process @param {Directory} directory @param {string} path
 * @param {boolean} follow whether a symbolic link as last component is followed
 * @param {Found} found filled; `inode` is undefined when only the last component is missing
 * @throws {FsError} as `MountTable.resolve`
 */
export function find({ root }, directory, path, follow, found) {
  let { store, inode } = directory;
  for (let start = 0; ; ) {
    const slash = path.indexOf('/', start);
    const end = slash < 0 ? path.length : slash;
    const length = end - start;
    if (length === 0 || length > SHORT_NAME || inode.entries === null || (inode.mode & S_IXUSR) === 0) break;
    if (path.charCodeAt(start) === 0x2e && (length === 1 || (length === 2 && path.charCodeAt(start + 1) === 0x2e))) break;
    const name = slash < 0 && start === 0 ? path : path.slice(start, end);
    let next = inode.entries.get(name)?.inode;
    const isCrossing = next !== undefined && directory.confinement === null && root.isNamespace(store);
    if (slash < 0) {
      if (isCrossing || (follow && next !== undefined && (next.mode & S_IFMT) === S_IFLNK)) break;
      found.store = store;
      found.inode = next;
      found.parent = inode;
      found.name = name;
      found.isPlain = true;
      found.slash = false;
      return;
    }
    if (isCrossing) {
      const place = root.child({ store, inode }, name);
      store = place?.store ?? store;
      next = place?.inode;
    }
    if (next === undefined || (next.mode & S_IFMT) !== S_IFDIR) break;
    inode = next;
    start = end + 1;
  }
  const resolution = root.resolve(path, { from: directory.place, follow, confined: directory.confinement !== null });
  found.store = resolution.store;
  found.inode = resolution.inode;
  found.parent = resolution.parent;
  found.name = resolution.name;
  found.isPlain = false;
  found.slash = resolution.mustBeDirectory;
}

/** As `find`, for a name that is to be made, moved or removed: its last component is never followed, not even with a slash
 * behind it. @param {Process} process @param {Directory} directory @param {string} path @param {Found} found */
export function findEntry(process, directory, path, found) {
  let end = path.length;
  while (end > 1 && path.charCodeAt(end - 1) === SLASH) end -= 1;
  find(process, directory, end === path.length ? path : path.slice(0, end), false, found);
  found.slash = end < path.length;
}

/** @param {Process} process @param {Directory} directory that the lookup started at @param {InodeStore} store @param {Inode} inode of a directory
 * @returns {string} its guest path @throws {FsError} ENOENT once it was removed */
export function directoryPath({ root }, { confinement }, store, inode) {
  if (confinement === null) return root.pathOf({ store, inode });
  return confinement.path.replace(/\/$/, '') + root.pathOf({ store, inode }, confinement.inode) || '/';
}

/** The guest path of what was found, free of symbolic links. @param {Process} process @param {Directory} directory @param {Found} found */
export function foundPath(process, directory, { store, inode, parent, name }) {
  if (parent === undefined) return directoryPath(process, directory, store, /** @type {Inode} */ (inode));
  const path = directoryPath(process, directory, store, parent);
  return path === '/' ? `/${name}` : `${path}/${name}`;
}

/** Whether the lookup flags in a1 say that a symbolic link at the end is followed. @param {HostCall} call @throws {FsError} EINVAL */
export function followArgument({ words }) {
  const flags = words[WORD.ARG + 1] ?? 0;
  if ((flags & ~LOOKUPFLAGS.SYMLINK_FOLLOW) !== 0) throw new FsError('EINVAL', 'unknown lookup flags');
  return flags !== 0;
}

/** Why nothing can be changed there; 0 when it can. @param {Process} process @param {Directory} directory @param {InodeStore} store */
export function changeRefusal({ root }, { confinement }, store) {
  return confinement === null ? (root.isReadOnly(store) ? ERRNO.ROFS : 0) : confinement.readOnly ? ERRNO.ROFS : 0;
}
