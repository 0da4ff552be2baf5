/**
 * Times programs in the tab: the product's engine, on a project of the product's storage, through the product's bridge.
 *
 * The clock runs from the JavaScript call to the end of the program, and of its output where it has any. `processes_bench.py`
 * times the same from Python. The mode without shared memory has a store of its own.
 */

import { Processes } from '../../../../worker/bridge/processes.js';
import { InodeStore } from '../../../../worker/fs/inode_store.js';
import { encodeText } from '../../../../worker/fs/names.js';
import { createGuestRoot } from '../../../../worker/process/guest_root.js';
import { createProcessHost } from '../../../../worker/process/process_host.js';
import { startProduct } from './product.js';

const newline = 0x0a;
const pause = (milliseconds) => new Promise((resolve) => void setTimeout(resolve, milliseconds));
const started = start();

/** Remembers the host that Python opened. */
class SeenProcesses extends Processes {
  open(...args) {
    this.opened = super.open(...args);
    return this.opened;
  }
}

async function start() {
  const { bench, host } = await startProduct('processes_bench.py', 'satchel_build/benchmarks/workload.py');
  const processes = new SeenProcesses(host.projects.mounts);
  const modules = {};
  for (const name of ['noop', 'spin', 'writer', 'reader']) {
    modules[name] = new Uint8Array(await (await fetch(`${name}.wasm`)).arrayBuffer());
  }
  const project = await bench.Project.open.callKwargs(host, processes, modules, {});
  return { project, hosts: { shared: processes.opened.host, suspending: suspendingHost(modules) } };
}

/** @param {Record<string, Uint8Array>} modules */
function suspendingHost(modules) {
  const store = new InodeStore();
  const workspace = store.createDirectory(store.root, 'workspace');
  for (const name of ['tmp', 'home']) store.createDirectory(store.root, name);
  for (const [name, bytes] of Object.entries(modules)) store.adoptFile(workspace, name, bytes.slice(), 0o755);
  const spawnWorker = () => new Worker('wasi.worker.js', { type: 'module' });
  return createProcessHost({ root: createGuestRoot(store, []), store, spawnWorker, shared: false });
}

const requestFor = (program, argv, env) => ({ program, argv, env, cwd: '/workspace' });
const own = (name) => requestFor(`/workspace/${name}`, [name], []);

function require(condition, text) {
  if (!condition) throw new Error(text);
}

async function spawnToExit(host) {
  const since = performance.now();
  const program = await host.spawn(own('noop'));
  const status = await program.exited;
  const milliseconds = performance.now() - since;
  require(status.code === 0, `noop: ${JSON.stringify(status)}`);
  return milliseconds;
}

const actions = {
  async spawns({ hosts }, { mode, count }) {
    const samples = [];
    for (let i = 0; i < count; i++) samples.push(await spawnToExit(hosts[mode]));
    return samples;
  },

  async sequence({ hosts }, { count }) {
    const since = performance.now();
    for (let i = 0; i < count; i++) await spawnToExit(hosts.shared);
    return performance.now() - since;
  },

  async awaited({ project }, { count }) {
    return (await project.spawns(count)).toJs();
  },

  /** Milliseconds. */
  async pipe({ hosts }, { mode }) {
    const since = performance.now();
    const programs = await hosts[mode].spawnPipeline([own('writer'), own('reader')]);
    for (const program of programs) {
      const status = await program.exited;
      require(status.code === 0, `the pipe: ${JSON.stringify(status)}`);
    }
    return performance.now() - since;
  },

  async kill({ hosts }) {
    const spinning = await hosts.shared.spawn(own('spin'));
    await pause(20);
    const since = performance.now();
    spinning.kill();
    await spinning.exited;
    await spawnToExit(hosts.shared);
    return performance.now() - since;
  },

  async tool({ hosts, project }, { argv, env, makes }) {
    if (makes !== null) project.empty_folder(makes);
    const since = performance.now();
    const program = await hosts.shared.spawn(requestFor(`/usr/bin/${argv[0]}`, argv, env));
    program.closeInput();
    let lines = 0;
    for (let bytes = await program.read('stdout'); bytes !== null; bytes = await program.read('stdout')) {
      for (const byte of bytes) if (byte === newline) lines += 1;
    }
    const status = await program.exited;
    const milliseconds = performance.now() - since;
    require(makes === null || project.is_filled(makes), `${makes} has too few files`);
    return { milliseconds, lines, status: status.code, errors: new TextDecoder().decode((await program.read('stderr')) ?? encodeText('')) };
  },
};

self.addEventListener('message', async ({ data: { action, ...options } }) => {
  try {
    self.postMessage({ answer: await actions[action](await started, options) });
  } catch (error) {
    self.postMessage({ error: `${error}\n${error.stack ?? ''}` });
  }
});
