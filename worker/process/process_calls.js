/** The calls of `satchel_process_v1` and `satchel_tty_v1`, `proc_raise`, and what `satchel_net_v1` answers without a network. */

import { ERRNO, MOST_PROGRAM_BYTES, SIGNAL, SPAWN_FLAGS, WAIT_FLAGS } from '../generated/abi.js';
import { FsError } from '../fs/errno.js';
import { decodeText } from '../fs/names.js';
import { OP, PENDING, WORD } from '../wasi/wire.js';
import { Descriptor, FdTable } from './fd_table.js';
import { pathArgument } from './lookup.js';
import { argument } from './open_file.js';
import { Pipe } from './pipe.js';
import { TerminalFile } from './terminal.js';

/** @typedef {import('./host_call.js').HostCall} HostCall */
/** @typedef {import('./host_call.js').Handler} Handler */
/** @typedef {import('./process_table.js').Process} Process */
/** @typedef {import('./process_table.js').ProcessTable} ProcessTable */
/** @typedef {import('./process_table.js').Image} Image */
/** @typedef {import('./program_lookup.js').ProgramLookup} ProgramLookup */

const NO_TEXT = new Uint8Array(0);

/** @param {HostCall} call */
const caller = (call) => /** @type {Process} */ (call.process);

/** @param {HostCall} call @param {...number} results */
function answer({ words }, ...results) {
  words.set(results, WORD.ARG);
  return ERRNO.SUCCESS;
}

/** The first `size` bytes of `start`, and `more`. @param {Uint8Array} start @param {number} size @param {Uint8Array} more */
function appended(start, size, more) {
  const both = new Uint8Array(size + more.length);
  both.set(start.subarray(0, size));
  both.set(more, size);
  return both;
}

/** What a spawn or exec brings. @param {HostCall} call @param {number} pairCount */
function programArguments(call, pairCount) {
  const before = argument(call, 2);
  const process = caller(call);
  const data = before === 0 ? call.data : appended(process.text, before, call.data);
  process.text = NO_TEXT;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const pairs = Array.from({ length: pairCount }, (_, i) => /** @type {[child: number, here: number]} */ (
    [view.getInt32(i * 8, true), view.getInt32(i * 8 + 4, true)]));
  let at = pairCount * 8;
  /** @template T @param {(start: number, length: number) => T} read @returns {T} */
  const next = (read) => {
    const length = view.getUint32(at, true);
    at += 4 + length;
    return read(at - length, length);
  };
  const path = (/** @type {number} */ start, /** @type {number} */ length) => pathArgument({ data }, start, length);
  const words = (/** @type {number} */ start, /** @type {number} */ length) => {
    if (length > 0 && data[start + length - 1] !== 0) throw new FsError('EINVAL', 'the last string has no end');
    return data.slice(start, start + length);
  };
  const [file, argv, env] = [next(path), next(words), next(words)];
  // Without one, the child stays where its parent is.
  const cwd = next((start, length) => (length === 0 ? '' : path(start, length)));
  return { pairs, file, argv, env, cwd };
}

/**
 * Descriptors of a child: the preopens of its parent, and what is handed on. Nothing is shared before it is known that
 * all of it exists.
 * @param {Process} parent @param {[child: number, here: number][]} pairs
 * @returns {FdTable} @throws {FsError} EBADF, EMFILE
 */
function inherited(parent, pairs) {
  const table = new FdTable(parent.limits.openFiles);
  const handed = pairs.map(([child, here]) => {
    const descriptor = parent.fds.get(here);
    if (descriptor === undefined || child < 0) throw new FsError('EBADF', `descriptor ${here} is not open`);
    if (child >= table.limit) throw new FsError('EMFILE', `a process has at most ${table.limit} descriptors`);
    return /** @type {const} */ ([child, descriptor]);
  });
  for (const [fd, descriptor] of parent.fds.entries()) if (descriptor.preopen !== null) table.put(fd, descriptor.duplicate(descriptor.preopen));
  for (const [child, descriptor] of handed) {
    table.put(child, descriptor.duplicate(parent.fds.get(child) === descriptor ? descriptor.preopen : null));
  }
  return table;
}

/** Finish a call with what a lookup finds. @param {HostCall} call @param {import('../wasi/channel.js').Now<Image>} found @param {(image: Image) => number} go */
function whenFound(call, found, go) {
  if (!(found instanceof Promise)) return go(found);
  // Who was ended meanwhile starts nothing, and its block may be another's by now.
  const answered = found.then((image) => (call.cancelled() ? PENDING : go(image))).catch(errnoOf);
  void answered.then((errno) => call.finish(errno), (error) => call.fail(error));
  return PENDING;
}

/** @param {unknown} error @returns {number} */
function errnoOf(error) {
  if (error instanceof FsError) return error.errno;
  throw error;
}

/** @param {ProcessTable} table @param {ProgramLookup} lookup @param {() => Pipe} newPipe @returns {Map<number, Handler>} */
export function processHandlers(table, lookup, newPipe) {
  /** @param {HostCall} call @param {number} pairCount */
  const read = (call, pairCount) => {
    const flags = argument(call, 0);
    if ((flags & ~SPAWN_FLAGS.SEARCH_PATH) !== 0) throw new FsError('EINVAL', 'flags that do not exist');
    const { pairs, cwd, ...wanted } = programArguments(call, pairCount);
    const directory = lookup.directory(caller(call), cwd);
    return { pairs, cwd: directory, found: lookup.find(caller(call), { ...wanted, cwd: directory, search: flags !== 0 }) };
  };
  /** @type {Handler} */
  const spawn = (call) => {
    const process = caller(call);
    const isFull = () => table.refusal(process.limits.processes) !== null;
    if (isFull()) return ERRNO.AGAIN;
    const { pairs, cwd, found } = read(call, argument(call, 1));
    return whenFound(call, found, (image) => {
      // What was free when it was asked may be taken now.
      if (isFull()) return ERRNO.AGAIN;
      const { job, umask, access } = process;
      return answer(call, table.start({ starter: process, job, fds: inherited(process, pairs), image, cwd, umask, access }).pid);
    });
  };
  /** @type {Handler} */
  const exec = (call) => {
    const process = caller(call);
    const { cwd, found } = read(call, 0);
    return whenFound(call, found, (image) => {
      process.image = image;
      process.cwd = cwd;
      process.fds.keep([]);
      // The old program must have left the worker first.
      process.afterAnswer = () => table.post(process);
      return ERRNO.SUCCESS;
    });
  };
  /** @type {Handler} */
  const kill = (call) => {
    const [pid, signal] = [argument(call, 0), argument(call, 1)];
    if (!(signal >= 0 && signal <= SIGNAL.SYS)) return ERRNO.INVAL;
    const target = table.find(pid);
    if (target === undefined || target.job !== caller(call).job) return ERRNO.SRCH;
    table.kill(target, signal);
    return target === call.process && call.cancelled() ? PENDING : ERRNO.SUCCESS;
  };
  /** @type {Handler} */
  const raise = (call) => {
    table.kill(caller(call), argument(call, 0));
    return ERRNO.SUCCESS;
  };
  /** @type {Handler} */
  const pipe = (call) => {
    const { fds } = call.process;
    const fresh = newPipe();
    const numbers = [];
    try {
      for (const end of [fresh.reader, fresh.writer]) numbers.push(fds.insert(new Descriptor(end, end.rights, 0)));
    } catch (error) {
      for (const fd of numbers) fds.close(fd);
      for (const end of [fresh.reader, fresh.writer].slice(numbers.length)) end.close();
      throw error;
    }
    return answer(call, ...numbers, fresh.number);
  };
  return new Map(/** @type {[number, Handler][]} */ ([
    [OP.PROCESS_SPAWN, spawn],
    [OP.PROCESS_EXEC, exec],
    [OP.PROCESS_TEXT, (call) => {
      const process = caller(call);
      const at = argument(call, 0);
      if (at > MOST_PROGRAM_BYTES) return ERRNO.TOOBIG;
      process.text = appended(process.text, at, call.data.subarray(0, call.words[WORD.LENGTH]));
      return ERRNO.SUCCESS;
    }],
    [OP.PROCESS_WAIT, (call) => {
      const flags = argument(call, 1);
      return (flags & ~WAIT_FLAGS.NOHANG) !== 0 ? ERRNO.INVAL : table.wait(call, argument(call, 0), flags === 0);
    }],
    [OP.PROCESS_KILL, kill],
    [OP.PROC_RAISE, raise],
    [OP.PROCESS_IDS, (call) => answer(call, caller(call).pid, caller(call).parent)],
    [OP.PROCESS_PIPE, pipe],
    [OP.PROCESS_DUP, (call) => answer(call, call.process.fds.dup(argument(call, 0), argument(call, 1)))],
    [OP.PROCESS_DUP_TO, (call) => {
      call.process.fds.dupTo(argument(call, 0), argument(call, 1));
      return ERRNO.SUCCESS;
    }],
    ...terminalHandlers(),
    ...networkHandlers(),
  ]));
}

/** @returns {[number, Handler][]} */
function terminalHandlers() {
  /** @param {(call: HostCall, terminal: import('./terminal.js').Terminal) => number} serve @returns {Handler} */
  const onTerminal = (serve) => (call) => {
    const descriptor = call.process.fds.get(argument(call, 0));
    if (descriptor === undefined) return ERRNO.BADF;
    return descriptor.file instanceof TerminalFile ? serve(call, descriptor.file.terminal) : ERRNO.NOTTY;
  };
  return [
    [OP.TTY_IS, onTerminal(() => ERRNO.SUCCESS)],
    [OP.TTY_SIZE, onTerminal((call, { rows, columns }) => answer(call, rows, columns))],
    [OP.TTY_MODE_GET, onTerminal((call, { mode }) => answer(call, mode))],
    [OP.TTY_MODE_SET, onTerminal((call, terminal) => {
      terminal.setMode(argument(call, 1));
      return ERRNO.SUCCESS;
    })],
  ];
}

/** No process has a handle: nothing opens one yet. @returns {[number, Handler][]} */
function networkHandlers() {
  /** @type {Handler} */
  const open = (call) => {
    const { process } = call;
    const [subject = ''] = decodeText(call.data.slice(0, argument(call, 0))).split('\n');
    if (process.access.net === 'allow') return ERRNO.NOTSUP;
    process.audit('net', subject, 'NOTCAPABLE');
    return ERRNO.NOTCAPABLE;
  };
  return [[OP.NET_OPEN, open], ...[OP.NET_HEAD, OP.NET_READ, OP.NET_CLOSE].map((op) => /** @type {[number, Handler]} */ ([op, () => ERRNO.BADF]))];
}

