/**
 * What a process will likely ask next, sent along with an answer: the entries that follow in the directory it walks.
 *
 * Programs that look at one file of a directory mostly look at the following ones, in order. So the answers to `path_open` and
 * `path_filestat_get` bring along stats, and contents, of ever more of them as long as a process keeps to that order. The guest's
 * side uses them while nothing in the store has changed; a file that it opens so is the one that was kept for it here.
 */

import { STRUCTS } from '../generated/abi.js';
import { encodeText } from '../fs/names.js';
import { AHEAD_HEAD_BYTES, WORD } from '../wasi/wire.js';
import { Descriptor } from './fd_table.js';
import { directoryPath } from './lookup.js';
import { encodeInode, RegularFile } from './open_file.js';

/** @typedef {import('../fs/inode.js').Inode} Inode */
/** @typedef {import('../fs/inode.js').DirectoryEntry} DirectoryEntry */
/** @typedef {import('./host_call.js').HostCall} HostCall */
/** @typedef {import('./lookup.js').Found} Found */
/** @typedef {import('./open_file.js').Directory} Directory */

/** Entries sent along at first; twice as many each time, so often. */
const FIRST = 8;
const MOST_HITS = 8;
/** How far a program may skip and still be walking, and how far its place is looked for. */
const SKIPPED = 8;
const SEARCHED = 64;
/** Largest content that is sent along. */
const CONTENT_BYTES = 16_384;
const MAY_READ = 0o400;

/** One directory as a process goes through it. */
class Walk {
  /** Entries asked for in order, below 0 after what was sent had been of no use. */
  hits;
  misses = 2;
  /** Of the store, when something was sent last. */
  sentAt = -1;

  /** @param {Inode} parent @param {number} hits */
  constructor(parent, hits) {
    this.hits = hits;
    this.entries = /** @type {Map<string, DirectoryEntry>} */ (parent.entries).values();
    this.next = this.entries.next().value;
  }

  step() {
    this.next = this.entries.next().value;
  }

  /** @param {Found} found that was asked for @returns {number} how many of the following entries to send */
  arrive({ store, name }) {
    let skipped = 0;
    for (; this.next !== undefined && this.next.name !== name && skipped < SEARCHED; skipped++) this.step();
    if (this.sentAt >= 0 && this.sentAt !== store.generation) {
      this.misses = Math.min(this.misses * 4, 4096);
      this.hits = -this.misses;
      this.sentAt = -1;
    }
    if (this.next?.name !== name || skipped > SKIPPED) this.hits = Math.min(this.hits, 0);
    if (this.next?.name !== name) return 0;
    this.step();
    this.hits += 1;
    if (this.hits < 2) return 0;
    this.sentAt = store.generation;
    this.hits = Math.min(this.hits, MOST_HITS);
    return FIRST * 2 ** (this.hits - 2);
  }
}

/** The directories that a process goes through. */
export class Ahead {
  /** @type {WeakMap<Inode, Walk>} */
  #walks = new WeakMap();
  /** How far it got in the last one: who walks one directory will walk the next. */
  #hits = 0;

  /**
   * Put entries behind the answer in `call` that was found as `found`.
   * @param {HostCall} call @param {Found} found @param {(inode: Inode, name: string) => number} accept bytes of content to send; below 0: leave it out
   */
  send(call, found, accept) {
    const { words, data } = call;
    const { store, parent } = found;
    if (words[WORD.WANTS_AHEAD] === 0 || !found.isPlain || parent === undefined || call.process.root.isReadOnly(store)) return;
    let walk = this.#walks.get(parent);
    if (walk?.next === undefined) this.#walks.set(parent, (walk = new Walk(parent, Math.max(0, this.#hits))));
    const start = /** @type {number} */ (words[WORD.LENGTH]);
    let at = start;
    let left = walk.arrive(found);
    this.#hits = walk.hits;
    for (; left > 0 && walk.next !== undefined; walk.step()) {
      const { name, inode } = walk.next;
      const content = accept(inode, name);
      if (content < 0) continue;
      const bytes = encodeText(name);
      const end = at + AHEAD_HEAD_BYTES + bytes.length + content;
      if (end > data.length) break;
      const view = new DataView(data.buffer, data.byteOffset + at, AHEAD_HEAD_BYTES);
      encodeInode(view, store, inode);
      view.setUint32(STRUCTS.filestat.SIZEOF, bytes.length, true);
      view.setUint32(STRUCTS.filestat.SIZEOF + 4, content, true);
      data.set(bytes, at + AHEAD_HEAD_BYTES);
      if (content > 0) store.read(inode, data.subarray(end - content, end), 0);
      at = end;
      left -= 1;
    }
    words[WORD.AHEAD] = at > start ? start : 0;
    words[WORD.LENGTH] = at;
  }
}

/** After a stat. @param {HostCall} call @param {Found} found @param {boolean} follow */
export function sendStatsAhead(call, found, follow) {
  call.statsAhead ??= new Ahead();
  call.statsAhead.send(call, found, (inode) => (follow && inode.isSymlink ? -1 : 0));
}

/** After a file was opened to be read. @param {HostCall} call @param {Directory} directory @param {Found} found @param {number} base
 * rights @param {number} fdflags */
export function sendFilesAhead(call, directory, found, base, fdflags) {
  const { fds, access } = call.process;
  const { store, parent } = found;
  /** @type {Descriptor[]} */
  const kept = [];
  /** @type {string | undefined} */
  let path;
  call.filesAhead ??= new Ahead();
  call.filesAhead.send(call, found, (inode, name) => {
    const size = inode.isFile && (inode.mode & MAY_READ) !== 0 ? store.size(inode) : CONTENT_BYTES + 1;
    if (size > CONTENT_BYTES) return -1;
    if (!access.free.read) {
      path ??= directoryPath(call.process, directory, store, /** @type {Inode} */ (parent)).replace(/\/$/, '');
      if (access.verdict('read', `${path}/${name}`) !== 'allow') return -1;
    }
    const file = new RegularFile(store, inode, fdflags, directory, parent, name);
    kept.push(new Descriptor(file, base & file.rights, 0));
    return size;
  });
  fds.keep(kept);
}
