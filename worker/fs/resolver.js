/**
 * The guest's name space: which directory is mounted where, and the one way from a path to an inode.
 *
 * Walks component by component from the guest root, as POSIX pathname resolution (XBD 4.13) does: `.`, `..`, symbolic
 * links (absolute ones start at the guest root again), trailing slashes. There is no way out: `..` at the root stays
 * at the root, and every name is looked up in an inode store, never in the host's file system. Access rights beyond
 * search permission are the caller's.
 *
 *   createMountTable([{ path: '/workspace', store, root }, …]) -> MountTable
 *   mountTable.resolve(path, { from?, follow?, confined? }) -> Resolution
 *   mountTable.pathOf(place) -> guest path of a directory
 */

import { FsError } from './errno.js';
import { InodeStore } from './inode_store.js';
import { NAME_MAX, SYMLOOP_MAX } from './limits.js';
import { byteLength, checkPath } from './names.js';

/** @typedef {import('./inode.js').Inode} Inode */

/**
 * A directory of a store and the guest path it appears at.
 * @typedef {object} Mount
 * @property {string} path absolute guest path, normalised
 * @property {InodeStore} store
 * @property {Inode} root
 * @property {boolean} [readOnly] nothing in that store can be changed by guests
 */

/** A place in the name space: an inode and the store it lives in. @typedef {{ store: InodeStore, inode: Inode }} Place */

/**
 * Where a path leads. `inode` is undefined when only the last component is missing: then `parent` and `name` say
 * where it would be made. `parent` is undefined, and `name` empty, when the path ends in `.`, `..`, a mount point or
 * the root: such a thing cannot be made, moved or removed.
 * @typedef {object} Resolution
 * @property {InodeStore} store of `inode`, or of `parent` when there is none
 * @property {Inode | undefined} inode
 * @property {Inode | undefined} parent
 * @property {string} name
 * @property {boolean} mustBeDirectory the path ended in a slash
 */

const S_IXUSR = 0o100;

export class MountTable {
  /** Directories above the mount points; nobody but this class writes to it. */
  #namespace = new InodeStore();
  /** Mount by the directory it covers. @type {Map<Inode, Mount>} */
  #covering = new Map();
  /** Covered directory by the root mounted on it. @type {Map<Inode, Inode>} */
  #covered = new Map();
  /** @type {Set<InodeStore>} */
  #readOnly = new Set([this.#namespace]);

  /** @param {Iterable<Mount>} mounts @throws {FsError} EINVAL for a path that is not absolute and normalised, EBUSY for a second mount */
  constructor(mounts) {
    for (const mount of mounts) this.#add(mount);
  }

  /** The guest's `/`. @returns {Place} */
  get root() {
    return this.#enter({ store: this.#namespace, inode: this.#namespace.root });
  }

  /** Whether nothing can be made there: above all mounts, or in a read-only one. @param {InodeStore} store */
  isReadOnly(store) {
    return this.#readOnly.has(store);
  }

  /** Whether other stores may be mounted on what lies there. @param {InodeStore} store */
  isNamespace(store) {
    return store === this.#namespace;
  }

  /**
   * @param {string} path guest path
   * @param {{ from?: Place, follow?: boolean, confined?: boolean }} [options] `from`: directory that relative paths start at
   *   (default: the root); `follow`: whether a symbolic link as last component is followed (default: yes; with a trailing
   *   slash always); `confined`: nothing leads out of `from`
   * @returns {Resolution}
   * @throws {FsError} ENOENT for a missing directory on the way, ENOTDIR, ELOOP, EACCES, ENAMETOOLONG, EINVAL; EPERM for
   *   a way out of a confined directory
   */
  resolve(path, { from, follow = true, confined = false } = {}) {
    checkPath(path);
    const start = from ?? this.root;
    return new Walk(this, path, start, follow, confined ? start.inode : null).run();
  }

  /**
   * @param {Place} place a directory
   * @param {Inode} [top] where the path starts, `''` for itself (default: the guest root)
   * @returns {string}
   * @throws {FsError} ENOENT when it was removed, or does not lie below `top`
   */
  pathOf({ inode }, top) {
    let path = '';
    let at = inode;
    while (at !== top) {
      const covered = top === undefined ? this.#covered.get(at) : undefined;
      if (covered !== undefined) at = covered;
      if (top === undefined && at === this.#namespace.root) return path === '' ? '/' : path;
      if (at.parent === null || at.parent === at) throw new FsError('ENOENT', 'the directory is not there any more');
      path = `/${at.name}${path}`;
      at = at.parent;
    }
    return path;
  }

  /** The place a name of a directory leads to, mounts entered. @param {Place} place @param {string} name @returns {Place | undefined} */
  child(place, name) {
    const inode = place.store.lookup(place.inode, name);
    return inode === undefined ? undefined : this.#enter({ store: place.store, inode });
  }

  /** @param {Place} place a directory @returns {Place} the directory above; the root's is itself @throws {FsError} ENOENT once removed */
  above(place) {
    const covered = this.#covered.get(place.inode);
    const start = covered === undefined ? place : { store: this.#namespace, inode: covered };
    if (start.inode.parent === null) throw new FsError('ENOENT', 'the directory was removed');
    return this.#enter({ store: start.store, inode: start.inode.parent });
  }

  /** @param {Inode} inode */
  isMountRoot(inode) {
    return this.#covered.has(inode);
  }

  /** @param {Place} place @returns {Place} */
  #enter(place) {
    const mount = this.#covering.get(place.inode);
    return mount === undefined ? place : { store: mount.store, inode: mount.root };
  }

  /** @param {Mount} mount */
  #add(mount) {
    if (!/^(\/|(\/[^/]+)+)$/.test(mount.path) || /\/\.\.?(\/|$)/.test(mount.path)) {
      throw new FsError('EINVAL', `mount point ${mount.path} is not an absolute, normalised path`);
    }
    let directory = this.#namespace.root;
    for (const name of mount.path.split('/').filter(Boolean)) {
      directory = this.#namespace.lookup(directory, name) ?? this.#namespace.createDirectory(directory, name);
    }
    if (this.#covering.has(directory) || this.#covered.has(mount.root)) throw new FsError('EBUSY', mount.path);
    this.#covering.set(directory, mount);
    this.#covered.set(mount.root, directory);
    if (mount.readOnly) this.#readOnly.add(mount.store);
  }
}

/** One resolution under way. */
class Walk {
  #links = 0;

  /** @param {MountTable} table @param {string} path @param {Place} from @param {boolean} follow @param {Inode | null} floor */
  constructor(table, path, from, follow, floor) {
    this.table = table;
    this.follow = follow;
    this.floor = floor;
    this.at = from;
    this.mustBeDirectory = /\/\.{0,2}$/.test(path);
    /** Components still to walk, the next one last. @type {string[]} */
    this.pending = [];
    this.#prepend(path);
  }

  /** @returns {Resolution} */
  run() {
    while (this.pending.length > 0) {
      this.#requireSearchable();
      const name = /** @type {string} */ (this.pending.pop());
      const missing = this.#step(name);
      if (missing !== undefined) return missing;
    }
    return { store: this.at.store, inode: this.at.inode, parent: undefined, name: '', mustBeDirectory: this.mustBeDirectory };
  }

  /** Walk one component; a resolution when it ends here. @param {string} name @returns {Resolution | undefined} */
  #step(name) {
    if (name === '.') return undefined;
    if (name === '..') {
      if (this.at.inode === this.floor) throw new FsError('EPERM', 'the path leads out of its directory');
      this.at = this.table.above(this.at);
      return undefined;
    }
    if (name.length * 3 > NAME_MAX && byteLength(name) > NAME_MAX) throw new FsError('ENAMETOOLONG', name);
    const isLast = this.pending.length === 0;
    const next = this.table.child(this.at, name);
    if (next === undefined && !isLast) throw new FsError('ENOENT', name);
    if (next !== undefined && next.inode.isSymlink && (!isLast || this.follow || this.mustBeDirectory)) {
      this.#followLink(next.inode.target);
      return undefined;
    }
    if (!isLast && next !== undefined) {
      if (!next.inode.isDirectory) throw new FsError('ENOTDIR', name);
      this.at = next;
      return undefined;
    }
    return this.#last(name, next);
  }

  /** @param {string} name @param {Place | undefined} place @returns {Resolution} */
  #last(name, place) {
    if (place !== undefined && this.mustBeDirectory && !place.inode.isDirectory) throw new FsError('ENOTDIR', name);
    if (place !== undefined && this.table.isMountRoot(place.inode)) {
      return { store: place.store, inode: place.inode, parent: undefined, name: '', mustBeDirectory: this.mustBeDirectory };
    }
    const store = this.at.store;
    return { store, inode: place?.inode, parent: this.at.inode, name, mustBeDirectory: this.mustBeDirectory };
  }

  /** @param {string} target */
  #followLink(target) {
    this.#links += 1;
    if (this.#links > SYMLOOP_MAX) throw new FsError('ELOOP', 'too many symbolic links');
    if (this.pending.length === 0 && /\/\.{0,2}$/.test(target)) this.mustBeDirectory = true;
    this.#prepend(target);
  }

  /** @param {string} path */
  #prepend(path) {
    if (path.startsWith('/')) {
      if (this.floor !== null) throw new FsError('EPERM', 'the path is absolute');
      this.at = this.table.root;
    }
    this.pending.push(...path.split('/').filter(Boolean).reverse());
  }

  #requireSearchable() {
    const { inode } = this.at;
    if (!inode.isDirectory) throw new FsError('ENOTDIR');
    if ((inode.mode & S_IXUSR) === 0) throw new FsError('EACCES', 'no search permission');
  }
}

/** @param {Iterable<Mount>} mounts @returns {MountTable} */
export function createMountTable(mounts) {
  return new MountTable(mounts);
}
