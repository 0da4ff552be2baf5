/**
 * Starts programs on one project's guest tree: the engine's face towards Python.
 *
 *   const host = createProcessHost({ root, store, spawnWorker, shared, loadCommand, decide, audit })
 *   const program = await host.spawn(request)        rejects with an FsError: ENOENT, EACCES, ENOEXEC, ENOMEM, EAGAIN…
 *   const programs = await host.spawnPipeline(requests)
 *   program.pid · program.exited · program.read('stdout') · program.write(bytes) · program.closeInput() · program.kill(signal)
 *   host.serve() · host.serveUntil(isDone) · host.stats() · host.close()
 */

import { SIGNAL } from '../generated/abi.js';
import { FsError } from '../fs/errno.js';
import { decodeText, encodeText } from '../fs/names.js';
import { then } from '../wasi/channel.js';
import { OP, WORD } from '../wasi/wire.js';
import { AccessTable } from './access_table.js';
import { dispatch } from './dispatch.js';
import { Descriptor, FdTable } from './fd_table.js';
import { commandOf } from './guest_root.js';
import { BrokenPipe, collect, Input, Output } from './job_streams.js';
import { argument, Directory } from './open_file.js';
import { Pipe, RingArena } from './pipe.js';
import { processHandlers } from './process_calls.js';
import { ProcessTable } from './process_table.js';
import { joinStrings, ProgramLookup } from './program_lookup.js';
import { SyscallServer } from './syscall_server.js';
import { Terminal } from './terminal.js';
import { WorkerPool } from './worker_pool.js';

/** @typedef {import('../fs/resolver.js').MountTable} MountTable */
/** @typedef {import('./access_table.js').AccessTableData} AccessTableData */
/** @typedef {import('./guest_root.js').Command} Command */
/** @typedef {import('./host_call.js').AccessKind} AccessKind */
/** @typedef {import('./process_table.js').Process} Process */
/** @typedef {import('./process_table.js').ExitStatus} ExitStatus */
/** @typedef {import('./worker_pool.js').WorkerSlot} WorkerSlot */
/** @template T @typedef {import('../wasi/channel.js').Now<T>} Now */

/** As `ProcessLimits` of `base/limits.py`. 0 seconds: no limit.
 * @typedef {object} ProcessLimits
 * @property {number} wallSeconds @property {number} cpuSeconds @property {number} memoryBytes @property {number} totalMemoryBytes
 * @property {number} outputBytes @property {number} openFiles @property {number} fileBytes @property {number} processes */

/** @typedef {{ limits: ProcessLimits, cwd: string, image: import('./process_table.js').Image }} Found */
/** @typedef {(kind: AccessKind, subject: string, pid: number) => Promise<boolean>} Decide */
/** @typedef {(kind: AccessKind, subject: string, pid: number, errno: string) => void} Audit */

/**
 * @typedef {object} SpawnRequest
 * @property {string} program guest path, or with `module` a name
 * @property {readonly string[]} argv
 * @property {readonly (readonly [string, string])[]} env
 * @property {string} cwd
 * @property {Uint8Array | undefined} [module] bytes to run instead of the file
 * @property {readonly { guest: string, path?: string, confined?: boolean, writable?: boolean }[]} [preopens] `path` is where in the
 *   guest tree the directory lies, when that is not `guest`; a confined one cannot be left
 * @property {Partial<ProcessLimits>} [limits]
 * @property {Partial<AccessTableData>} [access]
 * @property {{ rows: number, columns: number } | undefined} [terminal]
 * @property {number} [umask]
 * @property {Decide} [decide] instead of the host's
 * @property {Audit} [audit]
 * @property {() => void} [onOver] told once it and all that came from it have ended
 */

const MIB = 1024 * 1024;
/** @type {Readonly<ProcessLimits>} */
const DEFAULT_LIMITS = Object.freeze({
  wallSeconds: 0, cpuSeconds: 0, memoryBytes: 512 * MIB, totalMemoryBytes: 1024 * MIB, outputBytes: 64 * MIB, openFiles: 1024,
  fileBytes: 256 * MIB, processes: 16,
});

/** What the agent started: a program, and all that comes from it. */
export class Job {
  /** @type {Set<Process>} */
  processes = new Set();
  stdout = new Output();
  stderr = new Output();
  /** @type {Input | null} */
  input = null;
  /** What `/dev/tty` is. @type {import('./terminal.js').TerminalFile | undefined} */
  terminal = undefined;
  #outputBytes = 0;
  /** @type {Process | null} */
  first = null;
  /** @type {(status: ExitStatus) => void} */
  #resolve = () => {};
  /** @type {Promise<ExitStatus>} */
  exited = new Promise((resolve) => (this.#resolve = resolve));

  /** @param {MountTable} root @param {ProcessLimits} limits @param {Decide} decide @param {Audit} audit @param {() => void} onOver
   * @param {ProcessTable} table */
  constructor(root, limits, decide, audit, onOver, table) {
    this.root = root;
    this.limits = limits;
    this.decide = decide;
    this.audit = audit;
    this.onOver = onOver;
    this.table = table;
  }

  /** Take what the program has written, up to its limit. @param {Output} output @param {Uint8Array} bytes */
  collect(output, bytes) {
    const room = this.limits.outputBytes - this.#outputBytes;
    if (room > 0) output.push(bytes.length <= room ? bytes : bytes.slice(0, room));
    this.#outputBytes += bytes.length;
    if (bytes.length > room && this.first !== null) {
      this.table.killTree(this.first, SIGNAL.KILL, 'output', `it wrote more than ${this.limits.outputBytes} bytes`);
    }
  }

  /** @param {Process} process of the job */
  ended(process) {
    this.processes.delete(process);
    if (process === this.first) this.#resolve(/** @type {ExitStatus} */ (process.status));
    if (this.processes.size > 0) return;
    this.input?.close();
    this.onOver();
  }
}

class ProcessHost {
  #isClosed = false;

  /**
   * @param {object} options
   * @param {MountTable} options.root the guest's name space
   * @param {import('../fs/inode_store.js').InodeStore} options.store of the project, whose changes guests must see
   * @param {() => import('./worker_pool.js').WorkerLike} options.spawnWorker starts `wasi.worker.js`
   * @param {boolean} options.shared whether memory is shared; else calls suspend the guest (JSPI)
   * @param {(command: Command) => Promise<Uint8Array>} [options.loadCommand] the module of an installed command
   * @param {Decide} [options.decide]
   * @param {Audit} [options.audit]
   */
  constructor({ root, store, spawnWorker, shared, loadCommand, decide = async () => false, audit = () => {} }) {
    this.root = root;
    this.store = store;
    this.decide = decide;
    this.audit = audit;
    this.arena = new RingArena(shared);
    this.server = new SyscallServer({
      shared,
      dispatch: (call) => dispatch(call, this.handlers),
      onEnd: (slot) => this.#ended(slot),
      onFault: (process, error) => {
        console.error(error);
        this.#trapped(process, `the host failed: ${error}`);
      },
      onPass: () => this.table.checkLimits(),
    });
    this.pool = new WorkerPool({
      spawnWorker,
      control: shared ? /** @type {SharedArrayBuffer} */ (this.server.control) : null,
      arena: this.arena.memory,
      pokes: shared && !this.server.canWait,
      events: {
        onIdle: () => this.table.runQueued(),
        onCrash: (slot, text) => this.#crashed(slot, text),
        onUnavailable: (text) => this.#unavailable(text),
        onCall: (slot) => this.server.receive(slot),
        onPoke: () => this.server.serve(),
      },
    });
    this.table = new ProcessTable(this.pool, this.server, this.arena);
    this.lookup = new ProgramLookup((inode) => {
      const command = commandOf(inode);
      return command === undefined || loadCommand === undefined ? undefined : () => loadCommand(command);
    });
    this.handlers = processHandlers(this.table, this.lookup, () => this.#pipe());
    store.generationWord = this.server.generationWord;
    this.server.start();
  }

  /** @param {SpawnRequest} request @returns {Promise<Program>} @throws {FsError} */
  async spawn(request) {
    const [program] = await this.spawnPipeline([request]);
    return /** @type {Program} */ (program);
  }

  /**
   * Programs that run at once, the output of each being the input of the next; none is started when one cannot be.
   * @param {readonly SpawnRequest[]} requests @returns {Promise<Program[]>} @throws {FsError}
   */
  async spawnPipeline(requests) {
    return this.start(requests);
  }

  /** As `spawnPipeline`, and at once when every program is known already.
   * @param {readonly SpawnRequest[]} requests @returns {Now<Program[]>} @throws {FsError} also as a rejection */
  start(requests) {
    /** @type {Now<Found>[]} */
    const found = [];
    try {
      for (const request of requests) found.push(this.#find(request));
    } catch (error) {
      // Nobody waits any more for those that are on their way.
      for (const image of found) if (image instanceof Promise) image.catch(() => {});
      throw error;
    }
    return found.some((image) => image instanceof Promise)
      ? Promise.all(found).then((images) => this.#startAll(requests, images)) : this.#startAll(requests, /** @type {Found[]} */ (found));
  }

  /** @param {readonly SpawnRequest[]} requests @param {Found[]} found @returns {Program[]} */
  #startAll(requests, found) {
    // Looked at here, where nothing waits any more.
    if (this.#isClosed) throw new FsError('ECANCELED', 'the project was closed');
    for (const { limits } of found) {
      const refusal = this.table.refusal(limits.processes, found.length);
      if (refusal !== null) throw new FsError('EAGAIN', refusal);
    }
    const tables = found.map(({ limits }) => new FdTable(limits.openFiles));
    try {
      requests.forEach(({ preopens = [{ guest: '/' }] }, i) => {
        for (const preopen of preopens) this.#preopen(/** @type {FdTable} */ (tables[i]), preopen);
      });
    } catch (error) {
      for (const fds of tables) fds.closeAll();
      throw error;
    }
    /** @type {Pipe | null} */
    let before = null;
    return requests.map((request, i) => {
      const after = i < requests.length - 1 ? this.#pipe() : null;
      const program = this.#start(request, /** @type {Found} */ (found[i]), /** @type {FdTable} */ (tables[i]), before, after);
      before = after;
      return program;
    });
  }

  /** One pass over the calls that wait. */
  serve() {
    this.server.serve();
  }

  /** Serve without a turn of the event loop. @param {() => boolean} isDone @param {number} [milliseconds] at most @returns {boolean} whether it is */
  serveUntil(isDone, milliseconds) {
    return this.server.serveUntil(isDone, milliseconds);
  }

  /** What is in use now; all but workers is 0 when nothing runs. */
  stats() {
    let [processes, fds] = [0, 0];
    for (const process of this.table.all()) {
      processes += 1;
      fds += process.fds.count;
    }
    const { pool } = this;
    const workers = { idle: pool.count('idle'), starting: pool.count('starting'), busy: pool.count('busy') };
    return { processes, fds, pipes: this.arena.rings.size, pending: this.server.pending, queued: this.table.queued, workers };
  }

  /** End every process, and all workers. */
  close() {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const process of [...this.table.all()]) this.table.kill(process, SIGNAL.KILL, 'cancelled', 'the project was closed');
    this.pool.close();
    this.server.close();
    this.store.generationWord = null;
  }

  /** @param {SpawnRequest} request @returns {Now<Found>} */
  #find(request) {
    const limits = { ...DEFAULT_LIMITS, ...request.limits };
    const starter = { root: this.root, cwd: '/', limits };
    const argv = joinStrings(request.argv.map(encodeText));
    const env = joinStrings(request.env.map(([name, value]) => encodeText(`${name}=${value}`)));
    const cwd = this.lookup.directory(starter, request.cwd);
    if (request.module === undefined) {
      const image = this.lookup.load(starter, { file: request.program, argv, env, cwd, search: false });
      return then(image, (loaded) => ({ limits, cwd, image: loaded }));
    }
    const compiled = this.lookup.compile(request.module, starter);
    return compiled.then((module) => ({ limits, cwd, image: { path: request.program, module, argv, env } }));
  }

  /**
   * @param {SpawnRequest} request @param {Found} found @param {FdTable} fds with the preopens
   * @param {Pipe | null} before what it reads from @param {Pipe | null} after what it writes to
   */
  #start(request, { limits, cwd, image }, fds, before, after) {
    const { decide = this.decide, audit = this.audit, onOver = () => {} } = request;
    const job = new Job(this.root, limits, decide, audit, onOver, this.table);
    const terminal = request.terminal === undefined ? null : this.#terminal(job, fds, request.terminal);
    if (terminal === null) this.#streams(job, fds, before, after);
    const access = new AccessTable(request.access);
    job.first = this.table.start({ starter: null, job, fds, image, cwd, umask: request.umask ?? 0o022, access });
    return new Program(job, job.first, terminal, this.store);
  }

  #pipe(keepsUnread = false) {
    return new Pipe(this.arena, this.server, keepsUnread);
  }

  /** @param {Job} job @param {FdTable} fds @param {Pipe | null} before @param {Pipe | null} after */
  #streams(job, fds, before, after) {
    const [stdin, stdout, stderr] = [before ?? this.#pipe(true), after ?? this.#pipe(), this.#pipe()];
    for (const [fd, end] of [stdin.reader, stdout.writer, stderr.writer].entries()) fds.put(fd, new Descriptor(end, end.rights, 0));
    if (before === null) job.input = new Input(stdin);
    if (after === null) collect(stdout, (bytes) => job.collect(job.stdout, bytes), () => job.stdout.end());
    else job.stdout.end();
    collect(stderr, (bytes) => job.collect(job.stderr, bytes), () => job.stderr.end());
  }

  /** @param {Job} job @param {FdTable} fds @param {{ rows: number, columns: number }} size */
  #terminal(job, fds, size) {
    const terminal = new Terminal({
      ...size,
      onOutput: (bytes) => job.collect(job.stdout, bytes),
      holds: (go) => job.stdout.holds(go),
      onSignal: (signal) => [...job.processes].forEach((process) => this.table.kill(process, signal)),
      onClose: () => job.stdout.end(),
    });
    job.stderr.end();
    job.terminal = terminal.file;
    for (const fd of [0, 1, 2]) fds.put(fd, new Descriptor(terminal.file, terminal.file.rights, 0));
    return terminal;
  }

  /** @param {FdTable} fds @param {NonNullable<SpawnRequest['preopens']>[number]} preopen */
  #preopen(fds, { guest, path = guest, confined = false, writable = true }) {
    const { store, inode } = this.root.resolve(path);
    if (inode === undefined) throw new FsError('ENOENT', path);
    const confinement = confined ? { inode, path, readOnly: !writable } : null;
    fds.insert(new Descriptor(new Directory(store, inode, confinement), undefined, undefined, guest), 3);
  }

  /** The program in a worker reports its end. @param {WorkerSlot} slot */
  #ended({ process, words, data }) {
    if (process === null || process.call === null) return;
    if (words[WORD.OP] === OP.PROC_EXIT) {
      const [code, signal] = [argument(process.call, 0), argument(process.call, 1)];
      this.table.end(process, { code, signal, cause: signal === 0 ? 'exit' : 'signal', detail: '' }, true);
      return;
    }
    this.#trapped(process, decodeText(data.slice(0, words[WORD.LENGTH])));
  }

  /** @param {Process} process @param {string} detail */
  #trapped(process, detail) {
    this.table.end(process, { code: 128 + SIGNAL.ABRT, signal: SIGNAL.ABRT, cause: 'trap', detail }, false);
  }

  /** @param {WorkerSlot} slot @param {string} text */
  #crashed({ process }, text) {
    if (process !== null) this.#trapped(process, text);
  }

  /** @param {string} text */
  #unavailable(text) {
    for (const process of [...this.table.all()]) if (process.state === 'queued') this.#trapped(process, `no worker can be started: ${text}`);
  }
}

/** A program that was started, as the agent sees it. */
class Program {
  /** @param {Job} job @param {Process} process @param {Terminal | null} terminal @param {import('../fs/inode_store.js').InodeStore} store */
  constructor(job, process, terminal, store) {
    this.store = store;
    this.job = job;
    this.process = process;
    this.terminal = terminal;
    this.pid = process.pid;
    this.exited = job.exited;
  }

  /** @param {Uint8Array} bytes @returns {Promise<void>} when all is in its pipe @throws {import('./job_streams.js').BrokenPipe} when nobody reads any more */
  async write(bytes) {
    if (this.terminal !== null) this.terminal.input(bytes);
    else if (this.job.input !== null) await this.job.input.write(bytes.slice());
    else throw new BrokenPipe();
  }

  closeInput() {
    if (this.terminal === null) this.job.input?.close();
    else this.terminal.hangUp();
  }

  /** What was written or typed for it and read by nobody, known at the end of its job. @returns {Uint8Array} */
  unreadInput() {
    return this.terminal?.unread ?? this.job.input?.pipe.unread ?? new Uint8Array();
  }

  /** @param {'stdout' | 'stderr'} stream @returns {Promise<Uint8Array | null>} at least one byte, null at the end */
  read(stream) {
    return this.job[stream].read();
  }

  /** @param {number} [signal] KILL ends all that came from it as well */
  kill(signal = SIGNAL.KILL) {
    if (signal === SIGNAL.KILL) this.job.table.killTree(this.process, signal);
    else this.job.table.kill(this.process, signal);
  }

  /** @param {number} rows @param {number} columns */
  resize(rows, columns) {
    this.terminal?.resize(rows, columns);
  }

  /** Another policy holds from now on, for all that came from it. @param {Partial<AccessTableData>} access */
  setAccess(access) {
    const table = new AccessTable(access);
    for (const process of this.job.processes) process.access = table;
    // What guests were sent ahead was allowed by the old one.
    this.store.invalidate();
  }
}

/** @param {ConstructorParameters<typeof ProcessHost>[0]} options */
export function createProcessHost(options) {
  return new ProcessHost(options);
}

