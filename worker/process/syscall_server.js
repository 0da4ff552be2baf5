/**
 * Serves the calls of all processes: one doorbell, one loop, whichever way a call came.
 *
 * In shared memory a guest writes its call into its block and rings; the loop sleeps on the bell in `Atomics.waitAsync`
 * (without it a message wakes the host). `serve()` is one pass, for Python's checkpoints; `serveUntil` sleeps on the bell
 * itself, for waits that must not return to the event loop. Without shared memory calls come as messages.
 */

import { CONTROL, CONTROL_BYTES, postBlock, usedBytes } from '../wasi/channel.js';
import { OP, PENDING, STATE, WORD } from '../wasi/wire.js';
import { nextDeadline, runDueTimers } from './poll_calls.js';

/** @typedef {import('./worker_pool.js').WorkerSlot} WorkerSlot */
/** @typedef {import('./process_table.js').Process} Process */
/** @typedef {{ async: false, value: string } | { async: true, value: Promise<string> }} AsyncWait */

/** @typedef {import('./host_call.js').HostCall} HostCall */

/** What must be looked at when the bell rings. @typedef {{ check(): void }} Watched */

/** Longest time without a turn of the event loop. */
const TURN_MS = 8;
/** Longest sleep of `serveUntil`: limits have to be looked after. */
const WATCH_MS = 50;

/** @type {ReadonlySet<number>} */
const ANSWERED_WITH_DATA = new Set([
  OP.FD_FDSTAT_GET, OP.FD_FILESTAT_GET, OP.FD_READ, OP.FD_PREAD, OP.FD_PRESTAT_DIR_NAME, OP.FD_READDIR, OP.PATH_OPEN,
  OP.PATH_FILESTAT_GET, OP.PATH_READLINK, OP.POLL_ONEOFF, OP.FS_FD_PATH, OP.NET_HEAD, OP.NET_READ,
]);

const waitAsync = /** @type {{ waitAsync?: (words: Int32Array, index: number, value: number) => AsyncWait }} */ (
  /** @type {unknown} */ (Atomics)).waitAsync;

export class SyscallServer {
  /** Processes whose blocks are looked at. @type {Set<WorkerSlot>} */
  #slots = new Set();
  /** @type {Set<Watched>} */
  #watched = new Set();
  /** Calls whose answer comes later. @type {Set<HostCall>} */
  #pending = new Set();
  #isClosed = false;
  #turn = new MessageChannel();
  #turned = () => {};

  /**
   * @param {object} options
   * @param {boolean} options.shared
   * @param {(call: HostCall) => number} options.dispatch errno, or PENDING
   * @param {(slot: WorkerSlot) => void} options.onEnd the program of a worker reports its end
   * @param {(process: Process, error: unknown) => void} options.onFault a handler threw what is no answer
   * @param {() => void} options.onPass after every pass
   */
  constructor({ shared, dispatch, onEnd, onFault, onPass }) {
    this.shared = shared;
    this.dispatch = dispatch;
    this.onEnd = onEnd;
    this.onFault = onFault;
    this.onPass = onPass;
    this.control = shared ? new SharedArrayBuffer(CONTROL_BYTES) : new ArrayBuffer(CONTROL_BYTES);
    this.words = new Int32Array(this.control);
    this.canWait = waitAsync !== undefined;
    this.#turn.port1.onmessage = () => this.#turned();
  }

  /** Begin to serve. */
  start() {
    if (this.shared && this.canWait) void this.#loop();
  }

  /** Calls that wait for their answer. */
  get pending() {
    return this.#pending.size;
  }

  /** The word that every change in the store changes. */
  get generationWord() {
    return this.words.subarray(CONTROL.GENERATION);
  }

  /** @param {WorkerSlot} slot @param {Process} process that it runs from now on */
  attach(slot, process) {
    const { words, data } = slot;
    const cancelled = () => process.state === 'ended';
    /** @type {HostCall} */
    const call = {
      process, words, data, cancelled,
      finish: (errno) => this.#finish(slot, call, errno),
      fail: (error) => {
        if (!cancelled()) this.onFault(process, error);
      },
    };
    process.call = call;
    this.#slots.add(slot);
  }

  /** @param {WorkerSlot} slot */
  detach(slot) {
    this.#slots.delete(slot);
    for (const call of this.#pending) if (call.cancelled()) this.#pending.delete(call);
  }

  /** @param {Watched} watched looked at in every pass until `unwatch` */
  watch(watched) {
    this.#watched.add(watched);
  }

  /** @param {Watched} watched */
  unwatch(watched) {
    this.#watched.delete(watched);
  }

  /** Have a pass made soon. */
  ring() {
    if (!this.shared || !this.canWait) {
      void Promise.resolve().then(() => this.serve());
      return;
    }
    Atomics.add(this.words, CONTROL.BELL, 1);
    Atomics.notify(this.words, CONTROL.BELL);
  }

  /** One pass: answer all that can be answered now. */
  serve() {
    if (this.#isClosed) return;
    for (const slot of this.#slots) if (Atomics.load(slot.words, WORD.STATE) === STATE.REQUEST) this.#take(slot);
    for (const watched of this.#watched) watched.check();
    runDueTimers();
    this.onPass();
  }

  /**
   * Serve, asleep in between, and without a turn of the event loop, until `isDone`. What needs a turn cannot happen meanwhile:
   * questions, the first compilation of a program, the start of a further worker.
   * @param {() => boolean} isDone
   * @param {number} [milliseconds] how long at most
   * @returns {boolean} whether it is
   */
  serveUntil(isDone, milliseconds = Infinity) {
    const end = performance.now() + milliseconds;
    for (;;) {
      const seen = Atomics.load(this.words, CONTROL.BELL);
      this.serve();
      if (isDone()) return true;
      const rest = end - performance.now();
      if (rest <= 0 || !this.shared) return false;
      Atomics.wait(this.words, CONTROL.BELL, seen, Math.min(rest, nextDeadline(), WATCH_MS));
    }
  }

  /** A call came as a message and lies in the block. @param {WorkerSlot} slot */
  receive(slot) {
    slot.words[WORD.STATE] = STATE.REQUEST;
    this.serve();
  }

  close() {
    this.#isClosed = true;
    this.#turn.port1.close();
    this.ring();
  }

  async #loop() {
    let turnAt = performance.now();
    while (!this.#isClosed) {
      const seen = Atomics.load(this.words, CONTROL.BELL);
      this.serve();
      const wait = /** @type {NonNullable<typeof waitAsync>} */ (waitAsync)(this.words, CONTROL.BELL, seen);
      if (wait.async) {
        await wait.value;
        turnAt = performance.now();
      } else if (performance.now() - turnAt > TURN_MS) {
        await new Promise((resolve) => {
          this.#turned = () => resolve(undefined);
          this.#turn.port2.postMessage(0);
        });
        turnAt = performance.now();
      }
    }
  }

  /** @param {WorkerSlot} slot whose block holds a request */
  #take(slot) {
    const { process, words } = slot;
    const op = words[WORD.OP];
    const call = process?.call ?? null;
    if (process === null || call === null || process.isInCall || process.isStopped) return;
    if (op === OP.PROC_EXIT || op === OP.PROC_TRAP) {
      Atomics.store(words, WORD.STATE, STATE.IDLE);
      this.onEnd(slot);
      return;
    }
    process.isInCall = true;
    try {
      this.#closeFirst(process, slot);
      words[WORD.AHEAD] = 0;
      const errno = this.dispatch(call);
      if (errno !== PENDING) this.#answer(slot, call, errno);
      else if (!call.cancelled()) this.#pending.add(call);
    } catch (error) {
      this.onFault(process, error);
    }
  }

  /** Do the closes that were put off. @param {Process} process @param {WorkerSlot} slot */
  #closeFirst(process, { words, data }) {
    const { closes, closesAt } = usedBytes(words);
    if (closes === 0) return;
    for (const fd of new Int32Array(data.slice(closesAt, closesAt + closes * 4).buffer)) process.closeFd(fd);
    words[WORD.CLOSES] = 0;
  }

  /** @param {WorkerSlot} slot @param {HostCall} call @param {number} errno */
  #finish(slot, call, errno) {
    if (call.cancelled() || !this.#pending.delete(call)) return;
    this.#answer(slot, call, errno);
  }

  /** @param {WorkerSlot} slot @param {HostCall} call @param {number} errno */
  #answer(slot, { words }, errno) {
    const { process } = slot;
    if (process === null) return;
    process.isInCall = false;
    words[WORD.ERRNO] = errno;
    words[WORD.GENERATION] = Atomics.load(this.words, CONTROL.GENERATION);
    if (errno !== 0 || !ANSWERED_WITH_DATA.has(words[WORD.OP] ?? 0)) words[WORD.LENGTH] = 0;
    Atomics.store(words, WORD.STATE, STATE.REPLY);
    if (this.shared) Atomics.notify(words, WORD.STATE);
    else postBlock(slot, (message, moved) => slot.worker.postMessage(message, moved));
    process.afterAnswer?.();
    process.afterAnswer = null;
  }
}
