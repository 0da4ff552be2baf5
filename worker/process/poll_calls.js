/**
 * `poll_oneoff`: waits until a descriptor is ready or a time has come.
 *
 * Realtime and monotonic clock are one here: nanoseconds of `performance.timeOrigin + performance.now()`, in every worker.
 * While the agent worker waits for a process without giving way to its event loop no timer fires; whoever waits so asks
 * `nextDeadline()` how long it may and calls `runDueTimers()`.
 */

import { CLOCKID, ERRNO, EVENTRWFLAGS, EVENTTYPE, RIGHTS, STRUCTS, SUBCLOCKFLAGS } from '../generated/abi.js';
import { OP, PENDING, WORD } from '../wasi/wire.js';
import { argument, setU64, viewOf } from './open_file.js';

/** @typedef {import('./open_file.js').OpenFile} OpenFile */
/** @typedef {import('./host_call.js').HostCall} HostCall */
/** @typedef {import('./host_call.js').Handler} Handler */

/**
 * @typedef {object} Subscription
 * @property {bigint} userdata
 * @property {number} tag EVENTTYPE
 * @property {number} due of a clock: when, in milliseconds of `now`; else Infinity
 * @property {OpenFile | null} file
 * @property {number} error
 */

/** Longest time a timer takes. */
const MAX_TIMEOUT = 0x7fff_ffff;
/** @type {Set<{ due: number, run: () => void }>} */
const timers = new Set();

function now() {
  return performance.timeOrigin + performance.now();
}

/** @returns {number} milliseconds until the next timer is due, Infinity when there is none */
export function nextDeadline() {
  let due = Infinity;
  for (const timer of timers) due = Math.min(due, timer.due);
  return Math.max(0, due - now());
}

/** Run what is due. */
export function runDueTimers() {
  for (const timer of [...timers]) if (timer.due <= now()) timer.run();
}

/** @param {number} due @param {() => void} run @returns {() => void} to stop it */
function startTimer(due, run) {
  const timer = { due, run };
  timers.add(timer);
  const handle = setTimeout(run, Math.min(MAX_TIMEOUT, Math.ceil(Math.max(0, due - now()))));
  return () => {
    timers.delete(timer);
    clearTimeout(handle);
  };
}

/** @param {HostCall} call @param {DataView} view @param {number} at @param {number} time @returns {Subscription} */
function readSubscription(call, view, at, time) {
  const field = STRUCTS.subscription;
  const subscription = { userdata: view.getBigUint64(at + field.userdata, true), tag: view.getUint8(at + field.tag), due: Infinity,
    file: /** @type {OpenFile | null} */ (null), error: 0 };
  if (subscription.tag === EVENTTYPE.CLOCK) {
    const clock = view.getUint32(at + field.clock_id, true);
    const timeout = Number(view.getBigUint64(at + field.clock_timeout, true)) / 1e6;
    const flags = view.getUint16(at + field.clock_flags, true);
    const isAbsolute = flags === SUBCLOCKFLAGS.SUBSCRIPTION_CLOCK_ABSTIME;
    if (clock > CLOCKID.MONOTONIC || (flags !== 0 && !isAbsolute)) subscription.error = ERRNO.INVAL;
    else subscription.due = isAbsolute ? timeout : time + timeout;
    return subscription;
  }
  const right = subscription.tag === EVENTTYPE.FD_READ ? RIGHTS.FD_READ : RIGHTS.FD_WRITE;
  const descriptor = call.process.fds.get(view.getUint32(at + field.fd, true));
  subscription.file = descriptor?.file ?? null;
  subscription.error = subscription.tag > EVENTTYPE.FD_WRITE ? ERRNO.INVAL
    : descriptor === undefined ? ERRNO.BADF : descriptor.refusal(RIGHTS.POLL_FD_READWRITE | right, 'poll');
  return subscription;
}

/** Write the events that are there. @param {HostCall} call @param {Subscription[]} subscriptions @returns {number} how many */
function writeEvents(call, subscriptions) {
  const view = viewOf(call);
  const field = STRUCTS.event;
  const time = now();
  let count = 0;
  for (const { userdata, tag, due, file, error } of subscriptions) {
    const readiness = error === 0 ? file?.readiness() : undefined;
    const isReady = readiness === undefined ? due <= time
      : readiness.hangup || (tag === EVENTTYPE.FD_READ ? readiness.read : readiness.write);
    if (error === 0 && !isReady) continue;
    const at = count * field.SIZEOF;
    count += 1;
    view.setBigUint64(at + field.userdata, userdata, true);
    setU64(view, at + field.error, error + tag * 2 ** ((field.type - field.error) * 8));
    setU64(view, at + field.nbytes, readiness === undefined ? 0 : tag === EVENTTYPE.FD_READ ? file?.available() ?? 0 : call.data.length);
    setU64(view, at + field.flags, readiness?.hangup ? EVENTRWFLAGS.FD_READWRITE_HANGUP : 0);
  }
  call.words[WORD.ARG] = count;
  call.words[WORD.LENGTH] = count * field.SIZEOF;
  return count;
}

/** @type {Handler} */
function pollOneoff(call) {
  const count = argument(call, 0);
  const size = STRUCTS.subscription.SIZEOF;
  if (count <= 0 || count * size > call.data.length) return ERRNO.INVAL;
  const view = viewOf(call);
  const time = now();
  const subscriptions = Array.from({ length: count }, (_, i) => readSubscription(call, view, i * size, time));
  if (writeEvents(call, subscriptions) > 0) return 0;
  /** @type {(() => void)[]} */
  const stops = [];
  const look = () => {
    if (!call.cancelled() && writeEvents(call, subscriptions) === 0) {
      arm();
      return;
    }
    for (const stop of stops.splice(0)) stop();
    if (!call.cancelled()) call.finish(0);
  };
  let stopTimer = () => {};
  const arm = () => {
    stopTimer();
    const due = Math.min(...subscriptions.map((subscription) => subscription.due));
    if (due < Infinity) stopTimer = startTimer(due, look);
  };
  arm();
  const files = new Set(subscriptions.map(({ file }) => file));
  stops.push(() => stopTimer(), ...[...files].map((file) => file?.onReady(look) ?? (() => {})));
  return PENDING;
}

/** @type {ReadonlyMap<number, Handler>} */
export const POLL_HANDLERS = new Map([[OP.POLL_ONEOFF, pollOneoff]]);
