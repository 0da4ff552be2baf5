/**
 * Dirty tracking: what changed since the last look.
 *
 * Any number of trackers may watch one store; each holds the inodes changed since it was last drained and, for
 * directories, the names whose entry changed. Cost is one set insertion a change.
 */

/** @typedef {import('./inode.js').Inode} Inode */

/**
 * @typedef {object} ChangeBatch
 * @property {Set<Inode>} inodes every inode whose content or attributes changed, removed ones included
 * @property {Map<Inode, Set<string>>} names per directory, the names added, removed or replaced
 */

export class ChangeTracker {
  /** @type {Set<Inode>} */
  #inodes = new Set();
  /** @type {Map<Inode, Set<string>>} */
  #names = new Map();

  /** @param {Inode} inode */
  touch(inode) {
    this.#inodes.add(inode);
  }

  /** @param {Inode} directory @param {string} name */
  touchName(directory, name) {
    const names = this.#names.get(directory);
    if (names === undefined) this.#names.set(directory, new Set([name]));
    else names.add(name);
  }

  get isEmpty() {
    return this.#inodes.size === 0 && this.#names.size === 0;
  }

  /** @returns {ChangeBatch} everything since the last drain, which this one ends */
  drain() {
    const batch = { inodes: this.#inodes, names: this.#names };
    this.#inodes = new Set();
    this.#names = new Map();
    return batch;
  }

  /** Take a batch back whose handling failed. @param {ChangeBatch} batch */
  restore(batch) {
    for (const inode of batch.inodes) this.#inodes.add(inode);
    for (const [directory, names] of batch.names) for (const name of names) this.touchName(directory, name);
  }
}
