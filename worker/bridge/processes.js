/**
 * Programs on the projects that are mounted, as plain functions: for `satchel.adapters.browser.processes`.
 *
 * Requests and statuses cross as JSON, output as byte arrays. Questions and notes of running programs go to the two functions
 * that came with `open`, marked with the number that Python gave their job.
 */

import { downloadVerified, siteText, siteUrl } from '../boot/download.js';
import { createGuestRoot } from '../process/guest_root.js';
import { pageStartsWorkers, pageWorker } from '../process/page_worker.js';
import { createProcessHost } from '../process/process_host.js';
import { then } from '../wasi/channel.js';

/** @typedef {import('./open_project.js').ProjectMounts} ProjectMounts */
/** @typedef {import('../process/process_host.js').SpawnRequest} SpawnRequest */
/** @typedef {ReturnType<typeof createProcessHost>} ProcessHost */
/** @typedef {Awaited<ReturnType<ProcessHost['spawn']>>} Program */
/** What Python asks for; `access` and the rest as in `runtime/process.py`. @typedef {SpawnRequest & { job: number }} JobRequest */
/** A command of the site's index, with the module that it is in.
 * @typedef {{ name: string, summary: string, path: string, sha256: string }} InstalledCommand */
/** @typedef {(job: number, kind: string, subject: string, pid: number) => PromiseLike<boolean>} OnQuestion */
/** @typedef {(job: number, kind: string, subject: string, pid: number, errno: string) => void} OnRefusal */
/** Whom Python told to answer: questions, notes of what was refused, and the end of a job.
 * @typedef {{ onQuestion: OnQuestion, onRefusal: OnRefusal, onOver: (job: number) => void }} Listeners */

const BUNDLES = 'bundles/';
const WORKER = 'wasi.worker.js';
const shared = typeof SharedArrayBuffer === 'function' && globalThis.crossOriginIsolated;

/** How programs can run here: with shared memory, with calls that suspend them, or not at all.
 * @returns {'shared' | 'suspending' | 'none'} */
export function processMode() {
  if (shared) return 'shared';
  return 'Suspending' in WebAssembly ? 'suspending' : 'none';
}

/** The worker's one Trusted Types policy: it lets exactly the process worker's script be started. */
const rules = {
  /** @param {string} url */
  createScriptURL(url) {
    if (url !== siteUrl(WORKER)) throw new TypeError(`${url} is not the process worker`);
    return url;
  },
};
/** @typedef {{ trustedTypes?: { createPolicy(name: string, given: typeof rules): typeof rules } }} WithPolicies */
const policy = /** @type {WithPolicies} */ (globalThis).trustedTypes?.createPolicy('satchel-worker', rules) ?? rules;

function spawnWorker() {
  return new Worker(policy.createScriptURL(siteUrl(WORKER)), { type: 'module', name: 'satchel-process' });
}

/** All hosts of programs, one for each project that runs some. */
export class Processes {
  /** @type {Set<ProjectProcesses>} */
  #open = new Set();
  /** Modules that were fetched and found to be what the index says, by path. @type {Map<string, Promise<Uint8Array>>} */
  #modules = new Map();
  /** @type {InstalledCommand[]} */
  #installed = [];
  /** @type {Promise<string | undefined>} */
  #index;

  /** @param {ProjectMounts} mounts @param {Parameters<typeof pageWorker>[0]} post to the page */
  constructor(mounts, post) {
    this.mounts = mounts;
    this.spawnWorker = pageStartsWorkers ? () => pageWorker(post) : spawnWorker;
    this.mode = processMode();
    // Begun here, so that it comes while Python starts.
    this.#index = this.mode === 'none' ? Promise.resolve(undefined) : siteText(`${BUNDLES}index.json`);
  }

  /** @returns {Promise<string | undefined>} the site's list of bundles, as it is; undefined without one */
  index() {
    return this.#index;
  }

  /** @param {string} commands JSON: the commands that programs find in /usr/bin, of projects opened from now on */
  install(commands) {
    this.#installed = JSON.parse(commands);
  }

  /**
   * @param {string} root host path of a mounted project
   * @param {OnQuestion} onQuestion
   * @param {OnRefusal} onRefusal
   * @param {(job: number) => void} onOver
   */
  open(root, onQuestion, onRefusal, onOver) {
    const store = this.mounts.storeAt(root);
    const host = createProcessHost({
      root: createGuestRoot(store, this.#installed),
      store,
      spawnWorker: this.spawnWorker,
      shared: this.mode === 'shared',
      loadCommand: (command) => this.#module(/** @type {InstalledCommand} */ (command)),
    });
    const processes = new ProjectProcesses(host, { onQuestion, onRefusal, onOver }, () => this.#open.delete(processes));
    this.#open.add(processes);
    return processes;
  }

  /** Serve what programs wait for, once. */
  serve() {
    for (const { host } of this.#open) host.serve();
  }

  /** @param {InstalledCommand} command @returns {Promise<Uint8Array>} */
  #module({ path, sha256 }) {
    let module = this.#modules.get(path);
    if (module === undefined) {
      module = downloadVerified(BUNDLES + path, sha256);
      module.catch(() => this.#modules.delete(path));
      this.#modules.set(path, module);
    }
    return module;
  }
}

/** The programs of one project. */
class ProjectProcesses {
  /** @param {ProcessHost} host @param {Listeners} listeners @param {() => void} onClose */
  constructor(host, listeners, onClose) {
    this.host = host;
    this.listeners = listeners;
    this.onClose = onClose;
  }

  /** Started at once, without a turn of the event loop, when the program is known. @param {string} request JSON of a JobRequest
   * @param {Uint8Array} [module] @returns {import('../wasi/channel.js').Now<JobProgram>} */
  spawn(request, module) {
    const started = this.host.start([this.#complete({ ...JSON.parse(request), module })]);
    return then(started, ([program]) => new JobProgram(/** @type {Program} */ (program)));
  }

  /** @param {string} requests JSON of a list of JobRequests */
  async spawnPipeline(requests) {
    const complete = JSON.parse(requests).map((/** @type {JobRequest} */ request) => this.#complete(request));
    return (await this.host.spawnPipeline(complete)).map((program) => new JobProgram(program));
  }

  close() {
    this.host.close();
    this.onClose();
  }

  /** @param {JobRequest} request @returns {SpawnRequest} */
  #complete({ job, ...request }) {
    const { onQuestion, onRefusal, onOver } = this.listeners;
    return {
      ...request,
      decide: async (kind, subject, pid) => (await onQuestion(job, kind, subject, pid)) === true,
      audit: (kind, subject, pid, errno) => onRefusal(job, kind, subject, pid, errno),
      onOver: () => onOver(job),
    };
  }
}

/** A program that was started. */
class JobProgram {
  /** @param {Program} program */
  constructor(program) {
    this.program = program;
    this.pid = program.pid;
  }

  /** @returns {Promise<string>} JSON: code, signal, cause, detail */
  async wait() {
    return JSON.stringify(await this.program.exited);
  }

  /** @param {'stdout' | 'stderr'} stream @returns {Promise<Uint8Array | undefined>} undefined at the end */
  async read(stream) {
    return (await this.program.read(stream)) ?? undefined;
  }

  /** @param {Uint8Array} bytes @returns {Promise<boolean>} false when nobody reads any more */
  async write(bytes) {
    try {
      await this.program.write(bytes);
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === 'BrokenPipe') return false;
      throw error;
    }
  }

  closeInput() {
    this.program.closeInput();
  }

  unreadInput() {
    return this.program.unreadInput();
  }

  /** @param {number} signal */
  kill(signal) {
    this.program.kill(signal);
  }

  /** @param {number} rows @param {number} columns */
  resize(rows, columns) {
    this.program.resize(rows, columns);
  }

  /** @param {string} access JSON of an AccessTable */
  setAccess(access) {
    this.program.setAccess(JSON.parse(access));
  }
}
