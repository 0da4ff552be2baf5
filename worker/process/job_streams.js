/** The host's ends of what an agent-started program reads and writes. */

import { BLOCKED, BROKEN, READER, RING_BYTES, WRITER } from '../wasi/ring.js';

/** @typedef {import('./pipe.js').Pipe} Pipe */

/** Bytes that may wait for the agent before a terminal's writers wait too. */
const FULL_BYTES = 1 << 20;

/** What was written and not yet read by the agent. */
export class Output {
  #size = 0;
  /** @type {(() => void)[]} */
  #held = [];
  /** @type {Uint8Array[]} */
  #chunks = [];
  #isEnded = false;
  /** @type {(() => void)[]} */
  #waiting = [];

  /** @param {Uint8Array} bytes given up by the caller */
  push(bytes) {
    this.#chunks.push(bytes);
    this.#size += bytes.length;
    this.#wake();
  }

  /** @param {() => void} listener called once there is room again @returns {boolean} false when there is, and it is not called */
  holds(listener) {
    return this.#size >= FULL_BYTES && this.#held.push(listener) > 0;
  }

  end() {
    this.#isEnded = true;
    this.#wake();
  }

  /** @returns {Promise<Uint8Array | null>} all there is, at least one byte; null at the end */
  async read() {
    while (this.#chunks.length === 0) {
      if (this.#isEnded) return null;
      await new Promise((resolve) => this.#waiting.push(() => resolve(undefined)));
    }
    const chunks = this.#chunks.splice(0);
    this.#size = 0;
    for (const go of this.#held.splice(0)) go();
    if (chunks.length === 1) return /** @type {Uint8Array} */ (chunks[0]);
    const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }

  #wake() {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

const buffer = new Uint8Array(RING_BYTES);

/** Collect what is written into a pipe until all its writers are gone. @param {Pipe} pipe @param {(bytes: Uint8Array) => void} onBytes @param {() => void} onEnd */
export function collect(pipe, onBytes, onEnd) {
  const stop = pipe.listen(() => {
    for (;;) {
      const count = pipe.ring.read(buffer);
      if (count === BLOCKED) return;
      if (count <= 0) break;
      pipe.changed();
      onBytes(buffer.slice(0, count));
    }
    stop();
    pipe.close(READER);
    onEnd();
  });
}

/** Nobody reads what is to be written. */
export class BrokenPipe extends Error {
  constructor() {
    super('the program does not read any more');
    this.name = 'BrokenPipe';
  }
}

/** Writes into a pipe what the agent gives, in order. */
export class Input {
  /** @type {{ bytes: Uint8Array, done: () => void, fail: (error: Error) => void }[]} */
  #queue = [];
  #isClosing = false;
  #isClosed = false;
  /** @type {(() => void) | null} */
  #stop = null;

  /** @param {Pipe} pipe */
  constructor(pipe) {
    this.pipe = pipe;
  }

  /** @param {Uint8Array} bytes @returns {Promise<void>} when all is in the pipe @throws {BrokenPipe} */
  write(bytes) {
    if (this.#isClosing) return Promise.reject(new BrokenPipe());
    return new Promise((done, fail) => {
      this.#queue.push({ bytes, done: () => done(undefined), fail });
      this.#advance();
    });
  }

  close() {
    this.#isClosing = true;
    this.#advance();
  }

  #advance() {
    const { ring } = this.pipe;
    if (this.#isClosed) return;
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const count = next.bytes.length === 0 ? 0 : ring.write(next.bytes);
      if (count === BLOCKED) {
        this.#stop ??= this.pipe.listen(() => this.#advance());
        return;
      }
      if (count === BROKEN) next.fail(new BrokenPipe());
      else next.bytes = next.bytes.subarray(count);
      if (count !== BROKEN && next.bytes.length > 0) continue;
      if (count !== BROKEN) next.done();
      this.#queue.shift();
    }
    this.pipe.changed();
    this.#stop?.();
    this.#stop = null;
    this.#isClosed = this.#isClosing;
    if (this.#isClosed) this.pipe.close(WRITER);
  }
}
