/**
 * The inode store: the workspace's file system, in memory, with POSIX semantics.
 *
 * Works on inodes and single names; paths are the resolver's, open files and access rights the caller's. Every
 * operation either happens whole or throws an `FsError` and changes nothing. Reading never changes a time (as if
 * mounted `noatime`).
 *
 *   new InodeStore({ limits?, now? })
 *   root · generation · usage()
 *   lookup(dir, name) · list(dir, cookie?) · stat(inode) · inodes()
 *   createFile · createDirectory · createSymlink · createNode · adoptFile · link · unlink · removeDirectory · rename
 *   removeTree · cloneTree
 *   read · write · truncate · allocate · setAttributes · open · close
 *   trackChanges() · untrack(tracker) · onEntryChange(listener)
 */

import { ChangeTracker } from './changes.js';
import { createFileClock } from './clock.js';
import { cloneTree } from './clone.js';
import { checkRename, isWithin, requireDirectory, requireEntry, requireVacant } from './directory.js';
import { FsError } from './errno.js';
import { FileData, Quota } from './extents.js';
import { Inode, MODE_BITS, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from './inode.js';
import { DEFAULT_LIMITS, LINK_MAX } from './limits.js';
import { byteLength, checkPath } from './names.js';

/** @typedef {import('./inode.js').Stat} Stat */
/** @typedef {import('./inode.js').DirectoryEntry} DirectoryEntry */
/** @typedef {import('./limits.js').Limits} Limits */
/** Called after the entry `name` of `directory` was added, removed or replaced.
 * @typedef {(directory: Inode, name: string) => void} EntryListener */
/** @typedef {{ bytes: number, inodes: number, limits: Limits }} Usage */

export class InodeStore {
  /** @type {Set<ChangeTracker>} */
  #trackers = new Set();
  /** @type {Set<EntryListener>} */
  #listeners = new Set();
  #nextIno = 1;

  /** @param {{ limits?: Partial<Limits>, now?: () => bigint }} [options] `now` gives nanoseconds since 1970 */
  constructor(options = {}) {
    /** @readonly */
    this.quota = new Quota({ ...DEFAULT_LIMITS, ...options.limits });
    /** Time of the next change. */
    this.now = options.now ?? createFileClock();
    /** Grows with every change of anything in the store. */
    this.generation = 0;
    /** Shared memory that follows the generation, for processes that keep what they read. @type {Int32Array | null} */
    this.generationWord = null;
    /** @readonly */
    this.root = this.newInode(S_IFDIR | 0o755);
    this.root.nlink = 2;
    this.root.parent = this.root;
  }

  /** @returns {Usage} */
  usage() {
    return { bytes: this.quota.bytes, inodes: this.quota.inodes, limits: this.quota.limits };
  }

  // Looking.

  /** @param {Inode} directory @param {string} name @returns {Inode | undefined} @throws {FsError} ENOTDIR */
  lookup(directory, name) {
    if (directory.entries === null) throw new FsError('ENOTDIR', name);
    return directory.entries.get(name)?.inode;
  }

  /**
   * Entries of a directory in order of insertion, without `.` and `..`. Entries added or removed meanwhile may or may
   * not be seen; all others are seen once. To go on later, pass the cookie of the last entry taken.
   * @param {Inode} directory
   * @param {number} [cookie]
   * @returns {Generator<DirectoryEntry, void, void>}
   */
  *list(directory, cookie = 0) {
    for (const entry of requireDirectory(directory).values()) if (entry.cookie > cookie) yield entry;
  }

  /** @param {Inode} inode @returns {Stat} */
  stat(inode) {
    const allocated = inode.data?.allocated ?? 0;
    const { ino, mode, nlink, uid, gid, rdev, atime, mtime, ctime, generation } = inode;
    const blocks = Math.ceil(allocated / 512);
    return { ino, mode, nlink, uid, gid, rdev, size: this.size(inode), blocks, atime, mtime, ctime, generation };
  }

  /** @param {Inode} inode @returns {number} as in `stat`: a link's target, a directory's nominal size */
  size(inode) {
    if (inode.data !== null) return inode.data.size;
    return inode.isSymlink ? byteLength(inode.target) : inode.entries === null ? 0 : 4096;
  }

  /** Every inode that has a name, parents before their entries. @returns {Generator<Inode, void, void>} */
  *inodes() {
    const seen = new Set([this.root]);
    for (const inode of seen) {
      yield inode;
      for (const entry of inode.entries?.values() ?? []) seen.add(entry.inode);
    }
  }

  // Making and removing names.

  /** @param {Inode} directory @param {string} name @param {number} [mode] @throws {FsError} EEXIST, ENOSPC… */
  createFile(directory, name, mode = 0o644) {
    return this.createNode(directory, name, S_IFREG | (mode & MODE_BITS));
  }

  /** @param {Inode} directory @param {string} name @param {number} [mode] @throws {FsError} EEXIST, ENOSPC… */
  createDirectory(directory, name, mode = 0o755) {
    return this.createNode(directory, name, S_IFDIR | (mode & MODE_BITS));
  }

  /** @param {Inode} directory @param {string} name @param {string} target @throws {FsError} EEXIST, ENOENT for no target… */
  createSymlink(directory, name, target) {
    checkPath(target);
    const inode = this.createNode(directory, name, S_IFLNK | 0o777);
    inode.target = target;
    return inode;
  }

  /** @param {Inode} directory @param {string} name @param {number} mode type and permission bits @param {number} [rdev] */
  createNode(directory, name, mode, rdev = 0) {
    requireVacant(directory, name);
    const inode = this.newInode(mode);
    inode.rdev = rdev;
    this.attach(directory, name, inode);
    return inode;
  }

  /**
   * Put a file made of `bytes` in place, without copying them; a file of that name is replaced as `rename` would.
   * @param {Inode} directory @param {string} name @param {Uint8Array} bytes given up by the caller @param {number} [mode]
   */
  adoptFile(directory, name, bytes, mode = 0o644) {
    if (bytes.length > this.quota.limits.fileBytes) throw new FsError('EFBIG', name);
    const existing = this.lookup(directory, name);
    if (existing === undefined) requireVacant(directory, name);
    else if (existing.isDirectory) throw new FsError('EISDIR', name);
    this.quota.chargeInodes(1);
    this.quota.chargeInodes(-1);
    const data = FileData.adopt(bytes, this.quota);
    const inode = this.newInode(S_IFREG | (mode & MODE_BITS));
    inode.data = data;
    if (existing !== undefined) this.#detach(directory, name, existing);
    this.attach(directory, name, inode);
    return inode;
  }

  /** Another name for a file. @param {Inode} inode @param {Inode} directory @param {string} name
   * @throws {FsError} EPERM for a directory, EEXIST, EMLINK, ENOENT when it has no name any more */
  link(inode, directory, name) {
    if (inode.isDirectory) throw new FsError('EPERM', 'a directory has one name');
    if (inode.nlink === 0) throw new FsError('ENOENT', name);
    if (inode.nlink >= LINK_MAX) throw new FsError('EMLINK', name);
    requireVacant(directory, name);
    this.attach(directory, name, inode);
  }

  /** @param {Inode} directory @param {string} name @throws {FsError} ENOENT, EISDIR */
  unlink(directory, name) {
    const inode = requireEntry(directory, name).inode;
    if (inode.isDirectory) throw new FsError('EISDIR', name);
    this.#detach(directory, name, inode);
  }

  /** @param {Inode} directory @param {string} name @throws {FsError} ENOENT, ENOTDIR, ENOTEMPTY */
  removeDirectory(directory, name) {
    const inode = requireEntry(directory, name).inode;
    if (requireDirectory(inode).size > 0) throw new FsError('ENOTEMPTY', name);
    this.#detach(directory, name, inode);
  }

  /** Remove a name and, for a directory, all below it; a missing name is no error. @param {Inode} directory @param {string} name */
  removeTree(directory, name) {
    const top = this.lookup(directory, name);
    if (top === undefined) return;
    /** @type {{ directory: Inode, name: string, inode: Inode }[]} */
    const order = [{ directory, name, inode: top }];
    for (const { inode } of order) {
      for (const entry of inode.entries?.values() ?? []) order.push({ directory: inode, name: entry.name, inode: entry.inode });
    }
    for (const step of order.reverse()) this.#detach(step.directory, step.name, step.inode);
  }

  /**
   * POSIX rename: replaces the target in one step; two names of one file are left as they are.
   * @param {Inode} oldDirectory @param {string} oldName @param {Inode} newDirectory @param {string} newName
   * @returns {boolean} whether anything changed
   * @throws {FsError} ENOENT, EISDIR, ENOTDIR, ENOTEMPTY, EINVAL for a directory into itself
   */
  rename(oldDirectory, oldName, newDirectory, newName) {
    const moved = requireEntry(oldDirectory, oldName).inode;
    const replaced = checkRename(moved, oldDirectory, newDirectory, newName);
    if (replaced === moved) return false;
    if (replaced !== undefined) this.#release(replaced, newDirectory);
    oldDirectory.entries?.delete(oldName);
    if (moved.isDirectory && oldDirectory !== newDirectory) {
      oldDirectory.nlink -= 1;
      newDirectory.nlink += 1;
    }
    this.#insert(newDirectory, newName, moved);
    this.#entryChanged(oldDirectory, oldName);
    this.#entryChanged(newDirectory, newName);
    moved.ctime = newDirectory.ctime;
    this.touch(moved);
    return true;
  }

  /**
   * Copy a tree in O(inodes): content is shared until either side writes. Hard links within the tree stay linked,
   * times and modes are kept.
   * @param {Inode} source @param {Inode} directory @param {string} name
   * @returns {Inode} the copy
   * @throws {FsError} EEXIST, ENOSPC, EINVAL when `directory` lies within `source`
   */
  cloneTree(source, directory, name) {
    requireVacant(directory, name);
    if (isWithin(directory, source)) throw new FsError('EINVAL', 'a tree cannot be copied into itself');
    return cloneTree(this, source, directory, name);
  }

  // Content and attributes.

  /**
   * @param {Inode} inode @param {Uint8Array | Int8Array} target filled from its start @param {number} position
   * @returns {number} bytes read, 0 at the end
   */
  read(inode, target, position) {
    return this.#content(inode).read(target, position);
  }

  /** Write all of `source`, or nothing. @param {Inode} inode @param {Uint8Array} source @param {number} position
   * @returns {number} bytes written @throws {FsError} EFBIG, ENOSPC */
  write(inode, source, position) {
    const data = this.#content(inode);
    if (source.length === 0) return 0;
    this.#checkSize(position + source.length);
    data.write(source, position, this.quota);
    this.#modified(inode);
    return source.length;
  }

  /** @param {Inode} inode @param {number} size @throws {FsError} EFBIG, EISDIR, EINVAL */
  truncate(inode, size) {
    const data = this.#content(inode);
    this.#checkSize(size);
    data.truncate(size, this.quota);
    this.#modified(inode);
  }

  /** Reserve memory for a range and grow the file to hold it. @param {Inode} inode @param {number} position
   * @param {number} length @throws {FsError} EFBIG, ENOSPC, EINVAL */
  allocate(inode, position, length) {
    const data = this.#content(inode);
    if (length <= 0) throw new FsError('EINVAL', 'length must be positive');
    this.#checkSize(position + length);
    data.allocate(position, length, this.quota);
    this.#modified(inode);
  }

  /** @param {Inode} inode @param {{ mode?: number, atime?: bigint, mtime?: bigint }} attributes mode: permission bits only */
  setAttributes(inode, { mode, atime, mtime }) {
    if (mode !== undefined) inode.mode = (inode.mode & S_IFMT) | (mode & MODE_BITS);
    if (atime !== undefined) inode.atime = atime;
    if (mtime !== undefined) inode.mtime = mtime;
    inode.ctime = this.now();
    this.touch(inode);
  }

  /** Count one open file description. @param {Inode} inode */
  open(inode) {
    inode.openCount += 1;
  }

  /** The last close of a file without names frees it. @param {Inode} inode */
  close(inode) {
    inode.openCount -= 1;
    if (inode.openCount === 0 && inode.nlink === 0) this.#free(inode);
  }

  // Watching.

  /** @returns {ChangeTracker} told of every change from now on */
  trackChanges() {
    const tracker = new ChangeTracker();
    this.#trackers.add(tracker);
    return tracker;
  }

  /** @param {ChangeTracker} tracker */
  untrack(tracker) {
    this.#trackers.delete(tracker);
  }

  /** @param {EntryListener} listener called synchronously, after the change @returns {() => void} to stop that */
  onEntryChange(listener) {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  // For the modules of this folder that build trees (clone, pack).

  /** A new inode without a name, counted against the quota. @param {number} mode @param {number} [ino] */
  newInode(mode, ino = this.#nextIno) {
    this.quota.chargeInodes(1);
    this.#nextIno = Math.max(this.#nextIno, ino + 1);
    const inode = new Inode(ino, mode, this.now());
    this.touch(inode);
    return inode;
  }

  /** Give `inode` a name that is known to be free. @param {Inode} directory @param {string} name @param {Inode} inode */
  attach(directory, name, inode) {
    this.place(directory, name, inode);
    this.#entryChanged(directory, name);
    inode.ctime = directory.ctime;
    this.touch(inode);
  }

  /** `attach` without times and notices. @param {Inode} directory @param {string} name @param {Inode} inode */
  place(directory, name, inode) {
    inode.nlink += inode.isDirectory ? 2 : 1;
    if (inode.isDirectory) directory.nlink += 1;
    this.#insert(directory, name, inode);
  }

  /** What processes keep of what they read is out of date. */
  invalidate() {
    this.generation += 1;
    if (this.generationWord !== null) Atomics.store(this.generationWord, 0, this.generation | 0);
  }

  /** @param {Inode} inode note that it changed */
  touch(inode) {
    this.invalidate();
    inode.generation = this.generation;
    for (const tracker of this.#trackers) tracker.touch(inode);
  }

  /** @param {Inode} directory @param {string} name @param {Inode} inode */
  #insert(directory, name, inode) {
    const entries = requireDirectory(directory);
    const existing = entries.get(name);
    if (existing === undefined) entries.set(name, { name, inode, cookie: ++directory.cookie });
    else existing.inode = inode;
    if (inode.isDirectory) {
      inode.parent = directory;
      inode.name = name;
    }
  }

  /** @param {Inode} directory @param {string} name @param {Inode} inode */
  #detach(directory, name, inode) {
    directory.entries?.delete(name);
    this.#release(inode, directory);
    this.#entryChanged(directory, name);
  }

  /** One name less. @param {Inode} inode @param {Inode} directory that held it */
  #release(inode, directory) {
    if (inode.isDirectory) {
      directory.nlink -= 1;
      inode.nlink = 0;
      inode.parent = null;
    } else {
      inode.nlink -= 1;
    }
    inode.ctime = this.now();
    this.touch(inode);
    if (inode.nlink === 0 && inode.openCount === 0) this.#free(inode);
  }

  /** @param {Inode} inode without names and not open */
  #free(inode) {
    inode.data?.free(this.quota);
    this.quota.chargeInodes(-1);
  }

  /** @param {Inode} directory @param {string} name */
  #entryChanged(directory, name) {
    directory.mtime = directory.ctime = this.now();
    this.touch(directory);
    for (const tracker of this.#trackers) tracker.touchName(directory, name);
    for (const listener of this.#listeners) listener(directory, name);
  }

  /** @param {Inode} inode */
  #modified(inode) {
    inode.mtime = inode.ctime = this.now();
    this.touch(inode);
  }

  /** @param {Inode} inode @returns {FileData} */
  #content(inode) {
    if (inode.data !== null) return inode.data;
    throw new FsError(inode.isDirectory ? 'EISDIR' : 'EINVAL', 'not a regular file');
  }

  /** @param {number} size */
  #checkSize(size) {
    if (!(size >= 0)) throw new FsError('EINVAL', 'negative size or offset');
    if (size > this.quota.limits.fileBytes) throw new FsError('EFBIG', `a file is limited to ${this.quota.limits.fileBytes} bytes`);
  }
}
