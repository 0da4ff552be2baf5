// A process host under node: real worker threads, real shared memory, the real inode store.
import { Worker } from 'node:worker_threads';

import { InodeStore } from '../../../worker/fs/inode_store.js';
import { createGuestRoot } from '../../../worker/process/guest_root.js';
import { createProcessHost } from '../../../worker/process/process_host.js';

/** A worker thread with the face of a browser's worker. */
export function nodeWorker() {
  const thread = new Worker(new URL('node_worker.js', import.meta.url));
  const worker = {
    onmessage: null,
    onerror: null,
    postMessage: (message, transfer) => thread.postMessage(message, transfer),
    terminate: () => void thread.terminate(),
  };
  thread.on('message', (data) => worker.onmessage?.({ data }));
  thread.on('error', (error) => worker.onerror?.({ message: error.message }));
  return worker;
}

/**
 * @param {Record<string, Uint8Array | string>} files of `/workspace`, all executable
 * @param {object} [options] further ones of the host
 */
export function createRig(files = {}, options = {}) {
  const store = new InodeStore();
  const root = createGuestRoot(store, options.installed ?? []);
  const workspace = root.resolve('/workspace').inode;
  for (const [name, content] of Object.entries(files)) {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    store.adoptFile(workspace, name, bytes.slice(), 0o755);
  }
  const host = createProcessHost({ root, store, spawnWorker: nodeWorker, shared: true, ...options });
  const spawn = (...argv) => host.spawn(request(argv));
  return { store, root, workspace, host, spawn, run: (argv, extra) => run(host, argv, extra) };
}

/** @param {string[]} argv @param {object} [extra] */
export function request(argv, extra = {}) {
  const [name] = argv;
  return { program: name.startsWith('/') ? name : `/workspace/${name}`, argv, env: [['PWD', '/workspace']], cwd: '/workspace', ...extra };
}

/** Run a program to its end. @param {object} host @param {string[]} argv @param {{ input?: string | Uint8Array }} [extra] */
export async function run(host, argv, { input = '', ...extra } = {}) {
  const program = await host.spawn(request(argv, extra));
  const bytes = typeof input === 'string' ? new TextEncoder().encode(input) : input;
  if (bytes.length > 0) program.write(bytes).catch(() => {});
  program.closeInput();
  const [stdout, stderr, status] = await Promise.all([drain(program, 'stdout'), drain(program, 'stderr'), program.exited]);
  return { ...status, stdout: text(stdout), stderr: text(stderr), bytes: stdout };
}

/** Everything that comes on a stream. */
export async function drain(program, stream) {
  const chunks = [];
  for (let chunk = await program.read(stream); chunk !== null; chunk = await program.read(stream)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export const text = (bytes) => new TextDecoder().decode(bytes);

/** Until the host has nothing left over from processes that ended. */
export async function settled(host) {
  for (let i = 0; i < 200; i++) {
    const { processes, fds, pipes, pending, queued, workers } = host.stats();
    if (processes + fds + pipes + pending + queued + workers.busy === 0) return host.stats();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return host.stats();
}
