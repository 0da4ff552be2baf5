/**
 * The page that `satchel run --engine browser` drives: the same worker as the app's, no view.
 *
 * The driver calls `satchelHeadless.start(task)` once and `satchelHeadless.next()` until that gives null; both are plain calls,
 * so they work under the page's policy. What comes of the run is in the last value of `start`.
 */

import { Agent } from './boot/agent.js';
import { ensureIsolation } from './boot/isolation.js';
import { Watchdog } from './boot/watchdog.js';

/** @typedef {import('../worker/generated/protocol').AgentMessage} AgentMessage */
/** @typedef {import('../worker/generated/protocol').HeadlessStartMessage} HeadlessStartMessage */

const NO_POLICY =
  'This host sends no security headers and no service worker could add them; nobody is here to be told, so nothing was started.';

/** Event lines that the driver has not fetched yet. @type {string[]} */
const lines = [];
let over = false;
/** Wakes the `next` that waits. */
let wake = () => {};

/** @param {AgentMessage} message @param {(summary: string) => void} done @param {(error: Error) => void} failed */
function receive(message, done, failed) {
  if (message.type === 'event') {
    lines.push(message.line);
    wake();
  } else if (message.type === 'headless.done') {
    done(message.summary);
  } else if (message.type === 'failure') {
    failed(new Error(`${message.code} (phase ${message.phase}): ${message.message}`));
  }
}

/**
 * Run one task. Resolves with the summary (JSON text) when it is over; rejects when the agent could not run it.
 * @param {Omit<HeadlessStartMessage, 'type'>} task
 * @returns {Promise<string>}
 */
async function start(task) {
  try {
    // No reload: it would take the driver's call away with the page, and with it the task.
    const isolation = await ensureIsolation(() => {}, () => false);
    if (isolation === 'none' || isolation === 'reloading') throw new Error(`no-policy: ${NO_POLICY}`);
    return await new Promise((resolve, reject) => {
      const watchdog = new Watchdog((phase, cause) => reject(new Error(`stalled (phase ${phase}): ${cause}`)));
      const agent = new Agent(
        { mode: 'headless', safe: false, canPickFolder: false, offline: false, calm: true },
        (message) => {
          if (message.type === 'boot') watchdog.feed(message.phase);
          else watchdog.stop();
          receive(message, resolve, reject);
        },
        (cause) => reject(new Error(`worker-lost: ${cause}`)),
      );
      agent.send({ type: 'headless.start', ...task });
    });
  } finally {
    over = true;
    wake();
  }
}

/**
 * The event lines since the last call; waits for at least one.
 * @returns {Promise<string[] | null>} null when the run is over and all lines were fetched.
 */
async function next() {
  while (lines.length === 0 && !over) await new Promise((resolve) => (wake = () => resolve(undefined)));
  return lines.length > 0 ? lines.splice(0) : null;
}

Object.assign(window, { satchelHeadless: { start, next } });
