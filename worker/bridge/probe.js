/** What this browser lends the worker, found by using it. For `satchel.adapters.browser.doctor`. */

import { processMode } from './processes.js';

const PROBE_FILE = 'probe.bin';
const PROBE_BYTES = 1 << 20;
/** How programs run, in words. @type {Record<ReturnType<typeof processMode>, string>} */
const WAYS = {
  shared: 'each in a worker of its own, over shared memory',
  suspending: 'each in a worker of its own, by stack switching',
  none: 'neither shared memory nor stack switching',
};

/** @typedef {{ ok: boolean, detail: string }} Finding */
/** @typedef {{ Suspending: new (f: () => Promise<number>) => WebAssembly.ImportValue, promising: (f: Function) => () => Promise<number> }} Switching */

/**
 * @param {Uint8Array<ArrayBuffer>} answering a module that gives what its import gives
 * @returns {Promise<string>} JSON: the findings by name
 */
export async function probe(answering) {
  const checks = {
    isolation: async () => finding(globalThis.crossOriginIsolated, 'cross-origin isolated'),
    'shared memory': async () => sharedMemory(),
    'stack switching (JSPI)': () => stackSwitching(answering),
    'private file system': privateFiles,
    'storage that lasts': persistence,
    'running programs': async () => ({ ok: processMode() !== 'none', detail: WAYS[processMode()] }),
  };
  /** @type {Record<string, Finding>} */
  const findings = {};
  for (const [name, check] of Object.entries(checks)) {
    findings[name] = await check().catch((error) => ({ ok: false, detail: `${error.name}: ${error.message}` }));
  }
  return JSON.stringify(findings);
}

/** @param {boolean} ok @param {string} text @returns {Finding} */
function finding(ok, text) {
  return { ok, detail: ok ? text : `not ${text}` };
}

/** @returns {Finding} */
function sharedMemory() {
  const words = new Int32Array(new SharedArrayBuffer(4));
  Atomics.store(words, 0, 7);
  return finding(Atomics.load(words, 0) === 7 && typeof Atomics.wait(words, 0, 0, 0) === 'string', 'made, written, waited on');
}

/** @param {Uint8Array<ArrayBuffer>} answering @returns {Promise<Finding>} */
async function stackSwitching(answering) {
  const { Suspending, promising } = /** @type {Switching} */ (/** @type {unknown} */ (WebAssembly));
  if (Suspending === undefined) return { ok: false, detail: 'not there' };
  const answer = new Suspending(() => new Promise((resolve) => setTimeout(() => resolve(42), 0)));
  const { instance } = await WebAssembly.instantiate(answering, { env: { answer } });
  const run = promising(/** @type {Function} */ (instance.exports['run']));
  return finding((await run()) === 42, 'a program was suspended and went on');
}

/** @returns {Promise<Finding>} */
async function privateFiles() {
  const root = await navigator.storage.getDirectory();
  const handle = await (await root.getFileHandle(PROBE_FILE, { create: true })).createSyncAccessHandle();
  const data = crypto.getRandomValues(new Uint8Array(65536));
  const start = performance.now();
  try {
    for (let at = 0; at < PROBE_BYTES; at += data.length) handle.write(data, { at });
    handle.flush();
    const back = new Uint8Array(data.length);
    handle.read(back, { at: PROBE_BYTES - data.length });
    const isSame = data.every((byte, i) => byte === back[i]);
    return { ok: isSame, detail: isSame ? `1 MiB written and read in ${(performance.now() - start).toFixed(1)} ms` : 'other bytes came back' };
  } finally {
    handle.close();
    await root.removeEntry(PROBE_FILE);
  }
}

/** @returns {Promise<Finding>} */
async function persistence() {
  const [lasts, { quota = 0, usage = 0 }] = await Promise.all([navigator.storage.persisted(), navigator.storage.estimate()]);
  const room = `${Math.floor((quota - usage) / 1048576)} MiB free`;
  return { ok: lasts, detail: lasts ? `granted, ${room}` : `not granted: the browser may clear it when space is short, ${room}` };
}
