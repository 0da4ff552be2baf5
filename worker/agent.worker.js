/**
 * The agent worker: boots Python, opens storage, hands both to `satchel.entry.browser`, and pumps messages.
 *
 * It decides nothing. Order of the boot: storage, Python (from the snapshot or plainly), then the agent, which opens the last
 * session and project by itself. The snapshot of a plain boot is written only after the prompt can be used, and deleted when an agent
 * that was started from it fails: it may be what is wrong.
 */

import { asBootFailure, BootFailure } from './boot/failure.js';
import { siteSize } from './boot/download.js';
import { BootProgress } from './boot/progress.js';
import { bootPython, onFatalError } from './boot/python.js';
import { driversSnapshots, snapshotName, storedSnapshots, writeSnapshot } from './boot/snapshot.js';
import { openStorage } from './boot/storage.js';
import { createHost } from './bridge/host.js';

/** @typedef {import('./generated/protocol').AgentMessage} AgentMessage */
/** @typedef {import('./generated/protocol').PageMessage} PageMessage */
/** @typedef {import('./generated/protocol').StartMessage} StartMessage */
/** @typedef {import('./bridge/python_agent.js').PythonAgent} PythonAgent */
/** @typedef {import('./fs/recovery.js').Problem} Problem */

const scope = /** @type {DedicatedWorkerGlobalScope} */ (/** @type {unknown} */ (self));

/** @param {AgentMessage} message @param {Transferable[]} [transfer] */
const post = (message, transfer = []) => scope.postMessage(message, transfer);

const CLEANING_MS = 2000;

const progress = new BootProgress(post);
/** Set once Python runs; messages that come before it wait. @type {PythonAgent | null} */
let agent = null;
/** @type {PageMessage[]} */
const waiting = [];
/** Deletes the snapshot that this agent was started from, if it was. */
let distrustSnapshot = async () => {};

scope.addEventListener('message', (/** @type {MessageEvent<PageMessage>} */ event) => {
  const message = event.data;
  if (message.type === 'start') void boot(message);
  else if (message.type === 'ping') post({ type: 'pong' });
  else receive(message);
});

/** @param {PageMessage} message */
function receive(message) {
  if (agent === null) waiting.push(message);
  else agent.receive(message);
}

// Until the prompt can be used an unforeseen error ends the boot; later the agent reports its own.
scope.addEventListener('unhandledrejection', (event) => agent === null && void fail(event.reason));
scope.addEventListener('error', (event) => agent === null && void fail(event.error));

/** @param {StartMessage} start */
async function boot(start) {
  try {
    progress.begin('storage');
    void siteSize().then((bytes) => progress.expect(bytes));
    const storage = await openStorage();
    const stored = storage === null ? null : storedSnapshots(storage.snapshots);
    const snapshots = start.snapshots ? driversSnapshots(start.snapshots) : stored;
    const forget = async () => snapshots?.remove(snapshotName());
    if (start.safe || start.fresh) await forget();
    const { pyodide, kind, snapshot } = await bootPython(progress, start.safe ? null : snapshots);
    if (kind === 'snapshot') distrustSnapshot = async () => void (await forget());
    onFatalError(pyodide, (error) => void fail(new BootFailure('runtime-crash', String(error))));
    progress.begin('agent');
    const host = createHost({
      pyodide,
      storage,
      post,
      start,
      onProblem: ({ kind, message }) => receive({ type: 'storage-problem', kind, message }),
    });
    agent = await host.startAgent();
    progress.end();
    progress.mark('total', performance.now());
    post({ type: 'ready', storage: storage === null ? 'memory' : 'opfs', boot: kind, timings: progress.timings });
    for (const message of waiting.splice(0)) agent.receive(message);
    if (snapshots !== null && snapshot !== null) await writeSnapshot(snapshots, snapshotName(), snapshot);
  } catch (error) {
    await fail(error);
  }
}

/** @param {unknown} error */
async function fail(error) {
  console.error(error);
  const { phase } = progress;
  const { code, message, remedy } = asBootFailure(error);
  // The page ends this worker as soon as it hears of the failure, so this comes first; but it must hear of it.
  if (code !== 'download-failed') await Promise.race([distrustSnapshot(), after(CLEANING_MS)]);
  post({ type: 'failure', phase, code, message, remedy });
}

/** @param {number} milliseconds */
function after(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
