/**
 * The calls of preview 1 that take a path.
 *
 * Order of checks, as POSIX systems have it: the descriptor and its rights, the form of the arguments, the path, what is
 * there, whether the place can be changed, permission bits, the policy. Nothing has changed when an errno comes back.
 */

import { ALL_RIGHTS, ERRNO, FSTFLAGS, OFLAGS, RIGHTS, STRUCTS } from '../generated/abi.js';
import { FsError } from '../fs/errno.js';
import { encodeText } from '../fs/names.js';
import { OP, OPEN_CONTENT_BYTES, WORD } from '../wasi/wire.js';
import { gate } from './access_table.js';
import { sendFilesAhead, sendStatsAhead } from './ahead.js';
import { Device, isDescriptorDevice, openDevice } from './devices.js';
import { Descriptor } from './fd_table.js';
import { changeRefusal, directoryArgument, find, findEntry, first, followArgument, pathArgument, second } from './lookup.js';
import { ALL_FDFLAGS, argument, Directory, encodeInode, RegularFile, viewOf } from './open_file.js';

/** @typedef {import('../fs/inode.js').Inode} Inode */
/** @typedef {import('./host_call.js').HostCall} HostCall */
/** @typedef {import('./host_call.js').Handler} Handler */
/** @typedef {import('./lookup.js').Found} Found */

export const MAY_READ = 0o400;
export const MAY_WRITE = 0o200;
const ALL_OFLAGS = OFLAGS.CREAT | OFLAGS.DIRECTORY | OFLAGS.EXCL | OFLAGS.TRUNC;
const WRITE_RIGHTS = RIGHTS.FD_WRITE | RIGHTS.FD_ALLOCATE | RIGHTS.FD_FILESTAT_SET_SIZE;

/** The one path of a call. @param {HostCall} call */
export function onlyPath(call) {
  return pathArgument(call, 0, /** @type {number} */ (call.words[WORD.LENGTH]));
}

/** @param {HostCall} call @param {number} right of the descriptor in a0 @returns {Directory} */
export function directoryOf(call, right) {
  return /** @type {Directory} */ (directoryArgument(call, argument(call, 0), right).file);
}

/** Whether names may be made and removed in the directory of `found`; asks the policy. @param {HostCall} call
 * @param {Directory} directory @param {Found} found @param {boolean} [whole] @returns {number} 0, an errno or PENDING */
function mayChangeEntry(call, directory, found, whole = false) {
  const refused = changeRefusal(call.process, directory, found.store);
  if (refused !== 0) return refused;
  if (found.parent !== undefined && (found.parent.mode & MAY_WRITE) === 0) return ERRNO.ACCES;
  return gate(call, 'write', directory, found, whole);
}

/** @type {Handler} */
function pathOpen(call) {
  const descriptor = directoryArgument(call, argument(call, 0), RIGHTS.PATH_OPEN);
  const directory = /** @type {Directory} */ (descriptor.file);
  const oflags = argument(call, 2);
  const fdflags = argument(call, 7);
  const base = argument(call, 3) & ALL_RIGHTS;
  const inheriting = argument(call, 5) & ALL_RIGHTS;
  const creates = (oflags & OFLAGS.CREAT) !== 0;
  const truncates = (oflags & OFLAGS.TRUNC) !== 0;
  if (((base | inheriting) & ~descriptor.inheriting) !== 0) return ERRNO.NOTCAPABLE;
  if (creates && (descriptor.base & RIGHTS.PATH_CREATE_FILE) === 0) return ERRNO.NOTCAPABLE;
  if (truncates && (descriptor.base & RIGHTS.PATH_FILESTAT_SET_SIZE) === 0) return ERRNO.NOTCAPABLE;
  if ((oflags & ~ALL_OFLAGS) !== 0 || (fdflags & ~ALL_FDFLAGS) !== 0) return ERRNO.INVAL;
  if ((oflags & OFLAGS.DIRECTORY) !== 0 && oflags !== OFLAGS.DIRECTORY) return ERRNO.INVAL;
  const exclusive = creates && (oflags & OFLAGS.EXCL) !== 0;
  const follow = followArgument(call) && !exclusive;
  const path = onlyPath(call);
  if (creates && path.endsWith('/')) {
    findEntry(call.process, directory, path, first);
    return ERRNO.ISDIR;
  }
  find(call.process, directory, path, follow, first);
  const missing = first.inode === undefined;
  // A link that was followed may end in a slash as well.
  if (creates && missing && first.slash) return ERRNO.ISDIR;
  const errno = missing ? (creates ? mayChangeEntry(call, directory, first) : ERRNO.NOENT)
    : exclusive ? ERRNO.EXIST : openRefusal(call, directory, first, oflags, base);
  if (errno !== 0) return errno;
  return openFound(call, directory, base, inheriting, fdflags, truncates && !missing, oflags === 0);
}

/** Why what exists cannot be opened so. @param {HostCall} call @param {Directory} directory @param {Found} found @param {number} oflags
 * @param {number} base @returns {number} 0, an errno or PENDING */
function openRefusal(call, directory, found, oflags, base) {
  const inode = /** @type {Inode} */ (found.inode);
  const wantsDirectory = (oflags & OFLAGS.DIRECTORY) !== 0;
  if (inode.isSymlink) return wantsDirectory ? ERRNO.NOTDIR : ERRNO.LOOP;
  if (inode.isDirectory) {
    if ((oflags & (OFLAGS.CREAT | OFLAGS.TRUNC)) !== 0 || (base & RIGHTS.FD_WRITE) !== 0) return ERRNO.ISDIR;
    return (base & (RIGHTS.FD_READ | RIGHTS.FD_READDIR)) !== 0 && (inode.mode & MAY_READ) === 0 ? ERRNO.ACCES : 0;
  }
  if (wantsDirectory) return ERRNO.NOTDIR;
  if (!inode.isFile) return 0;
  const writes = (base & WRITE_RIGHTS) !== 0 || (oflags & OFLAGS.TRUNC) !== 0;
  const reads = (base & RIGHTS.FD_READ) !== 0;
  if (writes) {
    const refused = changeRefusal(call.process, directory, found.store);
    if (refused !== 0) return refused;
  }
  if ((writes && (inode.mode & MAY_WRITE) === 0) || (reads && (inode.mode & MAY_READ) === 0)) return ERRNO.ACCES;
  return (writes ? gate(call, 'write', directory, found) : 0) || (reads ? gate(call, 'read', directory, found) : 0);
}

/** Open what `first` holds, made if it is missing. @param {HostCall} call @param {Directory} directory @param {number} base
 * @param {number} inheriting @param {number} fdflags @param {boolean} truncates @param {boolean} isPlainRead without oflags @returns {number} */
function openFound(call, directory, base, inheriting, fdflags, truncates, isPlainRead) {
  const { words, process } = call;
  const { store, parent, name } = first;
  const fd = process.fds.vacant();
  const inode = first.inode ?? store.createFile(/** @type {Inode} */ (parent), name, 0o666 & ~process.umask);
  if (truncates && inode.isFile) store.truncate(inode, 0);
  const opened = inode.isFile ? new Descriptor(new RegularFile(store, inode, fdflags, directory, parent, name), base, 0)
    : inode.isDirectory ? new Descriptor(new Directory(store, inode, directory.confinement, fdflags), base, inheriting)
      : openDevice(process, store, inode, base, fdflags);
  const { file } = opened;
  opened.base &= file.rights;
  process.fds.put(fd, opened);
  words[WORD.ARG] = fd;
  words[WORD.ARG + 1] = inode.isFile ? 1 : file instanceof Device ? 2 : 0;
  file.stat(viewOf(call));
  const from = STRUCTS.filestat.SIZEOF;
  const content = inode.isFile && (base & RIGHTS.FD_READ) !== 0 && store.size(inode) > 0
    ? store.read(inode, call.data.subarray(from, from + OPEN_CONTENT_BYTES), 0) : 0;
  words[WORD.LENGTH] = from + content;
  words[WORD.ARG + 2] = process.fds.free;
  if (isPlainRead && inode.isFile && (base & (WRITE_RIGHTS | RIGHTS.FD_READ)) === RIGHTS.FD_READ) {
    sendFilesAhead(call, directory, first, base, fdflags);
  }
  return 0;
}

/** @type {Handler} */
function filestatGet(call) {
  const directory = directoryOf(call, RIGHTS.PATH_FILESTAT_GET);
  const follow = followArgument(call);
  find(call.process, directory, onlyPath(call), follow, first);
  const { store, inode } = first;
  if (inode === undefined) return ERRNO.NOENT;
  if (follow && isDescriptorDevice(inode)) openDevice(call.process, store, inode, 0, 0).file.stat(viewOf(call));
  else encodeInode(viewOf(call), store, inode);
  call.words[WORD.LENGTH] = STRUCTS.filestat.SIZEOF;
  sendStatsAhead(call, first, follow);
  return 0;
}

/** Times for `setAttributes` from the arguments of a call. @param {HostCall} call @param {number} index of the first @param {() => bigint} now
 * @returns {{ atime?: bigint, mtime?: bigint } | null} null when the flags contradict one another */
export function timesArgument(call, index, now) {
  const flags = argument(call, index + 4);
  const { ATIM, ATIM_NOW, MTIM, MTIM_NOW } = FSTFLAGS;
  const both = ATIM | ATIM_NOW;
  if ((flags & ~(both | MTIM | MTIM_NOW)) !== 0 || (flags & both) === both || (flags & (MTIM | MTIM_NOW)) === (MTIM | MTIM_NOW)) {
    return null;
  }
  const given = (/** @type {number} */ at) =>
    (BigInt(argument(call, at + 1) >>> 0) << 32n) | BigInt(argument(call, at) >>> 0);
  const time = (flags & (ATIM_NOW | MTIM_NOW)) !== 0 ? now() : 0n;
  /** @type {{ atime?: bigint, mtime?: bigint }} */
  const times = {};
  if ((flags & both) !== 0) times.atime = (flags & ATIM) !== 0 ? given(index) : time;
  if ((flags & (MTIM | MTIM_NOW)) !== 0) times.mtime = (flags & MTIM) !== 0 ? given(index + 2) : time;
  return times;
}

/** @type {Handler} */
function filestatSetTimes(call) {
  const directory = directoryOf(call, RIGHTS.PATH_FILESTAT_SET_TIMES);
  const times = timesArgument(call, 2, directory.store.now);
  if (times === null) return ERRNO.INVAL;
  find(call.process, directory, onlyPath(call), followArgument(call), first);
  if (first.inode === undefined) return ERRNO.NOENT;
  const errno = changeRefusal(call.process, directory, first.store) || gate(call, 'write', directory, first);
  if (errno !== 0) return errno;
  if (times.atime !== undefined || times.mtime !== undefined) first.store.setAttributes(first.inode, times);
  return 0;
}

/** @type {Handler} */
function createDirectory(call) {
  const directory = directoryOf(call, RIGHTS.PATH_CREATE_DIRECTORY);
  findEntry(call.process, directory, onlyPath(call), first);
  if (first.inode !== undefined) return ERRNO.EXIST;
  const errno = mayChangeEntry(call, directory, first);
  if (errno !== 0) return errno;
  first.store.createDirectory(/** @type {Inode} */ (first.parent), first.name, 0o777 & ~call.process.umask);
  return 0;
}

/** @type {Handler} */
function removeDirectory(call) {
  const directory = directoryOf(call, RIGHTS.PATH_REMOVE_DIRECTORY);
  const path = onlyPath(call);
  findEntry(call.process, directory, path, first);
  const { store, inode, parent, name } = first;
  if (inode === undefined) return ERRNO.NOENT;
  if (parent === undefined) {
    const last = /([^/]*)\/*$/.exec(path)?.[1];
    return last === '.' ? ERRNO.INVAL : last === '..' ? ERRNO.NOTEMPTY : ERRNO.BUSY;
  }
  if (!inode.isDirectory) return ERRNO.NOTDIR;
  const errno = mayChangeEntry(call, directory, first);
  if (errno === 0) store.removeDirectory(parent, name);
  return errno;
}

/** @type {Handler} */
function unlinkFile(call) {
  const directory = directoryOf(call, RIGHTS.PATH_UNLINK_FILE);
  findEntry(call.process, directory, onlyPath(call), first);
  const { store, inode, parent, name, slash } = first;
  if (inode === undefined) return ERRNO.NOENT;
  if (inode.isDirectory || parent === undefined) return ERRNO.ISDIR;
  if (slash) return ERRNO.NOTDIR;
  const errno = mayChangeEntry(call, directory, first);
  if (errno === 0) store.unlink(parent, name);
  return errno;
}

/** @type {Handler} */
function readlink(call) {
  find(call.process, directoryOf(call, RIGHTS.PATH_READLINK), onlyPath(call), false, first);
  const { inode } = first;
  if (inode === undefined) return ERRNO.NOENT;
  if (!inode.isSymlink) return ERRNO.INVAL;
  const target = encodeText(inode.target);
  call.data.set(target);
  call.words[WORD.LENGTH] = target.length;
  return 0;
}

/** The two paths of a call. @param {HostCall} call @returns {[string, string]} */
function twoPaths(call) {
  const split = argument(call, 7);
  const length = /** @type {number} */ (call.words[WORD.LENGTH]);
  return [pathArgument(call, 0, split), pathArgument(call, split, length - split)];
}

/** @type {Handler} */
function symlink(call) {
  const directory = directoryOf(call, RIGHTS.PATH_SYMLINK);
  const [target, path] = twoPaths(call);
  if (directory.confinement !== null && target.startsWith('/')) return ERRNO.PERM;
  findEntry(call.process, directory, path, first);
  const { store, inode, parent, name, slash } = first;
  if (inode !== undefined) return ERRNO.EXIST;
  if (slash) return ERRNO.NOENT;
  const errno = mayChangeEntry(call, directory, first);
  if (errno === 0) store.createSymlink(/** @type {Inode} */ (parent), name, target);
  return errno;
}

/** The directories and paths of a call with two, looked up into `first` and `second`. @param {HostCall} call @param {number} oldRight
 * @param {number} newRight @param {(from: Directory, oldPath: string) => void} findOld @returns {[Directory, Directory]} */
function findBoth(call, oldRight, newRight, findOld) {
  const from = directoryOf(call, oldRight);
  const to = /** @type {Directory} */ (directoryArgument(call, argument(call, 2), newRight).file);
  const [oldPath, newPath] = twoPaths(call);
  findOld(from, oldPath);
  findEntry(call.process, to, newPath, second);
  return [from, to];
}

/** @type {Handler} */
function link(call) {
  const follow = followArgument(call);
  const [from, to] = findBoth(call, RIGHTS.PATH_LINK_SOURCE, RIGHTS.PATH_LINK_TARGET, (directory, path) => {
    find(call.process, directory, path, follow, first);
    if (first.inode === undefined) throw new FsError('ENOENT', path);
  });
  const inode = /** @type {Inode} */ (first.inode);
  if (second.inode !== undefined) return ERRNO.EXIST;
  if (second.slash) return ERRNO.NOENT;
  if (first.store !== second.store) return ERRNO.XDEV;
  if (inode.isDirectory) return ERRNO.PERM;
  const errno = gate(call, 'read', from, first) || gate(call, 'write', from, first) || mayChangeEntry(call, to, second);
  if (errno === 0) second.store.link(inode, /** @type {Inode} */ (second.parent), second.name);
  return errno;
}

/** @type {Handler} */
function rename(call) {
  const [from, to] = findBoth(call, RIGHTS.PATH_RENAME_SOURCE, RIGHTS.PATH_RENAME_TARGET, (directory, path) => {
    findEntry(call.process, directory, path, first);
  });
  const { inode } = first;
  if (first.parent === undefined || second.parent === undefined) return ERRNO.BUSY;
  if (first.store !== second.store) return ERRNO.XDEV;
  if (inode === undefined) return ERRNO.NOENT;
  if (!inode.isDirectory && (first.slash || second.slash)) return ERRNO.NOTDIR;
  const errno = gate(call, 'read', from, first, true) || mayChangeEntry(call, from, first, true) || mayChangeEntry(call, to, second, true);
  if (errno === 0) first.store.rename(first.parent, first.name, second.parent, second.name);
  return errno;
}

/** @type {ReadonlyMap<number, Handler>} */
export const PATH_HANDLERS = new Map([
  [OP.PATH_OPEN, pathOpen],
  [OP.PATH_CREATE_DIRECTORY, createDirectory],
  [OP.PATH_FILESTAT_GET, filestatGet],
  [OP.PATH_FILESTAT_SET_TIMES, filestatSetTimes],
  [OP.PATH_LINK, link],
  [OP.PATH_READLINK, readlink],
  [OP.PATH_REMOVE_DIRECTORY, removeDirectory],
  [OP.PATH_RENAME, rename],
  [OP.PATH_SYMLINK, symlink],
  [OP.PATH_UNLINK_FILE, unlinkFile],
]);
