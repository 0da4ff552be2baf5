/**
 * The page that `satchel run --engine browser` drives: the same worker as the app's, no view.
 *
 * The driver calls `satchelHeadless.start(message)` once and `satchelHeadless.next()` until that gives null; `send` passes more
 * messages on. They are plain calls, so they work under the page's policy. What comes of the run is in the value of `start`.
 */

import { Agent } from './boot/agent.js';
import { ensureIsolation } from './boot/isolation.js';
import { Watchdog } from './boot/watchdog.js';

/** @typedef {import('../worker/generated/protocol').AgentMessage} AgentMessage */
/** @typedef {import('../worker/generated/protocol').PageMessage} PageMessage */

const NO_POLICY =
  'This host sends no security headers and no service worker could add them; nobody is here to be told, so nothing was started.';

/** Event lines that the driver has not fetched yet. @type {string[]} */
const lines = [];
let over = false;
/** @type {Agent | null} */
let running = null;
/** What was to be passed on before the agent was there. @type {PageMessage[]} */
const early = [];
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
 * Run one task, module or check. Resolves with the summary (JSON text) when it is over; rejects when it could not be run.
 * @param {PageMessage} message
 * @param {string} [snapshots] Where the driver keeps boot snapshots, as in `StartMessage`.
 * @returns {Promise<string>}
 */
async function start(message, snapshots = '') {
  try {
    // No reload: it would take the driver's call away with the page, and with it the task.
    const isolation = await ensureIsolation(() => {}, () => false);
    if (isolation === 'none' || isolation === 'reloading') throw new Error(`no-policy: ${NO_POLICY}`);
    return await new Promise((resolve, reject) => {
      const watchdog = new Watchdog((phase, cause) => reject(new Error(`stalled (phase ${phase}): ${cause}`)));
      const agent = new Agent(
        { mode: 'headless', safe: false, canPickFolder: false, offline: false, calm: true, snapshots },
        (answer) => {
          if (answer.type === 'boot') watchdog.feed(answer.phase);
          else watchdog.stop();
          receive(answer, resolve, reject);
        },
        (cause) => reject(new Error(`worker-lost: ${cause}`)),
      );
      agent.send(message);
      for (const message of early.splice(0)) agent.send(message);
      running = agent;
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

/** @param {PageMessage} message */
function send(message) {
  if (running === null) early.push(message);
  else running.send(message);
}

Object.assign(window, { satchelHeadless: { start, next, send } });
