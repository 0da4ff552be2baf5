/**
 * The guest's end of the way to the agent worker, in two kinds with one face.
 *
 * Both work on the block of `wire.js`. `SharedChannel` shares it and sleeps in `Atomics.wait`; `PortChannel` posts copies and
 * gives a promise, on which JSPI suspends the guest. Whoever calls goes on in `then(result, f)` and does not see which.
 */

import { BLOCK_BYTES, DATA_BYTES, STATE, WORD, WORDS_BYTES } from './wire.js';

/** What the host wants to see of a running process at any time: words behind the block's data. */
export const STATUS = Object.freeze({
  /** Set by the host: the process was ended, its worker is about to be. */
  ENDED: 0,
  /** Pages of its memory. */
  PAGES: 1,
  /** Time spent waiting, in tenths of a millisecond, and whether it waits now. */
  PARKED: 2,
  IS_PARKED: 3,
});
export const STATUS_WORDS = 4;
export const SHARED_BYTES = BLOCK_BYTES + STATUS_WORDS * 4;

/** Words that all processes share with the host. */
export const CONTROL = Object.freeze({
  /** Changes, and is notified, when there is something for the host to do. */
  BELL: 0,
  /** Generation of the project's store. */
  GENERATION: 1,
});
export const CONTROL_BYTES = 8;

/**
 * @template T
 * @typedef {T | Promise<T>} Now
 */

/**
 * @template T, U
 * @param {Now<T>} result
 * @param {(value: T) => Now<U>} f
 * @returns {Now<U>}
 */
export function then(result, f) {
  return result instanceof Promise ? result.then(f) : f(result);
}

/** The parts of a block. @param {ArrayBuffer | SharedArrayBuffer} buffer of SHARED_BYTES */
export function blockParts(buffer) {
  return {
    words: new Int32Array(buffer, 0, WORDS_BYTES / 4),
    data: new Uint8Array(buffer, WORDS_BYTES, DATA_BYTES),
    status: new Int32Array(buffer, BLOCK_BYTES, STATUS_WORDS),
  };
}

class Channel {
  /** Milliseconds spent waiting. */
  parked = 0;

  /** @param {ArrayBuffer | SharedArrayBuffer} buffer */
  constructor(buffer) {
    const { words, data, status } = blockParts(buffer);
    this.words = words;
    this.data = data;
    this.status = status;
  }

  /** A new process begins. */
  reset() {
    this.parked = 0;
    this.status.fill(0, STATUS.PAGES);
  }

  /** @template T @param {() => Now<T>} wait @returns {Now<T>} what it gives; its time does not count as the process's */
  park(wait) {
    const since = performance.now();
    this.status[STATUS.IS_PARKED] = 1;
    return then(wait(), (value) => {
      this.parked += performance.now() - since;
      this.status[STATUS.PARKED] = this.parked * 10;
      this.status[STATUS.IS_PARKED] = 0;
      return value;
    });
  }
}

export class SharedChannel extends Channel {
  /** @param {SharedArrayBuffer} buffer @param {SharedArrayBuffer} control @param {(() => void) | null} poke wakes a host that cannot wait for the bell */
  constructor(buffer, control, poke) {
    super(buffer);
    this.control = new Int32Array(control);
    this.poke = poke;
    this.never = new Int32Array(new SharedArrayBuffer(4));
    this.isEnded = () => Atomics.load(this.status, STATUS.ENDED) !== 0;
  }

  /** Generation of the store now; null where it cannot be known. @returns {number | null} */
  generation() {
    return Atomics.load(this.control, CONTROL.GENERATION);
  }

  ring() {
    Atomics.add(this.control, CONTROL.BELL, 1);
    Atomics.notify(this.control, CONTROL.BELL);
    this.poke?.();
  }

  /** Send what lies in the block; no answer is waited for. @param {number} op */
  send(op) {
    this.words[WORD.OP] = op;
    Atomics.store(this.words, WORD.STATE, STATE.REQUEST);
    this.ring();
  }

  /** @param {number} op @returns {Now<number>} errno; the answer lies in the block */
  call(op) {
    return this.park(() => {
      this.send(op);
      while (Atomics.load(this.words, WORD.STATE) === STATE.REQUEST) Atomics.wait(this.words, WORD.STATE, STATE.REQUEST);
      return /** @type {number} */ (this.words[WORD.ERRNO]);
    });
  }

  /** @param {number} milliseconds @returns {Now<void>} */
  sleep(milliseconds) {
    return this.park(() => void Atomics.wait(this.never, 0, 0, milliseconds));
  }
}

/** The used part of a block, and where its put-off closes lie behind it. @param {Int32Array} words */
export function usedBytes(words) {
  const length = /** @type {number} */ (words[WORD.LENGTH]);
  const closes = /** @type {number} */ (words[WORD.CLOSES]);
  const closesAt = (length + 3) & ~3;
  return { closes, closesAt, used: closes === 0 ? length : closesAt + closes * 4 };
}

/** @typedef {{ words: Int32Array, data: Uint8Array, status: Int32Array }} Block */

const PACKED_DATA = WORDS_BYTES + STATUS_WORDS * 4;
/** Moving a buffer to another worker costs more than copying a small one. */
const WORTH_MOVING = 16_384;

/** Send what of a block is used. @param {Block} block @param {(message: ArrayBuffer, moved: ArrayBuffer[]) => void} post */
export function postBlock({ words, data, status }, post) {
  const { used } = usedBytes(words);
  const packed = new ArrayBuffer(PACKED_DATA + used);
  new Int32Array(packed, 0, words.length).set(words);
  new Int32Array(packed, WORDS_BYTES, STATUS_WORDS).set(status);
  new Uint8Array(packed, PACKED_DATA).set(data.subarray(0, used));
  post(packed, used > WORTH_MOVING ? [packed] : []);
}

/** @param {Block} block @param {ArrayBuffer} packed */
export function takeBlock({ words, data, status }, packed) {
  words.set(new Int32Array(packed, 0, words.length));
  status.set(new Int32Array(packed, WORDS_BYTES, STATUS_WORDS));
  data.set(new Uint8Array(packed, PACKED_DATA));
}

export class PortChannel extends Channel {
  /** @param {(message: ArrayBuffer | Int32Array, moved: ArrayBuffer[]) => void} post a call, or only the status */
  constructor(post) {
    super(new ArrayBuffer(SHARED_BYTES));
    this.post = post;
    /** @type {(errno: number) => void} */
    this.answer = () => {};
    this.isEnded = () => false;
  }

  generation() {
    return null;
  }

  ring() {}

  /** @param {number} op */
  send(op) {
    this.words[WORD.OP] = op;
    postBlock(this, this.post);
  }

  /** @param {number} op @returns {Now<number>} */
  call(op) {
    return this.park(() => new Promise((resolve) => {
      this.answer = resolve;
      this.send(op);
    }));
  }

  /** The host's answer. @param {ArrayBuffer} packed */
  receive(packed) {
    takeBlock(this, packed);
    this.answer(/** @type {number} */ (this.words[WORD.ERRNO]));
  }

  /** @param {number} milliseconds @returns {Now<void>} */
  sleep(milliseconds) {
    return this.park(() => {
      this.post(this.status.slice(), []);
      return new Promise((resolve) => void setTimeout(resolve, milliseconds));
    });
  }
}
