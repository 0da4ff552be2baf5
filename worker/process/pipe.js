/**
 * Pipes as the host has them: a ring, its two ends as open files, and those who wait for it to change.
 *
 * In shared memory guests work on the ring themselves; then `watch` makes them ring the bell after a change. A ring is
 * given back when both ends are closed, which no descriptor of any process survives.
 */

import { ERRNO, FILETYPE, RIGHTS } from '../generated/abi.js';
import { BLOCKED, BROKEN, PIPE_BUF, READER, Ring, RING_STRIDE, SMALL_RING_BYTES, SMALL_RING_STRIDE, WRITER } from '../wasi/ring.js';
import { PENDING, WORD } from '../wasi/wire.js';
import { encodeFilestat, OpenFile, STREAM_RIGHTS } from './open_file.js';

/** @typedef {import('./syscall_server.js').SyscallServer} SyscallServer */
/** @typedef {import('./host_call.js').HostCall} HostCall */
/** @typedef {import('../wasi/ring.js').Side} Side */

/** Pipes that workers share directly; more of them work as well, through the host. */
const SHARED_RINGS = 64;
/** The number by which the host locks rings; workers count from 1. */
const HOST = 0x7fffffff;

/** The memory that rings are made of. */
export class RingArena {
  /** @type {number[]} */
  #free = [];
  /** Rings in use. @type {Set<Ring>} */
  rings = new Set();

  /** @param {boolean} shared */
  constructor(shared) {
    this.memory = shared ? new SharedArrayBuffer(SHARED_RINGS * RING_STRIDE) : null;
    if (shared) for (let number = SHARED_RINGS - 1; number >= 0; number--) this.#free.push(number);
  }

  /** @returns {{ ring: Ring, number: number }} number -1: not in shared memory */
  take() {
    const number = this.memory === null ? undefined : this.#free.pop();
    const ring = this.memory === null || number === undefined
      ? new Ring(new ArrayBuffer(SMALL_RING_STRIDE), 0, HOST, undefined, SMALL_RING_BYTES) : new Ring(this.memory, number * RING_STRIDE, HOST);
    ring.reset();
    this.rings.add(ring);
    return { ring, number: number ?? -1 };
  }

  /** @param {Ring} ring @param {number} number */
  release(ring, number) {
    this.rings.delete(ring);
    if (number >= 0) this.#free.push(number);
  }

  /** A worker was ended: open what it had locked. @param {number} owner */
  breakLocks(owner) {
    if (this.memory !== null) for (const ring of this.rings) ring.breakLocks(owner);
  }
}

export class Pipe {
  /** @type {Set<() => void>} */
  #listeners = new Set();
  #seen = 0;

  /** What its last reader left. @type {Uint8Array | null} */
  unread = null;

  /** @param {RingArena} arena @param {SyscallServer} server @param {boolean} [keepsUnread] */
  constructor(arena, server, keepsUnread = false) {
    const { ring, number } = arena.take();
    this.keepsUnread = keepsUnread;
    this.arena = arena;
    this.server = server;
    this.ring = ring;
    this.number = number;
    this.reader = new PipeEnd(this, READER);
    this.writer = new PipeEnd(this, WRITER);
  }

  /** Have `listener` called after every change, and once soon in any case. @param {() => void} listener @returns {() => void} to stop that */
  listen(listener) {
    this.#listeners.add(listener);
    this.#seen = this.ring.sequence() - 1;
    this.ring.isWatched = true;
    this.server.watch(this);
    this.server.ring();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.ring.isWatched = false;
      this.server.unwatch(this);
    };
  }

  /** For the server: tell the listeners when something has changed. */
  check() {
    const sequence = this.ring.sequence();
    if (sequence === this.#seen) return;
    this.#seen = sequence;
    for (const listener of [...this.#listeners]) listener();
  }

  /** The host itself has changed it. */
  changed() {
    if (this.#listeners.size > 0) this.server.ring();
  }

  /**
   * Try until it is not BLOCKED, then finish the call.
   * @param {HostCall} call @param {() => number} attempt @param {(result: number) => number} errnoOf stores the answer
   * @returns {number} errno, or PENDING
   */
  wait(call, attempt, errnoOf) {
    const stop = this.listen(() => {
      const result = call.cancelled() ? BLOCKED : attempt();
      if (result === BLOCKED && !call.cancelled()) return;
      stop();
      if (result !== BLOCKED) call.finish(errnoOf(result));
    });
    const result = attempt();
    if (result === BLOCKED) return PENDING;
    stop();
    return errnoOf(result);
  }

  /** @param {Side} side the last descriptor of it is closed */
  close(side) {
    if (side === READER && this.keepsUnread) this.#keepUnread();
    this.ring.close(side);
    this.changed();
    if (!this.ring.isClosed(READER) || !this.ring.isClosed(WRITER)) return;
    this.#listeners.clear();
    this.server.unwatch(this);
    this.arena.release(this.ring, this.number);
  }

  #keepUnread() {
    const rest = new Uint8Array(this.ring.used);
    if (rest.length > 0 && this.ring.read(rest) > 0) this.unread = rest;
  }
}

/** One end of a pipe as an open file. */
export class PipeEnd extends OpenFile {
  /** @param {Pipe} pipe @param {Side} side */
  constructor(pipe, side) {
    super(FILETYPE.UNKNOWN, STREAM_RIGHTS & ~(side === READER ? RIGHTS.FD_WRITE : RIGHTS.FD_READ));
    this.pipe = pipe;
    this.side = side;
    // Workers that use the ring themselves have to see them.
    const { ring } = pipe;
    Object.defineProperty(this, 'flags', {
      get: () => ring.flags(side),
      set: (/** @type {number} */ flags) => ring.setFlags(side, flags),
    });
  }

  /** @override @param {HostCall} call @param {number} most */
  read(call, most) {
    if (this.side !== READER) return this.errnos.read;
    const { ring } = this.pipe;
    const target = call.data.subarray(0, most);
    return this.#run(call, () => (most === 0 ? 0 : ring.read(target)), (count) => void (call.words[WORD.LENGTH] = count));
  }

  /** @override @param {HostCall} call @param {number} length */
  write(call, length) {
    if (this.side !== WRITER) return this.errnos.write;
    const { ring } = this.pipe;
    const source = call.data.subarray(0, length);
    let done = 0;
    const attempt = () => {
      while (done < length) {
        const count = ring.write(source.subarray(done));
        if (count < 0) return count === BLOCKED && done > 0 && ring.isNonblocking(WRITER) ? done : count;
        done += count;
        this.pipe.changed();
      }
      return done;
    };
    return this.#run(call, attempt, (count) => void (call.words[WORD.ARG] = count));
  }

  /** @override @param {DataView} view */
  stat(view) {
    encodeFilestat(view, 0, 0, this.filetype, { mode: 0o600 });
  }

  /** @override */
  available() {
    return this.side === READER ? this.pipe.ring.used : 0;
  }

  /** @override */
  readiness() {
    const { ring } = this.pipe;
    const hangup = ring.isClosed(this.side === READER ? WRITER : READER);
    return {
      read: this.side === READER && (ring.used > 0 || hangup),
      write: this.side === WRITER && (ring.free >= PIPE_BUF || hangup),
      hangup,
    };
  }

  /** @override @param {() => void} listener */
  onReady(listener) {
    return this.pipe.listen(listener);
  }

  /** @override */
  close() {
    this.pipe.close(this.side);
  }

  /** @param {HostCall} call @param {() => number} attempt @param {(count: number) => void} store */
  #run(call, attempt, store) {
    /** @param {number} result */
    const errnoOf = (result) => {
      if (result === BROKEN) return ERRNO.PIPE;
      store(result);
      this.pipe.changed();
      return ERRNO.SUCCESS;
    };
    const result = attempt();
    if (result !== BLOCKED) return errnoOf(result);
    return this.pipe.ring.isNonblocking(this.side) ? ERRNO.AGAIN : this.pipe.wait(call, attempt, errnoOf);
  }
}
