/** The operations as @wasmer/sdk does them; the clock runs from the call to the end of the program. */

import { Wasmer } from './peer/dist/index.js';

const MOST_MS = 20_000;
const wasmer = new Wasmer();
const packages = new Map();
const pause = (milliseconds) => new Promise((resolve) => void setTimeout(resolve, milliseconds));

/** @param {string} path of a module of this site */
async function load(path) {
  let found = packages.get(path);
  if (found === undefined) {
    found = await wasmer.packages.load(new Uint8Array(await (await fetch(path)).arrayBuffer()));
    await (await sandbox).installPackage(found);
    packages.set(path, found);
  }
  return found;
}

const sandbox = wasmer.sandboxes.create();

const command = async (path, args = []) => (await sandbox).command(await load(path), args);

async function spawnToExit() {
  const since = performance.now();
  await (await command('noop.wasm')).run();
  return performance.now() - since;
}

const actions = {
  async spawns({ count }) {
    const samples = [];
    for (let i = 0; i < count; i++) samples.push(await spawnToExit());
    return samples;
  },

  async pipe() {
    const [writer, reader] = [await command('small-writer.wasm'), await command('small-reader.wasm')];
    const since = performance.now();
    const to = await reader.spawn({ stdin: 'pipe' });
    const from = await writer.spawn({ stdout: 'pipe' });
    for await (const bytes of from.stdout) await to.stdin.write(bytes);
    await to.stdin.close();
    for (const process of [from, to]) await process.wait({ check: true });
    return performance.now() - since;
  },

  async kill() {
    const spinning = await (await command('spin.wasm')).spawn();
    await pause(20);
    const since = performance.now();
    await spinning.kill();
    await spinning.wait();
    await spawnToExit();
    return performance.now() - since;
  },

  /** @param {{ argv: string[] }} options */
  async tool({ argv: [name, ...args] }) {
    const { bundles } = await (await fetch('bundles/index.json')).json();
    const bundle = bundles.find(({ commands }) => commands.some((one) => one.name === name));
    const { path } = bundle.modules[bundle.commands.find((one) => one.name === name).module];
    const ready = await command(`bundles/${path}`, args);
    const since = performance.now();
    await ready.run();
    return performance.now() - since;
  },
};

const late = () => pause(MOST_MS).then(() => {
  throw new Error(`it had not ended after ${MOST_MS / 1000} s`);
});

/** One program before, which is not timed: it starts workers and compiles. */
async function ask({ action, ...options }) {
  await spawnToExit();
  return actions[action](options);
}

Object.assign(window, { bench: { ask: (request) => Promise.race([ask(request), late()]) } });
