/**
 * Open file descriptions: what descriptors, perhaps of several processes, share: an offset, flags, a lock.
 *
 * `OpenFile` is what every kind implements and answers with its kind's errno where it cannot. Regular files and directories
 * are here, devices in `devices.js`, pipes and terminals beside them.
 */

import { ERRNO, FDFLAGS, FILESTAT_MODE_KNOWN, FILETYPE, RIGHTS, STRUCTS, WHENCE } from '../generated/abi.js';
import { MODE_BITS, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG } from '../fs/inode.js';
import { WORD } from '../wasi/wire.js';
import { unlockFile } from './file_locks.js';

/** @typedef {import('../fs/inode.js').Inode} Inode */
/** @typedef {import('../fs/inode.js').DirectoryEntry} DirectoryEntry */
/** @typedef {import('../fs/inode_store.js').InodeStore} InodeStore */
/** @typedef {import('./host_call.js').HostCall} HostCall */

/** What a kind answers to what it cannot do; the keys are what `Descriptor.refusal` asks about. */
const STREAM_ERRNO = Object.freeze({
  read: ERRNO.BADF, write: ERRNO.BADF, pread: ERRNO.SPIPE, pwrite: ERRNO.SPIPE, seek: ERRNO.SPIPE, advise: ERRNO.SPIPE,
  allocate: ERRNO.SPIPE, resize: ERRNO.INVAL, times: ERRNO.BADF, sync: ERRNO.INVAL, list: ERRNO.NOTDIR, stat: ERRNO.BADF,
  flags: ERRNO.BADF, poll: ERRNO.BADF,
});
/** @typedef {Readonly<Record<keyof typeof STREAM_ERRNO, number>>} ErrnoTable */
/** @type {ErrnoTable} */
const DIRECTORY_ERRNO = Object.freeze({
  ...STREAM_ERRNO, read: ERRNO.ISDIR, pread: ERRNO.ISDIR, pwrite: ERRNO.BADF, seek: ERRNO.BADF, advise: ERRNO.BADF,
  allocate: ERRNO.BADF,
});

const COMMON_RIGHTS = RIGHTS.FD_FILESTAT_GET | RIGHTS.FD_FILESTAT_SET_TIMES | RIGHTS.FD_FDSTAT_SET_FLAGS | RIGHTS.FD_SYNC
  | RIGHTS.FD_DATASYNC;
/** Rights that mean something for each kind; `path_open` drops the others. */
export const STREAM_RIGHTS = RIGHTS.FD_READ | RIGHTS.FD_WRITE | RIGHTS.FD_FILESTAT_GET | RIGHTS.FD_FDSTAT_SET_FLAGS
  | RIGHTS.POLL_FD_READWRITE;
/** A character device that can seek is no terminal: that is how C libraries tell them apart. */
export const DEVICE_RIGHTS = STREAM_RIGHTS | COMMON_RIGHTS | RIGHTS.FD_SEEK | RIGHTS.FD_TELL;
const REGULAR_RIGHTS = DEVICE_RIGHTS | RIGHTS.FD_ADVISE | RIGHTS.FD_ALLOCATE | RIGHTS.FD_FILESTAT_SET_SIZE;
const DIRECTORY_RIGHTS = COMMON_RIGHTS | RIGHTS.PATH_CREATE_DIRECTORY | RIGHTS.PATH_CREATE_FILE | RIGHTS.PATH_LINK_SOURCE
  | RIGHTS.PATH_LINK_TARGET | RIGHTS.PATH_OPEN | RIGHTS.FD_READDIR | RIGHTS.PATH_READLINK | RIGHTS.PATH_RENAME_SOURCE
  | RIGHTS.PATH_RENAME_TARGET | RIGHTS.PATH_FILESTAT_GET | RIGHTS.PATH_FILESTAT_SET_SIZE | RIGHTS.PATH_FILESTAT_SET_TIMES
  | RIGHTS.PATH_SYMLINK | RIGHTS.PATH_REMOVE_DIRECTORY | RIGHTS.PATH_UNLINK_FILE;

export const ALL_FDFLAGS = FDFLAGS.APPEND | FDFLAGS.DSYNC | FDFLAGS.NONBLOCK | FDFLAGS.RSYNC | FDFLAGS.SYNC;

/** @type {ReadonlyMap<number, number>} */
const FILETYPES = new Map([
  [S_IFREG, FILETYPE.REGULAR_FILE], [S_IFDIR, FILETYPE.DIRECTORY], [S_IFLNK, FILETYPE.SYMBOLIC_LINK],
  [S_IFCHR, FILETYPE.CHARACTER_DEVICE], [S_IFIFO, FILETYPE.UNKNOWN],
]);

/** @param {Inode} inode @returns {number} FILETYPE */
export function filetypeOf(inode) {
  const type = inode.mode & S_IFMT;
  return type === S_IFREG ? FILETYPE.REGULAR_FILE : FILETYPES.get(type) ?? FILETYPE.UNKNOWN;
}

/** The data of a call, to write structures to. @param {HostCall} call */
export function viewOf(call) {
  return (call.view ??= new DataView(call.data.buffer, call.data.byteOffset, call.data.byteLength));
}

/** @param {DataView} view @param {number} at @param {number} value 0 … 2^53 */
export function setU64(view, at, value) {
  view.setUint32(at, value >>> 0, true);
  view.setUint32(at + 4, value < 0x1_0000_0000 ? 0 : Math.floor(value / 0x1_0000_0000), true);
}

/** An i64 argument as a number; beyond 2^53 it is no longer exact. @param {HostCall} call @param {number} index of its low word */
export function i64(call, index) {
  return /** @type {number} */ (call.words[WORD.ARG + index + 1]) * 0x1_0000_0000
    + (/** @type {number} */ (call.words[WORD.ARG + index]) >>> 0);
}

/** An argument. @param {HostCall} call @param {number} index @returns {number} */
export function argument(call, index) {
  return /** @type {number} */ (call.words[WORD.ARG + index]);
}

/**
 * @typedef {object} FileAttributes
 * @property {number} [mode] permission bits
 * @property {number} [nlink]
 * @property {number} [size]
 * @property {bigint} [atime] nanoseconds since 1970
 * @property {bigint} [mtime]
 * @property {bigint} [ctime]
 */

/** Write a filestat to the start of `view`. @param {DataView} view @param {number} dev @param {number} ino @param {number} filetype
 * @param {FileAttributes} attributes */
export function encodeFilestat(view, dev, ino, filetype, { mode = 0, nlink = 1, size = 0, atime = 0n, mtime = 0n, ctime = 0n }) {
  const at = STRUCTS.filestat;
  setU64(view, at.dev, dev);
  setU64(view, at.ino, ino);
  setU64(view, at.filetype, filetype);
  view.setUint32(at.mode, ((mode & MODE_BITS) | FILESTAT_MODE_KNOWN) >>> 0, true);
  setU64(view, at.nlink, nlink);
  setU64(view, at.size, size);
  view.setBigUint64(at.atim, atime, true);
  view.setBigUint64(at.mtim, mtime, true);
  view.setBigUint64(at.ctim, ctime, true);
}

/** Device number of each store; those below 16 are for what lies in none. @type {WeakMap<InodeStore, number>} */
const devices = new WeakMap();
let lastDevice = 15;

/** @param {DataView} view @param {InodeStore} store @param {Inode} inode */
export function encodeInode(view, store, inode) {
  let device = devices.get(store);
  if (device === undefined) devices.set(store, (device = ++lastDevice));
  const { mode, nlink, atime, mtime, ctime } = inode;
  encodeFilestat(view, device, inode.ino, filetypeOf(inode), { mode, nlink, size: store.size(inode), atime, mtime, ctime });
}

/** @typedef {{ read: boolean, write: boolean, hangup: boolean }} Readiness `hangup`: nobody is at the other end */
const ALWAYS_READY = Object.freeze({ read: true, write: true, hangup: false });

/** An open file of any kind. `read` and `write` may return PENDING; all others return an errno at once. */
export class OpenFile {
  /** Descriptors of it. */
  refs = 0;

  /** @param {number} filetype FILETYPE @param {number} rights that mean something for it @param {number} flags FDFLAGS
   * @param {ErrnoTable} errnos */
  constructor(filetype, rights, flags = 0, errnos = STREAM_ERRNO) {
    this.filetype = filetype;
    this.rights = rights;
    this.flags = flags;
    this.errnos = errnos;
  }

  /** Put at most `most` bytes into the data and their number into LENGTH; none is the end. @param {HostCall} _call @param {number} _most */
  read(_call, _most) {
    return this.errnos.read;
  }

  /** Take `length` bytes of the data; how many were taken goes to a0. @param {HostCall} _call @param {number} _length @returns {number} */
  write(_call, _length) {
    return this.errnos.write;
  }

  /** @param {HostCall} _call @param {number} _most @param {number} _position @returns {number} */
  pread(_call, _most, _position) {
    return this.errnos.pread;
  }

  /** @param {HostCall} _call @param {number} _length @param {number} _position @returns {number} */
  pwrite(_call, _length, _position) {
    return this.errnos.pwrite;
  }

  /** Move the offset; the new one goes to a0,1. @param {HostCall} _call @param {number} _offset @param {number} _whence @returns {number} */
  seek(_call, _offset, _whence) {
    return this.errnos.seek;
  }

  /** Write a filestat to the start of `view`. @param {DataView} view */
  stat(view) {
    encodeFilestat(view, 0, 0, this.filetype, {});
  }

  /** Bytes that can be read at once, if known. */
  available() {
    return 0;
  }

  /** @returns {Readiness} */
  readiness() {
    return ALWAYS_READY;
  }

  /** @param {() => void} _listener called when the readiness may have changed @returns {() => void} to stop that */
  onReady(_listener) {
    return () => {};
  }

  /** The last descriptor is gone. */
  close() {}
}

/** What lies in a store. */
class InodeFile extends OpenFile {
  /** @param {InodeStore} store @param {Inode} inode @param {number} rights @param {number} flags @param {ErrnoTable} errnos */
  constructor(store, inode, rights, flags, errnos) {
    super(filetypeOf(inode), rights, flags, errnos);
    this.store = store;
    this.inode = inode;
    store.open(inode);
  }

  /** @override @param {DataView} view */
  stat(view) {
    encodeInode(view, this.store, this.inode);
  }

  /** @override */
  close() {
    unlockFile(this, this.inode);
    this.store.close(this.inode);
  }
}

export class RegularFile extends InodeFile {
  offset = 0;

  /** @param {InodeStore} store @param {Inode} inode @param {number} flags @param {Directory} directory it was looked up from
   * @param {Inode | undefined} parent @param {string} name where it was when it was opened */
  constructor(store, inode, flags, directory, parent, name) {
    super(store, inode, REGULAR_RIGHTS, flags, STREAM_ERRNO);
    this.directory = directory;
    this.parent = parent;
    this.name = name;
  }

  /** @override @param {HostCall} call @param {number} most */
  read(call, most) {
    const errno = this.pread(call, most, this.offset);
    if (errno === 0) this.offset += /** @type {number} */ (call.words[WORD.LENGTH]);
    return errno;
  }

  /** @override @param {HostCall} call @param {number} most @param {number} position */
  pread(call, most, position) {
    const length = Math.max(0, Math.min(most, call.data.length, this.store.size(this.inode) - position));
    call.words[WORD.LENGTH] = length > 0 ? this.store.read(this.inode, call.data.subarray(0, length), position) : 0;
    return 0;
  }

  /** @override @param {HostCall} call @param {number} length */
  write(call, length) {
    if ((this.flags & FDFLAGS.APPEND) !== 0 && length > 0) this.offset = this.store.size(this.inode);
    const errno = this.pwrite(call, length, this.offset);
    if (errno === 0) this.offset += /** @type {number} */ (call.words[WORD.ARG]);
    return errno;
  }

  /** Writes there even when appending, as POSIX says. @override @param {HostCall} call @param {number} length @param {number} position */
  pwrite(call, length, position) {
    const room = Math.min(call.process.limits.fileBytes, this.store.quota.limits.fileBytes) - position;
    if (room <= 0 && length > 0) return ERRNO.FBIG;
    const taken = Math.min(length, room);
    call.words[WORD.ARG] = taken > 0 ? this.store.write(this.inode, call.data.subarray(0, taken), position) : 0;
    return 0;
  }

  /** @override @param {HostCall} call @param {number} offset @param {number} whence */
  seek(call, offset, whence) {
    const target = offset + (whence === WHENCE.CUR ? this.offset : whence === WHENCE.END ? this.store.size(this.inode) : 0);
    if (target < 0 || !Number.isSafeInteger(target)) return ERRNO.INVAL;
    this.offset = target;
    call.words[WORD.ARG] = target | 0;
    call.words[WORD.ARG + 1] = Math.floor(target / 0x1_0000_0000);
    return 0;
  }

  /** @override */
  available() {
    return Math.max(0, this.store.size(this.inode) - this.offset);
  }
}

/**
 * A directory that a preopen of its own confines: nothing leads out of what is opened below it.
 * @typedef {object} Confinement
 * @property {Inode} inode the preopened directory
 * @property {string} path its guest path
 * @property {boolean} readOnly
 */

export class Directory extends InodeFile {
  /** Where a listing goes on without a search: behind the entry whose cookie is `after` comes `next`, then `entries`.
   * @type {{ after: number, next: DirectoryEntry, entries: Iterator<DirectoryEntry, void> } | null} */
  listing = null;

  /** @param {InodeStore} store @param {Inode} inode @param {Confinement | null} confinement null below the guest root @param {number} flags */
  constructor(store, inode, confinement = null, flags = 0) {
    super(store, inode, DIRECTORY_RIGHTS, flags, DIRECTORY_ERRNO);
    this.place = { store, inode };
    this.confinement = confinement;
  }
}
