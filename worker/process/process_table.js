/**
 * The process table: who runs, who waits for whom, how each ended, and at which limit.
 *
 * A process that was started by another stays, once it has ended, until that one waits for it or ends too; without a parent
 * it goes at once. Ending one closes all its descriptors. A process that waits for a child does not count as running,
 * so a chain of programs that wait for each other does not use up the places.
 */

import { ERRNO, SIGNAL } from '../generated/abi.js';
import { decodeText } from '../fs/names.js';
import { STATUS } from '../wasi/channel.js';
import { PENDING, WORD } from '../wasi/wire.js';
import { PipeEnd } from './pipe.js';

/** @typedef {import('./worker_pool.js').WorkerSlot} WorkerSlot */
/** @typedef {import('./host_call.js').HostCall} HostCall */
/** @typedef {import('./host_call.js').AccessKind} AccessKind */
/** @typedef {import('./fd_table.js').FdTable} FdTable */
/** @typedef {import('./process_host.js').Job} Job */
/** @typedef {'exit' | 'signal' | 'trap' | 'wall' | 'cpu' | 'memory' | 'output' | 'cancelled'} EndCause as in `runtime/process.py` */

/** @typedef {object} ExitStatus
 * @property {number} code @property {number} signal 0 for none @property {EndCause} cause @property {string} detail */

/** What to run. @typedef {object} Image
 * @property {string} path @property {WebAssembly.Module} module
 * @property {Uint8Array<ArrayBuffer>} argv NUL after each @property {Uint8Array<ArrayBuffer>} env */

/** Processes there may be at all; each that waits holds a worker. */
export const MOST_ALIVE = 64;
const PAGE_BYTES = 65_536;
/** A worker whose program used more than this is not used again: that gives the memory back. */
const KEEPABLE_PAGES = 1024;
const WATCH_MS = 50;
/** @type {ReadonlySet<number>} */
const IGNORED = new Set([SIGNAL.NONE, SIGNAL.CHLD, SIGNAL.URG, SIGNAL.WINCH]);
/** @type {ReadonlySet<number>} */
const STOPPING = new Set([SIGNAL.STOP, SIGNAL.TSTP, SIGNAL.TTIN, SIGNAL.TTOU]);

export class Process {
  /** @type {'queued' | 'running' | 'waiting' | 'ended'} */
  state = 'queued';
  isStopped = false;
  /** @type {Set<Process>} */
  children = new Set();
  /** @type {ExitStatus | null} */
  status = null;
  /** How its worker's calls are handled; made when it gets one. @type {HostCall | null} */
  call = null;
  /** Whether the host works on a call of it. */
  isInCall = false;
  /** What follows the answer to that call. @type {(() => void) | null} */
  afterAnswer = null;
  /** @type {{ pid: number, call: HostCall } | null} */
  waitsFor = null;
  /** @type {WorkerSlot | null} */
  slot = null;
  startedAt = 0;
  /** Milliseconds, and since when, that it waited for an answer of the user. */
  askedFor = 0;
  /** Parts of what it is about to start. */
  text = new Uint8Array(0);
  /** @type {number | null} */
  askingSince = null;

  /**
   * @param {object} made
   * @param {number} made.pid @param {Process | null} made.starter @param {Job} made.job @param {FdTable} made.fds
   * @param {Image} made.image @param {string} made.cwd @param {number} made.umask
   * @param {import('./access_table.js').AccessTable} made.access
   */
  constructor({ pid, starter, job, fds, image, cwd, umask, access }) {
    this.pid = pid;
    /** Who waits for it; null once nobody does. */
    this.starter = starter;
    this.job = job;
    this.fds = fds;
    this.image = image;
    this.cwd = cwd;
    this.umask = umask;
    this.access = access;
    this.limits = job.limits;
    this.root = job.root;
    this.terminal = job.terminal;
  }

  /** Pid of its parent, 0 for none. */
  get parent() {
    return this.starter?.pid ?? 0;
  }

  /** Guest path of what it runs. */
  get program() {
    return this.image.path;
  }

  get argv() {
    return decodeText(this.image.argv).split('\0').slice(0, -1);
  }

  /** Ask whether something may be done; the time that takes is not the process's. @param {AccessKind} kind @param {string} subject */
  async decide(kind, subject) {
    this.askingSince ??= performance.now();
    try {
      return await this.job.decide(kind, subject, this.pid);
    } finally {
      this.askedFor += performance.now() - (this.askingSince ?? performance.now());
      this.askingSince = null;
    }
  }

  /** @param {AccessKind} kind @param {string} subject @param {string} errno its name */
  audit(kind, subject, errno) {
    this.job.audit(kind, subject, this.pid, errno);
  }

  /** A close that nobody waits for, or below 0 an open (`wire.js`). @param {number} fd */
  closeFd(fd) {
    if (fd < 0) this.fds.openKept(~fd);
    else this.fds.close(fd);
  }

  get isRunning() {
    return this.state === 'queued' || this.state === 'running';
  }

  /** Bytes of memory when it last made a call. */
  get memoryBytes() {
    return (this.slot?.status[STATUS.PAGES] ?? 0) * PAGE_BYTES;
  }

  /** Milliseconds it has computed: a worker has no clock, so time that it does not wait counts. */
  get cpuMilliseconds() {
    const { slot } = this;
    if (slot === null) return 0;
    return performance.now() - this.startedAt - Number(slot.status[STATUS.PARKED]) / 10;
  }

  get wallMilliseconds() {
    const asking = this.askingSince === null ? 0 : performance.now() - this.askingSince;
    return performance.now() - this.startedAt - this.askedFor - asking;
  }
}

export class ProcessTable {
  /** @type {Map<number, Process>} */
  #byPid = new Map();
  /** Processes that wait for a worker. @type {Process[]} */
  #queue = [];
  #lastPid = 0;
  /** @type {ReturnType<typeof setInterval> | null} */
  #watch = null;
  #watchedAt = 0;

  /**
   * @param {import('./worker_pool.js').WorkerPool} pool
   * @param {import('./syscall_server.js').SyscallServer} server
   * @param {import('./pipe.js').RingArena} arena
   */
  constructor(pool, server, arena) {
    this.pool = pool;
    this.server = server;
    this.arena = arena;
  }

  /** Everyone in the table. @returns {IterableIterator<Process>} */
  all() {
    return this.#byPid.values();
  }

  get queued() {
    return this.#queue.length;
  }

  /** @param {number} pid */
  find(pid) {
    return this.#byPid.get(pid);
  }

  /** Whether more may start now. @param {number} mostRunning @param {number} [count] @returns {string | null} why not */
  refusal(mostRunning, count = 1) {
    let [running, alive] = [0, 0];
    for (const process of this.#byPid.values()) {
      if (process.isRunning) running += 1;
      if (process.state !== 'ended') alive += 1;
    }
    if (running + count > mostRunning) return `${running} processes are running, and ${mostRunning} may`;
    if (alive + count > MOST_ALIVE) return `there are ${alive} processes, and ${MOST_ALIVE} may be`;
    return null;
  }

  /** Start a process; `refusal` has been asked. @param {Omit<ConstructorParameters<typeof Process>[0], 'pid'>} made @returns {Process} */
  start(made) {
    const process = new Process({ ...made, pid: ++this.#lastPid });
    this.#byPid.set(process.pid, process);
    made.starter?.children.add(process);
    made.job.processes.add(process);
    this.#queue.push(process);
    this.runQueued();
    this.#watch ??= setInterval(() => this.checkLimits(), WATCH_MS);
    return process;
  }

  /** Give workers to those who wait for one. */
  runQueued() {
    while (this.#queue.length > 0) {
      const slot = this.pool.take();
      if (slot === null) {
        this.pool.fill(this.#queue.length);
        return;
      }
      const process = /** @type {Process} */ (this.#queue.shift());
      process.slot = slot;
      process.state = 'running';
      process.startedAt = performance.now();
      slot.process = process;
      slot.status.fill(0);
      this.server.attach(slot, process);
      this.post(process);
    }
  }

  /** Send its program to its worker, at the start and at `exec`. @param {Process} process */
  post(process) {
    const { module, argv, env } = process.image;
    /** @type {[number, number, number][]} */
    const rings = [];
    /** @type {[number, string][]} */
    const preopens = [];
    for (const [fd, { file, preopen }] of process.fds.entries()) {
      if (preopen !== null) preopens.push([fd, preopen]);
      if (file instanceof PipeEnd && file.pipe.number >= 0) rings.push([fd, file.pipe.number, file.side]);
    }
    process.slot?.worker.postMessage({ type: 'run', module, argv, env, preopens, rings });
  }

  /**
   * A process has ended, by itself or not.
   * @param {Process} process @param {ExitStatus} status @param {boolean} isWorkerSound whether its worker can be used again
   */
  end(process, status, isWorkerSound) {
    if (process.state === 'ended') return;
    const { slot, starter, job } = process;
    const isKeepable = isWorkerSound && process.memoryBytes <= KEEPABLE_PAGES * PAGE_BYTES;
    process.state = 'ended';
    process.status = status;
    process.waitsFor = null;
    const queuedAt = this.#queue.indexOf(process);
    if (queuedAt >= 0) this.#queue.splice(queuedAt, 1);
    if (slot !== null) {
      this.server.detach(slot);
      if (!isKeepable) {
        this.pool.discard(slot);
        this.arena.breakLocks(slot.owner);
      }
    }
    process.fds.closeAll();
    for (const child of process.children) this.#orphan(child);
    process.children.clear();
    if (starter === null) this.#byPid.delete(process.pid);
    else this.#tell(starter);
    process.slot = null;
    job.ended(process);
    if (slot !== null && isKeepable) this.pool.giveBack(slot);
    if (this.#byPid.size === 0 && this.#watch !== null) {
      clearInterval(this.#watch);
      this.#watch = null;
    }
  }

  /** @param {HostCall} call @param {number} pid -1: any child @param {boolean} mayWait @returns {number} errno, or PENDING */
  wait(call, pid, mayWait) {
    const process = /** @type {Process} */ (call.process);
    const candidates = [...process.children].filter((child) => pid === -1 || child.pid === pid);
    if (candidates.length === 0) return ERRNO.CHILD;
    const ended = candidates.find((child) => child.state === 'ended');
    if (ended === undefined && mayWait) {
      process.waitsFor = { pid, call };
      process.state = 'waiting';
      return PENDING;
    }
    call.words[WORD.ARG] = ended?.pid ?? 0;
    call.words[WORD.ARG + 1] = ended === undefined ? 0 : waitStatus(/** @type {ExitStatus} */ (ended.status));
    if (ended !== undefined) {
      process.children.delete(ended);
      this.#byPid.delete(ended.pid);
    }
    return ERRNO.SUCCESS;
  }

  /**
   * @param {Process} process @param {number} signal
   * @param {EndCause} [cause] @param {string} [detail]
   */
  kill(process, signal, cause = 'signal', detail = '') {
    if (process.state === 'ended' || IGNORED.has(signal)) return;
    if (signal === SIGNAL.CONT || STOPPING.has(signal)) {
      process.isStopped = signal !== SIGNAL.CONT;
      this.server.ring();
      return;
    }
    this.end(process, { code: 128 + signal, signal, cause, detail }, false);
  }

  /** End a process and all that come from it, the processes of its whole job when it is the first of one.
   * @param {Process} process @param {number} signal @param {EndCause} [cause] @param {string} [detail] */
  killTree(process, signal, cause = 'signal', detail = '') {
    const found = new Set([process]);
    for (const member of found) for (const child of member.children) found.add(child);
    if (process.starter === null) for (const member of process.job.processes) found.add(member);
    for (const member of found) this.kill(member, signal, cause, detail);
  }

  /** End those that are at a limit; called from a timer and, while no timer can run, from the server's passes. */
  checkLimits() {
    if (performance.now() - this.#watchedAt < WATCH_MS / 2) return;
    this.#watchedAt = performance.now();
    let total = 0;
    for (const process of [...this.#byPid.values()]) {
      if (process.slot === null) continue;
      const { limits } = process;
      total += process.memoryBytes;
      if (limits.wallSeconds > 0 && process.wallMilliseconds > limits.wallSeconds * 1000) {
        this.killTree(process, SIGNAL.KILL, 'wall', `it ran for ${limits.wallSeconds} s`);
      } else if (limits.cpuSeconds > 0 && isComputing(process) && process.cpuMilliseconds > limits.cpuSeconds * 1000) {
        this.kill(process, SIGNAL.XCPU, 'cpu', `it computed for ${limits.cpuSeconds} s`);
      } else if (total > limits.totalMemoryBytes) {
        this.kill(process, SIGNAL.KILL, 'memory', `all processes together used more than ${limits.totalMemoryBytes} bytes of memory`);
      }
    }
  }

  /** @param {Process} child whose parent has ended */
  #orphan(child) {
    child.starter = null;
    if (child.state === 'ended') this.#byPid.delete(child.pid);
  }

  /** @param {Process} parent one of whose children has ended */
  #tell(parent) {
    const { waitsFor } = parent;
    if (waitsFor === null) return;
    parent.waitsFor = null;
    parent.state = 'running';
    const errno = this.wait(waitsFor.call, waitsFor.pid, true);
    if (errno !== PENDING) waitsFor.call.finish(errno);
  }
}

/** @param {Process} process whether it computes now, as far as can be seen */
function isComputing({ slot, isInCall }) {
  return slot !== null && !isInCall && slot.status[STATUS.IS_PARKED] === 0;
}

/** As POSIX lays it out. @param {ExitStatus} status */
function waitStatus({ code, signal }) {
  return signal !== 0 ? signal : (code & 0xff) << 8;
}
