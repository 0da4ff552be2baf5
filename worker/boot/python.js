/**
 * Booting Pyodide: from the snapshot where there is a sound one, plainly otherwise.
 *
 * The package's wheel is put on `sys.path` as it is (Python imports from zip archives), so a snapshot boot has one file to
 * put back instead of a tree; without it tracebacks and late imports would find no source.
 */

import { download, siteUrl, withCountedFetch } from './download.js';
import { BootFailure } from './failure.js';
import { readSnapshot, snapshotName } from './snapshot.js';

/** @typedef {import('pyodide').PyodideAPI} Pyodide */
/** @typedef {import('pyodide').PyodideConfig} PyodideConfig */
/** @typedef {import('./progress.js').BootProgress} BootProgress */
/** @typedef {import('./snapshot.js').SnapshotPlace} SnapshotPlace */

/** @typedef {'snapshot' | 'plain'} BootKind */

/**
 * @typedef {object} Booted
 * @property {Pyodide} pyodide
 * @property {BootKind} kind
 * @property {Uint8Array<ArrayBuffer> | null} snapshot Fresh memory to store for the next visit, when there was none.
 */

const PAGE_BYTES = 65536;
const WHEEL_PATH = '/lib/satchel.whl';

/**
 * Boot Python with the `satchel` package importable and its browser entry imported.
 * @param {BootProgress} progress
 * @param {SnapshotPlace | null} snapshots Where snapshots live; null boots without.
 * @returns {Promise<Booted>}
 */
export async function bootPython(progress, snapshots) {
  const wheel = download(SATCHEL_WHEEL, (bytes) => progress.received(bytes));
  wheel.catch(() => {});
  if (snapshots !== null) {
    const pyodide = await bootFromSnapshot(progress, snapshots, wheel);
    if (pyodide !== null) return { pyodide, kind: 'snapshot', snapshot: null };
  }
  progress.begin('download');
  const pyodide = await load(progress, snapshots === null ? {} : { _makeSnapshot: true });
  progress.begin('package');
  installWheel(pyodide, await wheel);
  pyodide.runPython('import satchel.entry.browser');
  const started = performance.now();
  const snapshot = snapshots === null ? null : takeSnapshot(pyodide);
  progress.mark('takeSnapshot', performance.now() - started);
  return { pyodide, kind: 'plain', snapshot };
}

/**
 * @param {BootProgress} progress
 * @param {SnapshotPlace} snapshots
 * @param {Promise<ArrayBuffer>} wheel
 * @returns {Promise<Pyodide | null>} null when there is no snapshot or it did not work; a bad one is deleted.
 */
async function bootFromSnapshot(progress, snapshots, wheel) {
  const name = snapshotName();
  progress.begin('snapshot');
  const memory = await readSnapshot(snapshots, name);
  if (memory === null) return null;
  progress.begin('python');
  try {
    const pyodide = await withRoomFor(memory.byteLength, () => load(progress, { _loadSnapshot: memory }));
    progress.begin('package');
    installWheel(pyodide, await wheel);
    pyodide.runPython('import os, random; random.seed(os.urandom(16))');
    return pyodide;
  } catch (error) {
    if (error instanceof BootFailure) throw error;
    console.warn('The boot snapshot did not work and is deleted:', error);
    await snapshots.remove(name);
    return null;
  }
}

/**
 * Run `work` while every program that is started in this worker has that much memory from its beginning on: Pyodide copies a
 * snapshot into the memory it was compiled with, which is too little once importing the package has made it grow.
 * @template T
 * @param {number} bytes
 * @param {() => Promise<T>} work
 */
async function withRoomFor(bytes, work) {
  const { instantiate, instantiateStreaming } = WebAssembly;
  /** @param {WebAssembly.Instance | WebAssembly.WebAssemblyInstantiatedSource} made */
  const grown = (made) => {
    const { memory } = ('instance' in made ? made.instance : made).exports;
    const missing = memory instanceof WebAssembly.Memory ? Math.ceil((bytes - memory.buffer.byteLength) / PAGE_BYTES) : 0;
    if (missing > 0) /** @type {WebAssembly.Memory} */ (memory).grow(missing);
    return made;
  };
  /** @param {Function} plain */
  const growing = (plain) => async (/** @type {unknown[]} */ ...given) => grown(await plain.apply(WebAssembly, given));
  Object.assign(WebAssembly, { instantiate: growing(instantiate), instantiateStreaming: growing(instantiateStreaming) });
  try {
    return await work();
  } finally {
    Object.assign(WebAssembly, { instantiate, instantiateStreaming });
  }
}

/**
 * @param {BootProgress} progress
 * @param {PyodideConfig} options
 * @returns {Promise<Pyodide>}
 */
async function load(progress, options) {
  const index = siteUrl('pyodide/');
  return withCountedFetch((bytes) => progress.received(bytes), async (firstFailure) => {
    const { loadPyodide } = await script('pyodide.mjs', import('pyodide'));
    const runtime = script('pyodide.asm.mjs', import(`${index}pyodide.asm.mjs`));
    runtime.catch(() => {});
    const loading = loadPyodide({
      indexURL: index,
      packageBaseUrl: index,
      stdout: (line) => console.info(line),
      stderr: (line) => console.warn(line),
      ...options,
    });
    loading.catch(() => {});
    await Promise.race([runtime, firstFailure]);
    return Promise.race([loading, firstFailure]);
  });
}

/**
 * @template T
 * @param {string} name
 * @param {Promise<T>} loading
 * @returns {Promise<T>}
 */
async function script(name, loading) {
  try {
    return await loading;
  } catch (error) {
    throw new BootFailure('download-failed', `${name} could not be downloaded: ${error instanceof Error ? error.message : error}`);
  }
}

/**
 * @param {Pyodide} pyodide
 * @param {ArrayBuffer} wheel
 */
function installWheel(pyodide, wheel) {
  pyodide.FS.writeFile(WHEEL_PATH, new Uint8Array(wheel));
  pyodide.runPython(`import sys\nif ${JSON.stringify(WHEEL_PATH)} not in sys.path: sys.path.append(${JSON.stringify(WHEEL_PATH)})`);
}

/**
 * @param {Pyodide} pyodide
 * @returns {Uint8Array<ArrayBuffer> | null}
 */
function takeSnapshot(pyodide) {
  try {
    const { makeMemorySnapshot } = /** @type {{ makeMemorySnapshot(): Uint8Array<ArrayBuffer> }} */ (/** @type {unknown} */ (pyodide));
    return makeMemorySnapshot.call(pyodide);
  } catch (error) {
    console.warn('No boot snapshot could be taken:', error);
    return null;
  }
}

/**
 * Be told when the interpreter dies (out of memory, a bug in the runtime): every later call into it fails.
 * @param {Pyodide} pyodide
 * @param {(error: unknown) => void} report
 */
export function onFatalError(pyodide, report) {
  const { _api: api } = /** @type {{ _api: { on_fatal?: (error: unknown) => void } }} */ (/** @type {unknown} */ (pyodide));
  api.on_fatal = report;
}
