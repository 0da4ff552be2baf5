/**
 * The program that runs in this worker: its memory, descriptors it knows about, and requests to the host.
 *
 * The same code serves both kinds of channel: what a channel gives goes through `then`.
 */

import { ERRNO, SIGNAL } from '../generated/abi.js';
import { STATUS, usedBytes } from './channel.js';
import { GuestMemory } from './guest_memory.js';
import { LocalDirectory, LocalFile, LocalRing } from './local_files.js';
import { BLOCKED, BROKEN, ENDED, READER, Ring, RING_STRIDE, WRITER } from './ring.js';
import { DATA_BYTES, MAX_CLOSES, OP, WORD } from './wire.js';

/** @template T @typedef {import('./channel.js').Now<T>} Now */
/** @typedef {import('./channel.js').SharedChannel | import('./channel.js').PortChannel} Channel */
/** @typedef {LocalFile | LocalRing | LocalDirectory} Local */

/**
 * The message that starts a program in a worker.
 * @typedef {object} RunMessage
 * @property {'run'} type
 * @property {WebAssembly.Module} module
 * @property {Uint8Array<ArrayBuffer>} argv strings one after another, each with its NUL
 * @property {Uint8Array<ArrayBuffer>} env
 * @property {[fd: number, name: string][]} preopens
 * @property {[fd: number, ring: number, side: import('./ring.js').Side][]} rings descriptors that are ends of pipes in shared memory
 */

/** How a program came to its end; thrown to unwind the guest, which must not be able to go on. */
export class ProgramEnd {
  /** @param {'exit' | 'exec' | 'ended'} kind @param {number} code @param {number} signal */
  constructor(kind, code, signal) {
    this.kind = kind;
    this.code = code;
    this.signal = signal;
  }
}

const encoder = new TextEncoder();
/** Calls after which it is not known which descriptor is free next. @type {ReadonlySet<number>} */
const TAKING = new Set([OP.FD_RENUMBER, OP.PROCESS_DUP, OP.PROCESS_DUP_TO, OP.PROCESS_PIPE]);

/** @param {Uint8Array} joined @returns {Uint8Array[]} strings with their NULs */
function splitStrings(joined) {
  const strings = [];
  for (let start = 0; start < joined.length; ) {
    const end = joined.indexOf(0, start) + 1 || joined.length;
    strings.push(joined.subarray(start, end));
    start = end;
  }
  return strings;
}

export class Guest {
  memory = new GuestMemory((pages) => void (this.channel.status[STATUS.PAGES] = pages));
  /** @type {Map<number, Local>} */
  locals = new Map();
  /** @type {Map<number, Uint8Array<ArrayBuffer>>} */
  preopens = new Map();
  /** Set once the program has ended: no call of it does anything any more. @type {ProgramEnd | null} */
  end = null;
  startedAt = performance.now();
  /** Descriptors whose close has been put off. @type {number[]} */
  #closes = [];
  /** Entries that came along with answers. @type {import('./ahead.js').Ahead | null} */
  stats = null;
  /** @type {import('./ahead.js').Ahead | null} */
  files = null;
  /** One of `files` that was opened here and that the host does not know to be open. @type {{ fd: number, index: number } | null} */
  #unsaid = null;
  /** Every descriptor below is open; with `isFree` this one is not. */
  #lowest = 0;
  #isFree = false;

  /** @param {Channel} channel @param {SharedArrayBuffer | null} arena the rings of shared memory @param {number} owner this worker's number */
  constructor(channel, arena, owner) {
    this.channel = channel;
    this.words = channel.words;
    this.data = channel.data;
    this.arena = arena;
    this.owner = owner;
    /** @type {Uint8Array[]} */
    this.argv = [];
    /** @type {Uint8Array[]} */
    this.env = [];
  }

  /** A program begins; the one before has left. @param {RunMessage} message */
  begin({ argv, env, preopens, rings }) {
    this.channel.reset();
    this.startedAt = performance.now();
    this.end = null;
    this.#closes = [];
    this.stats = this.files = this.#unsaid = null;
    this.nextFree(-1);
    this.locals.clear();
    this.argv = splitStrings(argv);
    this.env = splitStrings(env);
    this.preopens = new Map(preopens.map(([fd, name]) => [fd, encoder.encode(name)]));
    for (const [fd, ring, side] of rings) this.addRing(fd, ring, side);
  }

  /** Unwind the guest. @param {ProgramEnd} end @returns {never} */
  finish(end) {
    this.end ??= end;
    throw this.end;
  }

  /** A signal that ends the program, raised by itself. @param {number} signal @returns {never} */
  die(signal) {
    this.finish(new ProgramEnd('exit', 128 + signal, signal));
  }

  /** Bytes of data a request may carry. */
  get room() {
    return DATA_BYTES - (this.#closes.length + (this.#unsaid === null ? 0 : 1)) * 4;
  }

  /** Begin a request. @param {number} a0 @param {number} [a1] @param {number} [a2] */
  request(a0, a1 = 0, a2 = 0) {
    const { words } = this;
    words[WORD.LENGTH] = 0;
    words[WORD.ARG] = a0;
    words[WORD.ARG + 1] = a1;
    words[WORD.ARG + 2] = a2;
  }

  /** @param {number} index of the argument @param {bigint} value */
  put64(index, value) {
    this.words[WORD.ARG + index] = Number(BigInt.asIntN(32, value));
    this.words[WORD.ARG + index + 1] = Number(BigInt.asIntN(32, value >> 32n));
  }

  /** @param {number} index of the result @returns {bigint} */
  get64(index) {
    return (BigInt(this.result(index + 1)) << 32n) | BigInt(this.result(index) >>> 0);
  }

  /** @param {number} index @returns {number} */
  result(index) {
    return /** @type {number} */ (this.words[WORD.ARG + index]);
  }

  /** Length of the answer's data. @returns {number} */
  get length() {
    return /** @type {number} */ (this.words[WORD.LENGTH]);
  }

  /** @param {number} op @returns {Now<number>} errno */
  call(op) {
    const closes = this.#closes;
    this.#say();
    if (TAKING.has(op)) this.nextFree(-1);
    this.words[WORD.WANTS_AHEAD] = this.channel.generation() === null ? 0 : 1;
    this.words[WORD.CLOSES] = closes.length;
    if (closes.length > 0) {
      const { closesAt } = usedBytes(this.words);
      this.data.set(new Uint8Array(Int32Array.from(closes).buffer), closesAt);
      this.#closes = [];
    }
    return this.channel.call(op);
  }

  // Descriptors.

  /** @param {number} fd @param {number} number of the ring @param {import('./ring.js').Side} side */
  addRing(fd, number, side) {
    if (this.arena === null || number < 0) return;
    const ring = new Ring(this.arena, number * RING_STRIDE, this.owner, this.channel.isEnded);
    this.locals.set(fd, new LocalRing(ring, side));
  }

  /** The file behind `fd` when its offset is kept here. @param {number} fd @returns {LocalFile | null} */
  privateFile(fd) {
    const local = this.locals.get(fd);
    return local instanceof LocalFile && local.isPrivate ? local : null;
  }

  /** Someone else is about to use the descriptor: the host keeps its offset from now on. @param {number} fd */
  share(fd) {
    const file = this.privateFile(fd);
    if (file !== null) {
      if (file.offset !== file.hostOffset) {
        this.request(fd);
        this.put64(1, BigInt(file.offset));
        this.words[WORD.ARG + 3] = 0;
        void this.call(OP.FD_SEEK);
      }
      file.isPrivate = false;
    }
  }

  /** @param {number} fd @returns {Now<number>} */
  close(fd) {
    const local = this.locals.get(fd);
    const isHarmless = local instanceof LocalDirectory || (local instanceof LocalFile && !local.isLocked);
    this.locals.delete(fd);
    this.preopens.delete(fd);
    this.#forget(fd);
    if (fd >= 0 && fd <= this.#lowest) {
      this.#lowest = fd;
      this.#isFree = true;
    }
    if (fd === this.#unsaid?.fd) {
      this.#unsaid = null;
      return ERRNO.SUCCESS;
    }
    if (isHarmless && this.#closes.length < MAX_CLOSES) {
      this.#say();
      this.#closes.push(fd);
      return ERRNO.SUCCESS;
    }
    this.request(fd);
    return this.call(OP.FD_CLOSE);
  }

  /** The host will give out that descriptor next; -1: it is not known. @param {number} fd */
  nextFree(fd) {
    this.#lowest = Math.max(0, fd);
    this.#isFree = fd >= 0;
  }

  /** Open one of `files` without the host, when its descriptor is known. @param {number} index @param {LocalFile} file @returns {number} -1 when it is not */
  openHere(index, file) {
    if (!this.#isFree || this.#unsaid !== null) return -1;
    const fd = this.#lowest++;
    this.#isFree = false;
    this.#unsaid = { fd, index };
    this.locals.set(fd, file);
    return fd;
  }

  /** Have the host open, before its next call, what was opened here. */
  #say() {
    if (this.#unsaid === null) return;
    this.#closes.push(~this.#unsaid.index);
    this.files?.spend(this.#unsaid.index);
    this.#unsaid = null;
  }

  /** `fd` is no longer the directory it was. @param {number} fd */
  #forget(fd) {
    if (this.stats?.key[0] === fd) this.stats = null;
    if (this.files?.key[0] === fd) this.files = null;
  }

  /** `from` has become `to` on the host. @param {number} from @param {number} to */
  moved(from, to) {
    if (from === to) return;
    this.#forget(from);
    this.#forget(to);
    for (const table of [this.locals, this.preopens]) {
      const entry = table.get(from);
      table.delete(from);
      if (entry === undefined) table.delete(to);
      else /** @type {Map<number, unknown>} */ (table).set(to, entry);
    }
  }

  /** `to` is now the same open file as `from`. @param {number} from @param {number} to */
  copied(from, to) {
    if (from === to) return;
    this.#forget(to);
    this.preopens.delete(to);
    const local = this.locals.get(from);
    if (local === undefined) this.locals.delete(to);
    else this.locals.set(to, local);
  }

  // Pipes in shared memory. @see Ring

  /** @param {Ring} ring @param {Uint8Array[]} buffers @returns {number} bytes read, or minus an errno */
  readRing(ring, buffers) {
    let done = 0;
    for (const buffer of buffers) {
      const count = this.#ringStep(ring, READER, done === 0, () => ring.read(buffer));
      if (count < 0) return done > 0 ? done : -ERRNO.AGAIN;
      done += count;
      if (count < buffer.length) break;
    }
    return done;
  }

  /** @param {Ring} ring @param {Uint8Array[]} buffers @returns {number} bytes written, or minus an errno */
  writeRing(ring, buffers) {
    let done = 0;
    for (const buffer of buffers) {
      for (let at = 0; at < buffer.length; ) {
        const count = this.#ringStep(ring, WRITER, true, () => ring.write(at === 0 ? buffer : buffer.subarray(at)));
        if (count < 0) return done > 0 ? done : -ERRNO.AGAIN;
        at += count;
        done += count;
      }
    }
    return done;
  }

  /**
   * @param {Ring} ring @param {import('./ring.js').Side} side @param {boolean} mayWait @param {() => number} step
   * @returns {number} its count, or BLOCKED when it may not wait
   */
  #ringStep(ring, side, mayWait, step) {
    for (;;) {
      const sequence = ring.sequence();
      const count = step();
      if (count === ENDED) this.finish(new ProgramEnd('ended', 0, 0));
      if (count === BROKEN) this.die(SIGNAL.PIPE);
      if (count > 0 && ring.isWatched) this.channel.ring();
      if (count !== BLOCKED || !mayWait || ring.isNonblocking(side)) return count;
      void this.channel.park(() => ring.wait(sequence));
    }
  }
}
