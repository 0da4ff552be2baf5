/**
 * Copy-on-write copy of a tree: base snapshots of an import, checkpoints.
 *
 * O(inodes), no byte is copied: both trees share every chunk until one of them writes. The copy appears under its
 * name only when it is whole; when the quota ends half way, nothing of it stays.
 */

/** @typedef {import('./inode.js').Inode} Inode */
/** @typedef {import('./inode_store.js').InodeStore} InodeStore */

/**
 * @param {InodeStore} store
 * @param {Inode} source
 * @param {Inode} directory
 * @param {string} name known to be free
 * @returns {Inode}
 */
export function cloneTree(store, source, directory, name) {
  store.quota.chargeInodes(countInodes(source));
  /** @type {Map<Inode, Inode>} */
  const copies = new Map();
  const copyOf = (/** @type {Inode} */ original) => {
    const known = copies.get(original);
    if (known !== undefined) return known;
    store.quota.chargeInodes(-1);
    const copy = copyInode(store, original);
    copies.set(original, copy);
    return copy;
  };
  const top = copyOf(source);
  for (const [original, copy] of copies) {
    for (const entry of original.entries?.values() ?? []) store.attach(copy, entry.name, copyOf(entry.inode));
  }
  for (const [original, copy] of copies) copy.mtime = original.mtime;
  store.attach(directory, name, top);
  return top;
}

/** @param {Inode} source */
function countInodes(source) {
  const seen = new Set([source]);
  for (const inode of seen) for (const entry of inode.entries?.values() ?? []) seen.add(entry.inode);
  return seen.size;
}

/** @param {InodeStore} store @param {Inode} original @returns {Inode} without a name and, for a directory, without entries */
function copyInode(store, original) {
  const copy = store.newInode(original.mode);
  copy.rdev = original.rdev;
  copy.target = original.target;
  copy.atime = original.atime;
  copy.mtime = original.mtime;
  if (original.data !== null) copy.data = original.data.clone();
  return copy;
}
