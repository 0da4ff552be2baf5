/**
 * A pipe's ring: its bytes and their state, in memory that may be shared by many workers.
 *
 * Any number of readers and writers use one ring; each side has a lock that is held for one copy. Nobody waits for data
 * under a lock: `read` and `write` do what can be done at once, and who has to wait waits for SEQUENCE to move on from
 * what it was before he looked. Every change of state moves it, so no wake-up is lost.
 *
 * A process can be ended at any moment. It holds a lock by its own number, so that the host can open it (`breakLocks`),
 * and asks `isEnded` once it has the lock: either it learns of its end, or the host sees the lock held.
 */

import { FDFLAGS } from '../generated/abi.js';

/** A power of two, several times what a program writes at once: both sides can then work without waiting for each other each time. */
export const RING_BYTES = 262_144;
/** Where a ring is memory of its own, made for each pipe. */
export const SMALL_RING_BYTES = 65_536;
/** Writes up to this size are never mixed with others (POSIX PIPE_BUF). */
export const PIPE_BUF = 4096;
const HEADER_BYTES = 64;
export const RING_STRIDE = HEADER_BYTES + RING_BYTES;
export const SMALL_RING_STRIDE = HEADER_BYTES + SMALL_RING_BYTES;

/** Words of the header; a side's words lie at the side's number behind the first of each pair. */
const SEQUENCE = 0;
const WAITERS = 1;
const WATCHED = 2;
const POSITION = 4;
const LOCK = 6;
const CLOSED = 8;
const FLAGS = 10;

export const READER = 0;
export const WRITER = 1;
/** @typedef {0 | 1} Side */

/** Results beside a count: nothing can be done now, nobody will ever read, and the caller has been ended. */
export const BLOCKED = -1;
export const BROKEN = -2;
export const ENDED = -3;

const LOCK_WAIT_MS = 5;
const never = () => false;

export class Ring {
  /**
   * @param {ArrayBuffer | SharedArrayBuffer} buffer
   * @param {number} offset
   * @param {number} owner Number of the one who uses this object, not 0.
   * @param {() => boolean} [isEnded]
   * @param {number} [bytes] it holds, a power of two
   */
  constructor(buffer, offset, owner, isEnded = never, bytes = RING_BYTES) {
    this.bytes = bytes;
    this.words = new Int32Array(buffer, offset, HEADER_BYTES / 4);
    this.data = new Uint8Array(buffer, offset + HEADER_BYTES, bytes);
    this.owner = owner;
    this.isEnded = isEnded;
  }

  /** Make it an empty ring again; nobody else may use it then. */
  reset() {
    this.words.fill(0, WAITERS);
  }

  /** What to wait on. @returns {number} */
  sequence() {
    return Atomics.load(this.words, SEQUENCE);
  }

  /** Bytes that can be read. @returns {number} */
  get used() {
    return (Atomics.load(this.words, POSITION + WRITER) - Atomics.load(this.words, POSITION + READER)) | 0;
  }

  /** Bytes that can be written. @returns {number} */
  get free() {
    return this.bytes - this.used;
  }

  /** @param {Side} side */
  isClosed(side) {
    return Atomics.load(this.words, CLOSED + side) !== 0;
  }

  /** Fdflags of a side. @param {Side} side */
  flags(side) {
    return Atomics.load(this.words, FLAGS + side);
  }

  /** @param {Side} side @param {number} flags */
  setFlags(side, flags) {
    Atomics.store(this.words, FLAGS + side, flags);
  }

  /** @param {Side} side */
  isNonblocking(side) {
    return (this.flags(side) & FDFLAGS.NONBLOCK) !== 0;
  }

  /** Whether the host wants the doorbell rung after a change. */
  get isWatched() {
    return Atomics.load(this.words, WATCHED) !== 0;
  }

  /** @param {boolean} watched */
  set isWatched(watched) {
    Atomics.store(this.words, WATCHED, watched ? 1 : 0);
  }

  /** @param {Uint8Array} target not empty @returns {number} bytes read, 0 at the end, BLOCKED or ENDED */
  read(target) {
    if (!this.#lock(READER)) return ENDED;
    const isClosed = this.isClosed(WRITER);
    const count = Math.min(this.used, target.length);
    if (count > 0) {
      const position = Atomics.load(this.words, POSITION + READER);
      const start = position & (this.bytes - 1);
      const first = Math.min(count, this.bytes - start);
      target.set(this.data.subarray(start, start + first));
      if (first < count) target.set(this.data.subarray(0, count - first), first);
      Atomics.store(this.words, POSITION + READER, (position + count) | 0);
    }
    this.#unlock(READER);
    if (count > 0) this.#changed();
    return count > 0 ? count : isClosed ? 0 : BLOCKED;
  }

  /** @param {Uint8Array} source not empty @returns {number} bytes written, BLOCKED, BROKEN or ENDED */
  write(source) {
    if (!this.#lock(WRITER)) return ENDED;
    const isBroken = this.isClosed(READER);
    const { free } = this;
    const count = isBroken || (source.length <= PIPE_BUF && free < source.length) ? 0 : Math.min(free, source.length);
    if (count > 0) {
      const position = Atomics.load(this.words, POSITION + WRITER);
      const start = position & (this.bytes - 1);
      const first = Math.min(count, this.bytes - start);
      this.data.set(first === source.length ? source : source.subarray(0, first), start);
      if (first < count) this.data.set(source.subarray(first, count));
      Atomics.store(this.words, POSITION + WRITER, (position + count) | 0);
    }
    this.#unlock(WRITER);
    if (count > 0) this.#changed();
    return count > 0 ? count : isBroken ? BROKEN : BLOCKED;
  }

  /** No descriptor of this side is left. @param {Side} side */
  close(side) {
    Atomics.store(this.words, CLOSED + side, 1);
    this.#changed();
  }

  /**
   * Wait until the state is another than at `sequence`; only in a worker, on shared memory.
   * @param {number} sequence
   */
  wait(sequence) {
    Atomics.add(this.words, WAITERS, 1);
    Atomics.wait(this.words, SEQUENCE, sequence);
    Atomics.sub(this.words, WAITERS, 1);
  }

  /** Open what a process that was ended may have locked; it is given a moment to do that itself. @param {number} owner */
  breakLocks(owner) {
    for (const side of [READER, WRITER]) {
      if (Atomics.load(this.words, LOCK + side) !== owner) continue;
      Atomics.wait(this.words, LOCK + side, owner, LOCK_WAIT_MS);
      if (Atomics.compareExchange(this.words, LOCK + side, owner, 0) === owner) Atomics.notify(this.words, LOCK + side);
    }
  }

  /** @param {Side} side @returns {boolean} false when this process has been ended: then nothing is locked */
  #lock(side) {
    for (;;) {
      const holder = Atomics.compareExchange(this.words, LOCK + side, 0, this.owner);
      if (holder === 0) break;
      Atomics.wait(this.words, LOCK + side, holder, LOCK_WAIT_MS);
    }
    if (!this.isEnded()) return true;
    this.#unlock(side);
    return false;
  }

  /** @param {Side} side */
  #unlock(side) {
    Atomics.store(this.words, LOCK + side, 0);
    Atomics.notify(this.words, LOCK + side, 1);
  }

  #changed() {
    Atomics.add(this.words, SEQUENCE, 1);
    if (Atomics.load(this.words, WAITERS) !== 0) Atomics.notify(this.words, SEQUENCE);
  }
}
