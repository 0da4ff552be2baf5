/**
 * Workers that wait for programs: some are always started ahead, since starting one takes longer than most programs run.
 *
 * A worker that ended its program by itself is used again. One that was ended, trapped or used much memory is terminated
 * and replaced. A browser may let a terminated worker compute on for a while, so nothing of it is given to another:
 * its block is dropped and its number never used again.
 */

import { blockParts, SHARED_BYTES, STATUS, takeBlock } from '../wasi/channel.js';

/** Workers kept when nothing runs, and how many may lie idle before some are given up. */
export const POOL_SIZE = 4;
const MOST_IDLE = 8;
/** Starts that fail in a row before those who wait are told. */
const MOST_FAILURES = 3;

/** @typedef {import('./process_table.js').Process} Process */
/** What is needed of a `Worker`.
 * @typedef {{ postMessage(message: unknown, moved?: Transferable[]): void, terminate(): void,
 *   onmessage: ((event: MessageEvent) => void) | null, onerror: ((event: ErrorEvent) => void) | null }} WorkerLike */

/**
 * @typedef {object} PoolEvents
 * @property {() => void} onIdle a worker is ready for a program
 * @property {(slot: WorkerSlot, text: string) => void} onCrash the worker of a program broke down
 * @property {(text: string) => void} onUnavailable workers cannot be started
 * @property {(slot: WorkerSlot) => void} onCall a call came as a message and lies in the block
 * @property {() => void} onPoke the doorbell, for hosts that cannot wait for it
 */

export class WorkerSlot {
  /** The program in it. @type {Process | null} */
  process = null;
  /** @type {'starting' | 'idle' | 'busy' | 'gone'} */
  state = 'starting';

  /** @param {number} owner @param {WorkerLike} worker @param {boolean} shared */
  constructor(owner, worker, shared) {
    this.owner = owner;
    this.worker = worker;
    this.buffer = shared ? new SharedArrayBuffer(SHARED_BYTES) : new ArrayBuffer(SHARED_BYTES);
    const { words, data, status } = blockParts(this.buffer);
    this.words = words;
    this.data = data;
    this.status = status;
  }
}

export class WorkerPool {
  /** @type {Set<WorkerSlot>} */
  slots = new Set();
  #nextOwner = 1;
  #failures = 0;
  #isClosed = false;

  /**
   * @param {object} options
   * @param {() => WorkerLike} options.spawnWorker
   * @param {SharedArrayBuffer | null} options.control null without shared memory
   * @param {SharedArrayBuffer | null} options.arena
   * @param {boolean} options.pokes
   * @param {PoolEvents} options.events
   */
  constructor({ spawnWorker, control, arena, pokes, events }) {
    this.spawnWorker = spawnWorker;
    this.control = control;
    this.arena = arena;
    this.pokes = pokes;
    this.events = events;
    this.fill();
  }

  /** @param {WorkerSlot['state']} state */
  count(state) {
    let count = 0;
    for (const slot of this.slots) if (slot.state === state) count += 1;
    return count;
  }

  /** A worker that is ready, null when there is none at the moment. @returns {WorkerSlot | null} */
  take() {
    for (const slot of this.slots) {
      if (slot.state !== 'idle') continue;
      slot.state = 'busy';
      this.fill();
      return slot;
    }
    return null;
  }

  /** Its program has ended by itself. @param {WorkerSlot} slot */
  giveBack(slot) {
    if (this.#isClosed || this.count('idle') >= MOST_IDLE) {
      this.discard(slot);
      return;
    }
    slot.state = 'idle';
    slot.process = null;
    this.events.onIdle();
  }

  /** End a worker, whatever it does. @param {WorkerSlot} slot */
  discard(slot) {
    if (slot.state === 'gone') return;
    slot.state = 'gone';
    slot.process = null;
    Atomics.store(slot.status, STATUS.ENDED, 1);
    slot.worker.onmessage = slot.worker.onerror = null;
    slot.worker.terminate();
    this.slots.delete(slot);
    this.fill();
  }

  /** Start workers until there are enough. @param {number} [waiting] programs that wait for one */
  fill(waiting = 0) {
    const ahead = Math.max(1, POOL_SIZE - this.count('busy')) + waiting;
    while (!this.#isClosed && this.#failures < MOST_FAILURES && this.count('idle') + this.count('starting') < ahead) this.#start();
  }

  close() {
    this.#isClosed = true;
    for (const slot of this.slots) this.discard(slot);
  }

  #start() {
    const { control, arena, pokes, events } = this;
    const worker = this.spawnWorker();
    const slot = new WorkerSlot(this.#nextOwner++, worker, control !== null);
    this.slots.add(slot);
    worker.onmessage = ({ data }) => {
      if (data instanceof ArrayBuffer) {
        takeBlock(slot, data);
        events.onCall(slot);
      } else if (data instanceof Int32Array) slot.status.set(data);
      else if (data.type === 'poke') events.onPoke();
      else {
        this.#failures = 0;
        this.giveBack(slot);
      }
    };
    worker.onerror = (event) => this.#broken(slot, event.message ?? 'the worker could not be started');
    const block = control === null ? null : slot.buffer;
    worker.postMessage({ type: 'start', owner: slot.owner, block, control, arena, pokes });
  }

  /** @param {WorkerSlot} slot @param {string} text */
  #broken(slot, text) {
    const { state } = slot;
    if (state === 'starting') this.#failures += 1;
    if (state === 'busy') this.events.onCrash(slot, text);
    this.discard(slot);
    if (this.#failures < MOST_FAILURES) return;
    this.events.onUnavailable(text);
    this.#failures = 0;
  }
}
