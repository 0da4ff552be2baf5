/**
 * Advisory locks of whole files, as `flock`: held by an open file, shared by many or exclusive, gone with its last descriptor.
 */

import { ERRNO, LOCK_OPERATION } from '../generated/abi.js';
import { PENDING } from '../wasi/wire.js';

/** @typedef {import('../fs/inode.js').Inode} Inode */
/** @typedef {import('./open_file.js').OpenFile} OpenFile */
/** @typedef {import('./host_call.js').HostCall} HostCall */
/** @typedef {{ holders: Set<OpenFile>, exclusive: boolean, waiting: { call: HostCall, file: OpenFile, exclusive: boolean }[] }} Lock */

/** @type {Map<Inode, Lock>} */
const locks = new Map();

/** @param {HostCall} call @param {OpenFile} file @param {Inode} inode @param {number} operation LOCK_OPERATION
 * @returns {number} 0, AGAIN, INVAL, or PENDING until it can be had */
export function lockFile(call, file, inode, operation) {
  const { SHARED, EXCLUSIVE, NONBLOCK, UNLOCK } = LOCK_OPERATION;
  const kind = operation & ~NONBLOCK;
  if (kind !== SHARED && kind !== EXCLUSIVE && kind !== UNLOCK) return ERRNO.INVAL;
  if (kind === UNLOCK) {
    unlockFile(file, inode);
    return 0;
  }
  const lock = locks.get(inode) ?? { holders: new Set(), exclusive: false, waiting: [] };
  locks.set(inode, lock);
  const exclusive = kind === EXCLUSIVE;
  if (take(lock, file, exclusive)) {
    if (!exclusive) serveWaiting(inode, lock);
    return 0;
  }
  if ((operation & NONBLOCK) !== 0) return ERRNO.AGAIN;
  // As everywhere, a lock that is to change its kind is let go of first.
  lock.waiting.push({ call, file, exclusive });
  unlockFile(file, inode);
  return PENDING;
}

/** @param {Lock} lock @param {OpenFile} file @param {boolean} exclusive */
function take(lock, file, exclusive) {
  const others = lock.holders.size - (lock.holders.has(file) ? 1 : 0);
  if (others > 0 && (exclusive || lock.exclusive)) return false;
  lock.holders.add(file);
  lock.exclusive = exclusive;
  return true;
}

/** @param {OpenFile} file @param {Inode} inode */
export function unlockFile(file, inode) {
  const lock = locks.get(inode);
  if (lock === undefined || !lock.holders.delete(file)) return;
  serveWaiting(inode, lock);
}

/** @param {Inode} inode @param {Lock} lock */
function serveWaiting(inode, lock) {
  const { waiting } = lock;
  lock.waiting = [];
  for (const request of waiting) {
    if (request.call.cancelled()) continue;
    if (take(lock, request.file, request.exclusive)) request.call.finish(0);
    else lock.waiting.push(request);
  }
  if (lock.holders.size === 0 && lock.waiting.length === 0) locks.delete(inode);
}
