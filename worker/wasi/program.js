/**
 * Runs one program in this worker: links it, runs `_start`, and says how it ended.
 *
 * After its end every call of the program throws again: a guest that catches what unwinds it gets nothing done.
 */

import { ERRNO, MODULES } from '../generated/abi.js';
import { Guest, ProgramEnd } from './guest.js';
import { MemoryFault } from './guest_memory.js';
import { carriedCalls, preview1 } from './preview1.js';
import { satchelCalls } from './satchel_calls.js';
import { OP, WORD } from './wire.js';

/** @typedef {import('./guest.js').RunMessage} RunMessage */
/** @typedef {import('./preview1.js').Import} Import */
/** JSPI, which TypeScript's library does not know yet.
 * @typedef {{ Suspending: new (f: Function) => Function, promising(f: Function): () => Promise<void> }} Jspi */

const jspi = /** @type {Jspi} */ (/** @type {unknown} */ (WebAssembly));
const TRAP_TEXT_BYTES = 4096;

/** @param {unknown} error */
const faultErrno = (error) => {
  if (error instanceof MemoryFault) return ERRNO.FAULT;
  throw error;
};

/** @param {Guest} guest @param {Import} f @returns {Import} */
function guarded(guest, f) {
  return (...args) => {
    // A browser may let a worker that was ended compute on for seconds.
    if (guest.channel.isEnded()) guest.end ??= new ProgramEnd('ended', 0, 0);
    if (guest.end !== null) throw guest.end;
    try {
      const result = f(...args);
      return result instanceof Promise ? result.catch(faultErrno) : result;
    } catch (error) {
      return faultErrno(error);
    }
  };
}

/**
 * All that a program can be linked with; made once for a worker. That a module asks for nothing else was seen before it came.
 * @param {Guest} guest @param {boolean} suspends whether calls give promises (JSPI) @returns {WebAssembly.Imports}
 */
export function importsFor(guest, suspends) {
  /** @type {Record<string, Record<string, Import>>} */
  const special = { wasi_snapshot_preview1: preview1(guest), ...satchelCalls(guest) };
  const imports = Object.create(null);
  for (const module of Object.keys(MODULES)) {
    imports[module] = Object.create(null);
    for (const [name, call] of Object.entries({ ...carriedCalls(guest, module), ...special[module] })) {
      const safe = guarded(guest, call);
      imports[module][name] = suspends ? new jspi.Suspending(safe) : safe;
    }
  }
  return imports;
}

/** @param {Guest} guest @param {WebAssembly.Module} module @param {WebAssembly.Imports} imports @param {boolean} suspends */
export function run(guest, module, imports, suspends) {
  /** @param {unknown} reason */
  const ended = (reason) => report(guest, guest.end ?? reason);
  try {
    const { exports } = new WebAssembly.Instance(module, imports);
    guest.memory.attach(/** @type {WebAssembly.Memory} */ (exports.memory));
    const start = /** @type {() => void} */ (exports._start);
    const finished = suspends ? jspi.promising(start)() : start();
    if (finished instanceof Promise) void finished.then(() => ended(null), ended);
    else ended(null);
  } catch (error) {
    ended(error);
  }
}

/** @param {Guest} guest @param {unknown} reason null for a return from `_start` */
function report(guest, reason) {
  const { words, data, channel } = guest;
  const end = reason === null ? new ProgramEnd('exit', 0, 0) : reason;
  if (end instanceof ProgramEnd && end.kind !== 'exit') return;
  guest.memory.refresh();
  guest.memory.attach(null);
  words[WORD.CLOSES] = 0;
  if (end instanceof ProgramEnd) {
    guest.request(end.code, end.signal);
    channel.send(OP.PROC_EXIT);
    return;
  }
  const text = new TextEncoder().encode(end instanceof Error ? `${end.name}: ${end.message}` : String(end)).subarray(0, TRAP_TEXT_BYTES);
  guest.request(0);
  words[WORD.LENGTH] = text.length;
  data.set(text);
  channel.send(OP.PROC_TRAP);
}

