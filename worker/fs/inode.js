/**
 * The inode: one file, directory, symbolic link or device, whatever its names.
 *
 * Plain state without rules; `InodeStore` holds the rules. One class for all kinds, so that every inode has the same
 * shape.
 */

import { FileData } from './extents.js';
import { GUEST_GID, GUEST_UID } from './limits.js';

export const S_IFMT = 0o170000;
export const S_IFREG = 0o100000;
export const S_IFDIR = 0o040000;
export const S_IFLNK = 0o120000;
export const S_IFCHR = 0o020000;
export const S_IFIFO = 0o010000;
/** Bits `chmod` may change. */
export const MODE_BITS = 0o7777;

/**
 * One name in a directory. `cookie` grows with every insertion, so a listing can be resumed after changes.
 * @typedef {{ name: string, inode: Inode, cookie: number }} DirectoryEntry
 */

/**
 * What `stat` tells. Times are nanoseconds since 1970 (UTC).
 * @typedef {object} Stat
 * @property {number} ino
 * @property {number} mode type and permission bits
 * @property {number} nlink
 * @property {number} uid
 * @property {number} gid
 * @property {number} rdev
 * @property {number} size
 * @property {number} blocks memory in use, in units of 512 bytes
 * @property {bigint} atime
 * @property {bigint} mtime
 * @property {bigint} ctime
 * @property {number} generation the store's generation at the last change of this inode
 */

export class Inode {
  /**
   * @param {number} ino
   * @param {number} mode type and permission bits
   * @param {bigint} time
   */
  constructor(ino, mode, time) {
    this.ino = ino;
    this.mode = mode;
    this.nlink = 0;
    this.uid = GUEST_UID;
    this.gid = GUEST_GID;
    this.rdev = 0;
    this.atime = time;
    this.mtime = time;
    this.ctime = time;
    this.generation = 0;
    /** Open file descriptions: while above 0, an inode without names lives on. */
    this.openCount = 0;
    const type = mode & S_IFMT;
    /** Content of a regular file. @type {FileData | null} */
    this.data = type === S_IFREG ? new FileData() : null;
    /** Names in a directory, in order of insertion. @type {Map<string, DirectoryEntry> | null} */
    this.entries = type === S_IFDIR ? new Map() : null;
    /** Last cookie given out in this directory. */
    this.cookie = 0;
    /** Directory that holds this directory; itself for a root, null once removed. @type {Inode | null} */
    this.parent = null;
    /** Name of this directory in `parent`. */
    this.name = '';
    /** Target of a symbolic link. */
    this.target = '';
  }

  get isFile() {
    return (this.mode & S_IFMT) === S_IFREG;
  }

  get isDirectory() {
    return (this.mode & S_IFMT) === S_IFDIR;
  }

  get isSymlink() {
    return (this.mode & S_IFMT) === S_IFLNK;
  }
}
