/**
 * Serves host calls: finds the handler, turns what it throws into an errno, and serves a call anew once a question about it
 * was answered. Put-off closes are done before, by whoever took the call from its block.
 */

import { ERRNO } from '../generated/abi.js';
import { FsError } from '../fs/errno.js';
import { PENDING, WORD } from '../wasi/wire.js';
import { FD_HANDLERS } from './fd_calls.js';
import { FS_HANDLERS } from './fs_calls.js';
import { setViewer } from './guest_root.js';
import { PATH_HANDLERS } from './path_calls.js';
import { POLL_HANDLERS } from './poll_calls.js';

/** @typedef {import('./host_call.js').HostCall} HostCall */
/** @typedef {import('./host_call.js').Handler} Handler */

/** The operations of the file calls. @type {ReadonlyMap<number, Handler>} */
export const HANDLERS = new Map([...FD_HANDLERS, ...PATH_HANDLERS, ...POLL_HANDLERS, ...FS_HANDLERS]);
/** The same by operation. */
const byOperation = Array.from({ length: Math.max(...HANDLERS.keys()) + 1 }, (_, operation) => HANDLERS.get(operation));

/**
 * @param {HostCall} call
 * @param {ReadonlyMap<number, Handler>} others handlers of the operations that are no file calls
 * @returns {number} errno, or PENDING when `call.finish` comes later
 */
export function dispatch(call, others) {
  call.granted = undefined;
  return serve(call, others);
}

/** @param {HostCall} call @param {ReadonlyMap<number, Handler>} others @returns {number} */
function serve(call, others) {
  const operation = /** @type {number} */ (call.words[WORD.OP]);
  const handler = byOperation[operation] ?? others.get(operation);
  if (handler === undefined) return ERRNO.NOSYS;
  const errno = run(call, handler);
  const { question } = call;
  if (question === undefined) return errno;
  call.question = undefined;
  question.answer.catch(() => false).then((allowed) => goOn(call, others, question, allowed));
  return PENDING;
}

/** @param {HostCall} call @param {ReadonlyMap<number, Handler>} others @param {import('./host_call.js').Question} question @param {boolean} allowed */
function goOn(call, others, { kind, subject, key }, allowed) {
  if (call.cancelled()) return;
  if (!allowed) call.process.audit(kind, subject, 'ACCES');
  (call.granted ??= new Set()).add(key);
  const errno = allowed ? serve(call, others) : ERRNO.ACCES;
  if (errno !== PENDING) call.finish(errno);
}

/** @param {HostCall} call @param {Handler} handler @returns {number} */
function run(call, handler) {
  setViewer(call.process);
  try {
    return handler(call);
  } catch (error) {
    if (error instanceof FsError) return error.errno;
    throw error;
  }
}
