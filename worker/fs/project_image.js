/**
 * The state of a store as plain rows, for pack and journal.
 *
 * A transaction names the inodes that changed (whole rows), the names that changed, and the chunks of content that
 * are new. A pack is one transaction from nothing. Applying transactions in order to an image and building a store
 * from it gives the state after the last one. A chunk is written once and then known by its number, whoever shares
 * it.
 */

import { createFileClock } from './clock.js';
import { Chunk, FileData } from './extents.js';
import { InodeStore } from './inode_store.js';
import { DEFAULT_LIMITS } from './limits.js';

/** @typedef {import('./inode.js').Inode} Inode */
/** @typedef {import('./changes.js').ChangeBatch} ChangeBatch */

/**
 * ino, mode, rdev, times as decimal nanoseconds, then by type: target of a link; or size and chunk numbers of a file
 * (0: a hole).
 * @typedef {[ino: number, mode: number, rdev: number, atime: string, mtime: string, ctime: string, target: string, size: number, chunks: number[]]} InodeRow
 */

/**
 * What is written as JSON before the chunks' bytes.
 * @typedef {object} TransactionRows
 * @property {InodeRow[]} inodes
 * @property {number[]} removed inode numbers
 * @property {[directory: number, names: (string | number)[]][]} entries name and inode number in turn; 0 = removed
 * @property {number[]} chunks chunk number and length in turn, in the order of the bytes that follow
 */

/** @typedef {{ rows: TransactionRows, chunks: Chunk[] }} Transaction */

const ROOT_INO = 1;

/** Hands out chunk numbers and collects the rows of a transaction. */
class TransactionBuilder {
  /** @type {TransactionRows} */
  rows = { inodes: [], removed: [], entries: [], chunks: [] };
  /** @type {Chunk[]} */
  chunks = [];

  /** @param {Inode} inode */
  addInode(inode) {
    this.rows.inodes.push([
      inode.ino, inode.mode, inode.rdev, String(inode.atime), String(inode.mtime), String(inode.ctime),
      inode.target, inode.data?.size ?? 0, inode.data?.chunks.map((chunk) => chunk?.id ?? 0) ?? [],
    ]);
  }

  /** @param {Inode} directory @param {Iterable<string>} names */
  addNames(directory, names) {
    /** @type {(string | number)[]} */
    const list = [];
    for (const name of names) list.push(name, directory.entries?.get(name)?.inode.ino ?? 0);
    if (list.length > 0) this.rows.entries.push([directory.ino, list]);
  }

  /** @param {Chunk} chunk that has a number */
  addChunk(chunk) {
    this.rows.chunks.push(chunk.id, chunk.bytes.length);
    this.chunks.push(chunk);
  }
}

/**
 * What a batch of changes adds to what is stored. New chunks are given numbers from `nextChunk` on.
 * @param {ChangeBatch} batch
 * @param {number} nextChunk
 * @returns {Transaction}
 */
export function describeChanges(batch, nextChunk) {
  const builder = new TransactionBuilder();
  let number = nextChunk;
  for (const inode of batch.inodes) {
    if (inode.nlink === 0) {
      builder.rows.removed.push(inode.ino);
      continue;
    }
    for (const chunk of inode.data?.chunks ?? []) {
      if (chunk === null || chunk.id !== 0) continue;
      chunk.id = number++;
      builder.addChunk(chunk);
    }
    builder.addInode(inode);
  }
  for (const [directory, names] of batch.names) if (directory.nlink > 0) builder.addNames(directory, names);
  return builder;
}

/**
 * The whole state of a store whose chunks all have numbers. Each chunk gets one more owner, so that its bytes stay as
 * they are until the caller releases it.
 * @param {InodeStore} store
 * @returns {Transaction}
 */
export function describeStore(store) {
  const builder = new TransactionBuilder();
  /** @type {Set<Chunk>} */
  const chunks = new Set();
  for (const inode of store.inodes()) {
    builder.addInode(inode);
    if (inode.entries !== null) builder.addNames(inode, inode.entries.keys());
    for (const chunk of inode.data?.chunks ?? []) if (chunk !== null) chunks.add(chunk);
  }
  for (const chunk of chunks) {
    chunk.refs += 1;
    builder.addChunk(chunk);
  }
  return builder;
}

/** State read back, transaction by transaction. */
export class ProjectImage {
  /** @type {Map<number, InodeRow>} */
  #rows = new Map();
  /** @type {Map<number, Map<string, number>>} */
  #entries = new Map();
  /** @type {Map<number, Uint8Array>} */
  #chunks = new Map();
  /** Number for the next new chunk. */
  nextChunk = 1;

  /**
   * @param {TransactionRows} rows
   * @param {(index: number) => Uint8Array} chunkBytes bytes of the chunk at that place in `rows.chunks`
   */
  apply(rows, chunkBytes) {
    for (let i = 0; i < rows.chunks.length; i += 2) {
      const number = /** @type {number} */ (rows.chunks[i]);
      this.#chunks.set(number, chunkBytes(i / 2));
      this.nextChunk = Math.max(this.nextChunk, number + 1);
    }
    for (const ino of rows.removed) {
      this.#rows.delete(ino);
      this.#entries.delete(ino);
    }
    for (const row of rows.inodes) this.#rows.set(row[0], row);
    for (const [directory, names] of rows.entries) this.#applyNames(directory, names);
  }

  /**
   * @param {{ limits?: Partial<import('./limits.js').Limits>, now?: () => bigint }} options
   * @returns {InodeStore} content beyond the limits is loaded all the same
   * @throws {RangeError} when rows contradict one another
   */
  build(options) {
    const unlimited = { totalBytes: Infinity, fileBytes: Infinity, inodes: Infinity };
    const store = new InodeStore({ limits: unlimited, now: () => 0n });
    /** @type {Map<number, Inode>} */
    const made = new Map([[ROOT_INO, store.root]]);
    /** @type {Map<number, Chunk>} */
    const chunks = new Map();
    for (const [ino, directory] of made) {
      for (const [name, childIno] of this.#entries.get(ino) ?? []) {
        let child = made.get(childIno);
        if (child === undefined) {
          child = this.#makeInode(this.#row(childIno), chunks, store);
          made.set(childIno, child);
        }
        store.place(directory, name, child);
      }
    }
    store.quota.limits = { ...DEFAULT_LIMITS, ...options.limits };
    store.now = options.now ?? createFileClock();
    if (this.#rows.has(ROOT_INO)) setAttributes(store.root, this.#row(ROOT_INO));
    else store.root.atime = store.root.mtime = store.root.ctime = store.now();
    return store;
  }

  /** @param {InodeRow} row @param {Map<number, Chunk>} chunks @param {InodeStore} store */
  #makeInode(row, chunks, store) {
    const inode = store.newInode(row[1], row[0]);
    inode.rdev = row[2];
    inode.target = row[6];
    if (inode.data !== null) inode.data = this.#content(row[7], row[8], chunks, store);
    setAttributes(inode, row);
    return inode;
  }

  /** @param {number} directory @param {(string | number)[]} names */
  #applyNames(directory, names) {
    let entries = this.#entries.get(directory);
    if (entries === undefined) this.#entries.set(directory, (entries = new Map()));
    for (let i = 0; i < names.length; i += 2) {
      const ino = Number(names[i + 1]);
      if (ino === 0) entries.delete(String(names[i]));
      else entries.set(String(names[i]), ino);
    }
  }

  /** @param {number} ino @returns {InodeRow} */
  #row(ino) {
    const row = this.#rows.get(ino);
    if (row === undefined) throw new RangeError(`inode ${ino} has a name but no attributes`);
    return row;
  }

  /** @param {number} size @param {number[]} numbers @param {Map<number, Chunk>} chunks @param {InodeStore} store */
  #content(size, numbers, chunks, store) {
    const data = new FileData();
    data.size = size;
    for (const number of numbers) data.chunks.push(number === 0 ? null : this.#sharedChunk(number, chunks, store));
    return data;
  }

  /** @param {number} number @param {Map<number, Chunk>} chunks @param {InodeStore} store */
  #sharedChunk(number, chunks, store) {
    const known = chunks.get(number);
    if (known !== undefined) {
      known.refs += 1;
      return known;
    }
    const bytes = this.#chunks.get(number);
    if (bytes === undefined) throw new RangeError(`chunk ${number} is missing`);
    const chunk = new Chunk(bytes);
    chunk.id = number;
    chunks.set(number, chunk);
    store.quota.chargeBytes(bytes.length);
    return chunk;
  }
}

/** @param {Inode} inode @param {InodeRow} row */
function setAttributes(inode, row) {
  inode.mode = row[1];
  inode.atime = BigInt(row[3]);
  inode.mtime = row[4] === row[3] ? inode.atime : BigInt(row[4]);
  inode.ctime = BigInt(row[5]);
}
