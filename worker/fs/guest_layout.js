/**
 * Where a project's guests see its directories: the one list of mount points, and of what lies beside them unseen.
 */

import { createMountTable } from './resolver.js';

/** @typedef {import('./inode_store.js').InodeStore} InodeStore */

/** Guest path of each directory that guests see; in the store it has the same path. `base` and `meta` are not among them. */
export const GUEST_MOUNTS = Object.freeze(['/workspace', '/tmp', '/home/user']);

/**
 * The mounts of a project's own directories; those that are missing are made.
 * @param {InodeStore} store
 * @returns {import('./resolver.js').Mount[]}
 */
export function guestMounts(store) {
  return GUEST_MOUNTS.map((path) => {
    let root = store.root;
    for (const name of path.slice(1).split('/')) root = store.lookup(root, name) ?? store.createDirectory(root, name);
    return { path, store, root };
  });
}

/** The name space that holds nothing else. @param {InodeStore} store @returns {import('./resolver.js').MountTable} */
export function createGuestMounts(store) {
  return createMountTable(guestMounts(store));
}
