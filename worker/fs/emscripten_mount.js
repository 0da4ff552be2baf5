/**
 * The inode store as an Emscripten file system, so that Python in Pyodide works on it with ordinary POSIX calls.
 *
 *   const mount = createStoreMount(py.FS, store, { umask?, guest? });
 *   py.FS.mount(mount.type, {}, '/store');
 *   FS.unmount('/store'); mount.dispose()
 *   mount.link(oldPath, newPath) -> errno             both take Emscripten paths; 0 = done
 *   mount.cloneTree(source, destination) -> errno
 *
 * Coherence: Emscripten keeps found names in a table of its own and does not ask again. Every change of an entry in
 * the store, whoever made it, therefore drops the cached node of that name at once, and nodes hold no attributes:
 * mode, size and times are read from the inode.
 *
 * Symbolic links are followed in guest terms: an absolute target starts at the guest root, and no link leads out of
 * the store into Emscripten's own tree (where the interpreter's library lies). `os.readlink` still gives the target
 * as it was made.
 *
 * Not here: `os.link`, which this Python lacks, hence `link` as a function to make one from. Names that are not UTF-8
 * appear with their bytes 0x80..0xFF as U+F780..U+F7FF, because Emscripten decodes paths with loss.
 */

import { ERRNO, FsError } from './errno.js';
import { FileTime, nanosecondsOf } from './emscripten_time.js';
import { S_IFDIR, S_IFMT } from './inode.js';
import { hasEscapedBytes } from './names.js';
import { createMountTable } from './resolver.js';

/** @typedef {import('./inode.js').Inode} Inode */
/** @typedef {import('./inode_store.js').InodeStore} InodeStore */
/** @typedef {import('./resolver.js').MountTable} MountTable */
/** @typedef {import('./emscripten_types.js').EmscriptenFs} EmscriptenFs */
/** @typedef {import('./emscripten_types.js').FsNode} FsNode */
/** @typedef {import('./emscripten_types.js').StoreNode} StoreNode */
/** @typedef {import('./emscripten_types.js').FsMount} FsMount */
/** @typedef {import('./emscripten_types.js').FsStream} FsStream */
/** @typedef {import('./emscripten_types.js').FsAttributes} FsAttributes */
/** @typedef {new (parent: StoreNode | null, name: string, inode: Inode, device: number) => StoreNode} StoreNodeConstructor */

const DEFAULT_UMASK = 0o022;
const BLOCK_SIZE = 4096;
/** Node numbers of mounts lie above Emscripten's own and never meet those of another mount. */
const IDS_PER_MOUNT = 2 ** 32;
const MAPPED_BYTE = /[\uf780-\uf7ff]/g;
const LONE_BYTE = /[\udc80-\udcff]/gu;

/** Node class by file system layer: one Pyodide instance, one class. @type {WeakMap<EmscriptenFs, StoreNodeConstructor>} */
const nodeClasses = new WeakMap();
let lastDevice = 0;

/** @param {string} name as stored @returns {string} as Emscripten can carry it */
function toHostName(name) {
  return hasEscapedBytes(name) ? name.replace(LONE_BYTE, (c) => String.fromCharCode(c.charCodeAt(0) - 0xdc00 + 0xf700)) : name;
}

/** @param {Inode} directory @param {string} name from Emscripten @returns {string} as stored */
function toStoreName(directory, name) {
  if (name.search(MAPPED_BYTE) < 0 || directory.entries?.has(name)) return name;
  const escaped = name.replace(MAPPED_BYTE, (c) => String.fromCharCode(c.charCodeAt(0) - 0xf700 + 0xdc00));
  return directory.entries?.has(escaped) ? escaped : name;
}

/** @param {EmscriptenFs} fs @returns {StoreNodeConstructor} */
function nodeClassOf(fs) {
  const known = nodeClasses.get(fs);
  if (known !== undefined) return known;
  class Node extends fs.FSNode {
    /** @param {StoreNode | null} parent @param {string} name @param {Inode} inode @param {number} device */
    constructor(parent, name, inode, device) {
      super(parent, name, inode.mode, inode.rdev);
      this.inode = inode;
      this.id = device * IDS_PER_MOUNT + inode.ino;
    }
  }
  // An accessor, so that permission checks see the inode's mode of the moment; the super constructor's assignment is
  // ignored.
  Object.defineProperty(Node.prototype, 'mode', {
    get() { return this.inode.mode; },
    set() {},
  });
  const nodeClass = /** @type {StoreNodeConstructor} */ (/** @type {unknown} */ (Node));
  const readlink = fs.readlink.bind(fs);
  fs.readlink = (path) => {
    const { node } = fs.lookupPath(path);
    return node instanceof nodeClass && node.inode.isSymlink ? node.inode.target : readlink(path);
  };
  nodeClasses.set(fs, nodeClass);
  return nodeClass;
}

export class StoreMount {
  #device = ++lastDevice;
  /** The one node of each directory, which its children's cache keys hang on. @type {WeakMap<Inode, StoreNode>} */
  #directoryNodes = new WeakMap();
  /** Node `open` has just made and is about to give its mode. @type {StoreNode | null} */
  #created = null;
  /** @type {StoreNode | null} */
  #root = null;
  #stopListening;

  /** @param {EmscriptenFs} fs @param {InodeStore} store @param {{ umask?: number, guest?: MountTable }} options */
  constructor(fs, store, { umask = DEFAULT_UMASK, guest }) {
    this.fs = fs;
    this.store = store;
    this.umask = umask;
    this.guest = guest ?? createMountTable([{ path: '/', store, root: store.root }]);
    this.nodeClass = nodeClassOf(fs);
    this.notFound = new fs.ErrnoError(ERRNO.ENOENT);
    this.nodeOps = this.#nodeOps();
    this.streamOps = this.#streamOps();
    this.#stopListening = store.onEntryChange((directory, name) => this.#forget(directory, name));
    /** Pass this to `FS.mount`. */
    this.type = { mount: (/** @type {FsMount} */ _mount) => this.#mountRoot() };
  }

  /** Let go of the store; call it after `FS.unmount`. */
  dispose() {
    this.#stopListening();
  }

  /** A hard link, by Emscripten paths. @param {string} oldPath @param {string} newPath @returns {number} errno, 0 when done */
  link(oldPath, newPath) {
    return this.#answer(() => {
      const source = this.#nodeAt(oldPath);
      const { parent, name } = this.#placeAt(newPath);
      this.store.link(source.inode, parent.inode, name);
    });
  }

  /** A copy-on-write copy of a tree, by Emscripten paths; the destination must not exist.
   * @param {string} source @param {string} destination @returns {number} errno, 0 when done */
  cloneTree(source, destination) {
    return this.#answer(() => {
      const { parent, name } = this.#placeAt(destination);
      this.store.cloneTree(this.#nodeAt(source).inode, parent.inode, name);
    });
  }

  #mountRoot() {
    this.#root = this.#nodeFor(null, '/', this.store.root);
    return this.#root;
  }

  /** @param {StoreNode | null} parent @param {string} name @param {Inode} inode @returns {StoreNode} in the name cache */
  #nodeFor(parent, name, inode) {
    const known = inode.isDirectory && parent !== null ? this.#directoryNodes.get(inode) : undefined;
    const node = known ?? new this.nodeClass(parent, name, inode, this.#device);
    if (known !== undefined && parent !== null) {
      this.fs.destroyNode(node);
      node.parent = parent;
      node.name = name;
    } else {
      node.node_ops = this.nodeOps;
      node.stream_ops = this.streamOps;
      if (inode.isDirectory) this.#directoryNodes.set(inode, node);
    }
    this.fs.hashAddNode(node);
    return node;
  }

  /** Drop the cached node of an entry that now leads elsewhere. @param {Inode} directory @param {string} name */
  #forget(directory, name) {
    const parent = this.#directoryNodes.get(directory);
    if (parent === undefined) return;
    const hostName = toHostName(name);
    const current = directory.entries?.get(name)?.inode;
    let node = this.fs.nameTable[this.fs.hashName(parent.id, hostName)];
    while (node !== undefined) {
      const next = node.name_next;
      if (node.parent === parent && node.name === hostName && /** @type {StoreNode} */ (node).inode !== current) {
        this.fs.destroyNode(node);
      }
      node = next;
    }
  }

  /** @template T @param {() => T} operation @returns {T} with errors as Emscripten knows them */
  #run(operation) {
    try {
      return operation();
    } catch (error) {
      throw error instanceof FsError ? new this.fs.ErrnoError(error.errno) : error;
    }
  }

  /** @param {() => void} operation @returns {number} */
  #answer(operation) {
    try {
      operation();
      return 0;
    } catch (error) {
      if (error instanceof FsError || error instanceof this.fs.ErrnoError) return error.errno;
      throw error;
    }
  }

  /** @param {string} path @returns {StoreNode} @throws {FsError} EXDEV outside the mount */
  #nodeAt(path) {
    const { node } = this.fs.lookupPath(path, { follow: false });
    if (node instanceof this.nodeClass && node.mount === this.#root?.mount) return node;
    throw new FsError('EXDEV', path);
  }

  /** @param {string} path */
  #placeAt(path) {
    const end = path.replace(/\/+$/, '');
    const slash = end.lastIndexOf('/');
    const parent = this.#nodeAt(slash < 0 ? '.' : `${end.slice(0, slash)}/.`);
    return { parent, name: end.slice(slash + 1) };
  }

  /** Where a link leads, as a path Emscripten may walk on. @param {StoreNode} node */
  #linkPath(node) {
    const target = node.inode.target;
    if (!target.startsWith('/') && !target.split('/').includes('..')) return target;
    const from = { store: this.store, inode: node.parent.inode };
    const { store, inode, parent, name } = this.guest.resolve(target, { from });
    if (store !== this.store) throw new FsError('ENOENT', target);
    if (parent !== undefined) return `${this.#pathOf(parent)}/${toHostName(name)}`;
    if (inode !== undefined) return this.#pathOf(inode);
    throw new FsError('ENOENT', target);
  }

  /** @param {Inode} directory @returns {string} its Emscripten path */
  #pathOf(directory) {
    let path = '';
    for (let at = directory; at !== this.store.root; ) {
      if (at.parent === null) throw new FsError('ENOENT', 'the directory was removed');
      path = `/${toHostName(at.name)}${path}`;
      at = at.parent;
    }
    return (this.#root?.mount.mountpoint ?? '') + path;
  }

  #nodeOps() {
    return {
      getattr: (/** @type {StoreNode} */ node) => this.#getattr(node),
      setattr: (/** @type {StoreNode} */ node, /** @type {FsAttributes} */ attributes) => this.#setattr(node, attributes),
      lookup: (/** @type {StoreNode} */ parent, /** @type {string} */ name) => {
        const inode = parent.inode.entries?.get(toStoreName(parent.inode, name))?.inode;
        if (inode === undefined) throw this.notFound;
        return this.#nodeFor(parent, name, inode);
      },
      mknod: (/** @type {StoreNode} */ parent, /** @type {string} */ name, /** @type {number} */ mode, /** @type {number} */ dev) =>
        this.#run(() => {
          const inode = this.store.createNode(parent.inode, name, mode & ~this.umask, dev);
          const node = this.#nodeFor(parent, name, inode);
          this.#created = (mode & S_IFMT) === S_IFDIR ? null : node;
          return node;
        }),
      rename: (/** @type {StoreNode} */ node, /** @type {StoreNode} */ directory, /** @type {string} */ name) =>
        this.#run(() => this.#rename(node, directory, name)),
      unlink: (/** @type {StoreNode} */ parent, /** @type {string} */ name) =>
        this.#run(() => this.store.unlink(parent.inode, toStoreName(parent.inode, name))),
      rmdir: (/** @type {StoreNode} */ parent, /** @type {string} */ name) =>
        this.#run(() => this.store.removeDirectory(parent.inode, toStoreName(parent.inode, name))),
      readdir: (/** @type {StoreNode} */ node) => {
        const names = ['.', '..'];
        for (const entry of this.#run(() => this.store.list(node.inode))) names.push(toHostName(entry.name));
        return names;
      },
      symlink: (/** @type {StoreNode} */ parent, /** @type {string} */ name, /** @type {string} */ target) =>
        this.#run(() => this.#nodeFor(parent, name, this.store.createSymlink(parent.inode, name, target))),
      readlink: (/** @type {StoreNode} */ node) => this.#run(() => this.#linkPath(node)),
      statfs: () => this.#statfs(),
    };
  }

  #streamOps() {
    return {
      open: (/** @type {FsStream} */ stream) => this.store.open(stream.node.inode),
      dup: (/** @type {FsStream} */ stream) => this.store.open(stream.node.inode),
      close: (/** @type {FsStream} */ stream) => this.store.close(stream.node.inode),
      read: (
        /** @type {FsStream} */ stream, /** @type {Int8Array} */ buffer, /** @type {number} */ offset,
        /** @type {number} */ length, /** @type {number} */ position,
      ) => this.#run(() => this.store.read(stream.node.inode, buffer.subarray(offset, offset + length), position)),
      write: (
        /** @type {FsStream} */ stream, /** @type {Int8Array} */ buffer, /** @type {number} */ offset,
        /** @type {number} */ length, /** @type {number} */ position,
      ) => this.#run(() =>
        this.store.write(stream.node.inode, new Uint8Array(buffer.buffer, buffer.byteOffset + offset, length), position)),
      llseek: (/** @type {FsStream} */ stream, /** @type {number} */ offset, /** @type {number} */ whence) => {
        const start = whence === 1 ? stream.position : whence === 2 ? (stream.node.inode.data?.size ?? 0) : 0;
        if (start + offset < 0) throw new this.fs.ErrnoError(ERRNO.EINVAL);
        return start + offset;
      },
      mmap: (
        /** @type {FsStream} */ stream, /** @type {number} */ length, /** @type {number} */ position,
        /** @type {number} */ prot, /** @type {number} */ flags,
      ) => {
        const contents = new Uint8Array(length);
        this.#run(() => this.store.read(stream.node.inode, contents, position));
        // Only Emscripten's own file system can allocate in the interpreter's memory; it is given our bytes to place
        // there.
        const source = { node: { mode: stream.node.mode, contents } };
        return this.fs.filesystems.MEMFS.stream_ops.mmap(source, length, 0, prot, flags);
      },
      msync: (
        /** @type {FsStream} */ stream, /** @type {Uint8Array} */ buffer, /** @type {number} */ offset, /** @type {number} */ length,
      ) => this.#run(() => {
        const present = Math.min(length, this.store.size(stream.node.inode) - offset);
        if (present > 0) this.store.write(stream.node.inode, buffer.slice(0, present), offset);
        return 0;
      }),
    };
  }

  /** @param {StoreNode} node */
  #getattr(node) {
    this.#created = null;
    const { inode } = node;
    return {
      dev: this.#device,
      ino: node.id,
      mode: inode.mode,
      nlink: inode.nlink,
      uid: inode.uid,
      gid: inode.gid,
      rdev: inode.rdev,
      size: this.store.size(inode),
      blksize: BLOCK_SIZE,
      blocks: Math.ceil((inode.data?.allocated ?? 0) / 512),
      atime: new FileTime(inode.atime),
      mtime: new FileTime(inode.mtime),
      ctime: new FileTime(inode.ctime),
    };
  }

  /** @param {StoreNode} node @param {FsAttributes} attributes */
  #setattr(node, { mode, size, atime, mtime }) {
    // The one `setattr` inside `FS.open(O_CREAT)` carries the mode the program asked for, before the umask.
    const umask = this.#created === node ? this.umask : 0;
    this.#created = null;
    this.#run(() => {
      if (size !== undefined && size !== null) this.store.truncate(node.inode, size);
      /** @type {{ mode?: number, atime?: bigint, mtime?: bigint }} */
      const changes = {};
      if (mode !== undefined && mode !== null) changes.mode = mode & ~umask;
      if (atime !== undefined && atime !== null) changes.atime = nanosecondsOf(atime);
      if (mtime !== undefined && mtime !== null) changes.mtime = nanosecondsOf(mtime);
      if (Object.keys(changes).length > 0) this.store.setAttributes(node.inode, changes);
    });
  }

  /** @param {StoreNode} node @param {StoreNode} directory @param {string} name */
  #rename(node, directory, name) {
    const oldName = toStoreName(node.parent.inode, node.name);
    const changed = this.store.rename(node.parent.inode, oldName, directory.inode, toStoreName(directory.inode, name));
    // Emscripten files the node under its new place in any case. When both names belong to one file and stay, the
    // node already cached there has to go.
    if (!changed) {
      const other = this.fs.lookupPath(`${this.fs.getPath(directory)}/${name}`).node;
      this.fs.destroyNode(other);
    }
    node.name = name;
  }

  #statfs() {
    const { bytes, inodes, limits } = this.store.usage();
    const free = Math.floor(Math.max(0, limits.totalBytes - bytes) / BLOCK_SIZE);
    return {
      bsize: BLOCK_SIZE, frsize: BLOCK_SIZE, blocks: Math.floor(limits.totalBytes / BLOCK_SIZE), bfree: free, bavail: free,
      files: limits.inodes, ffree: Math.max(0, limits.inodes - inodes),
    };
  }
}

/**
 * @param {EmscriptenFs} fs `py.FS`
 * @param {InodeStore} store
 * @param {{ umask?: number, guest?: MountTable }} [options] `guest`: the name space that links are followed in (default: the store's root
 *   is the guest's)
 * @returns {StoreMount}
 */
export function createStoreMount(fs, store, options = {}) {
  return new StoreMount(fs, store, options);
}
