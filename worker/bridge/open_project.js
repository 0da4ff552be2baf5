/** Projects that are mounted into Python's file system: flushed, compacted, linked in, unmounted. */

import { createStoreMount } from '../fs/emscripten_mount.js';
import { ERRNO } from '../fs/errno.js';
import { createGuestMounts } from '../fs/guest_layout.js';
import { projectOf, rootOf } from './store_paths.js';

/** @typedef {import('pyodide').PyodideAPI['FS']} EmscriptenFs */
/** @typedef {import('../fs/emscripten_types').EmscriptenFs} MountableFs */
/** @typedef {import('../fs/inode_store.js').InodeStore} InodeStore */
/** @typedef {import('../fs/recovery.js').Problem} Problem */

const FLUSH_INTERVAL_MS = 1000;

/**
 * A store and how it is kept; `worker/fs/persistence.js` has the lasting kind.
 * @typedef {object} KeptStore
 * @property {InodeStore} store
 * @property {() => boolean} flush Whether everything written so far is durable now.
 * @property {() => Promise<boolean>} compact Does nothing while it is not worth while; whether it did something.
 * @property {() => void} close
 */

/** Told of everything that goes wrong with what is kept. @typedef {(problem: Problem) => void} OnProblem */

/**
 * Passes problems on, each kind once until what failed has worked again: a full disk fails every second. That everything is saved
 * says nothing of a compaction, which needs much more room.
 */
export class ProblemReports {
  /** The kinds that were told, by what was tried. @type {Map<string | undefined, Set<string>>} */
  #told = new Map();
  #isQuiet = false;

  /** @param {OnProblem} onProblem */
  constructor(onProblem) {
    this.onProblem = onProblem;
  }

  /** @param {Problem} problem */
  report(problem) {
    const told = this.#told.get(problem.during) ?? new Set();
    if (told.has(problem.kind)) return;
    this.#told.set(problem.during, told.add(problem.kind));
    if (!this.#isQuiet) this.onProblem(problem);
  }

  /**
   * Do something whose caller tells of its problems.
   * @template T
   * @param {() => T} work
   */
  quietly(work) {
    this.#isQuiet = true;
    try {
      return work();
    } finally {
      this.#isQuiet = false;
    }
  }

  /** @param {'saving' | 'compacting'} during What has worked now. */
  worked(during) {
    this.#told.delete(during);
  }
}

/**
 * One project that is mounted. What was written is made durable at tool boundaries by Python, and here every second; what is
 * kept is compacted in a second in which nothing is written.
 */
export class OpenProject {
  /**
   * @param {EmscriptenFs} fs
   * @param {string} id
   * @param {KeptStore} kept
   * @param {ProblemReports} reports
   * @param {() => void} onClose
   */
  constructor(fs, id, kept, reports, onClose) {
    this.fs = fs;
    this.root = rootOf(id);
    this.kept = kept;
    this.reports = reports;
    this.onClose = onClose;
    // Links are followed as the project's guests see the world: none leads to the base or out of the project.
    const guest = createGuestMounts(kept.store);
    this.mount = createStoreMount(/** @type {MountableFs} */ (/** @type {unknown} */ (fs)), kept.store, { guest });
    fs.mkdirTree(this.root);
    fs.mount(this.mount.type, {}, this.root);
    this.generation = kept.store.generation;
    this.timer = setInterval(() => this.tick(), FLUSH_INTERVAL_MS);
  }

  tick() {
    const { generation } = this.kept.store;
    const isQuiet = generation === this.generation;
    this.generation = generation;
    if (this.save() && isQuiet) void this.compact();
  }

  /**
   * @param {string} source
   * @param {string} destination
   * @returns {number} 0 or an errno.
   */
  cloneTree(source, destination) {
    return this.mount.cloneTree(source, destination);
  }

  /**
   * @param {string} source
   * @param {string} destination
   * @returns {number} 0 or an errno.
   */
  link(source, destination) {
    return this.mount.link(source, destination);
  }

  /** @returns {boolean} false when something could not be saved; the caller tells of it, and the next flush tries again. */
  flush() {
    return this.reports.quietly(() => this.save());
  }

  save() {
    const isDurable = this.kept.flush();
    if (isDurable) this.reports.worked('saving');
    return isDurable;
  }

  /** Never rejects: what goes wrong is reported. */
  async compact() {
    try {
      if (await this.kept.compact()) this.reports.worked('compacting');
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      this.reports.report({ during: 'compacting', kind: 'write-failed', message: `The saved workspace could not be compacted: ${cause}.` });
    }
  }

  close() {
    clearInterval(this.timer);
    this.fs.unmount(this.root);
    this.mount.dispose();
    this.kept.close();
    this.onClose();
  }
}

/** The projects that are mounted now. */
export class ProjectMounts {
  /** @type {Map<string, OpenProject>} */
  #byId = new Map();

  /** @param {EmscriptenFs} fs */
  constructor(fs) {
    this.fs = fs;
  }

  /**
   * @param {string} id
   * @param {KeptStore} kept
   * @param {ProblemReports} reports What `kept` reports to.
   */
  open(id, kept, reports) {
    const project = new OpenProject(this.fs, id, kept, reports, () => this.#byId.delete(id));
    this.#byId.set(id, project);
    return project;
  }

  /** @param {string} root host path of a project that is open @returns {InodeStore} */
  storeAt(root) {
    const project = this.#byId.get(projectOf(root));
    if (project === undefined) throw new DOMException(`no project is open at ${root}`, 'NotFoundError');
    return project.kept.store;
  }

  /**
   * A hard link between two absolute host paths of one project.
   * @param {string} source
   * @param {string} destination
   * @returns {number} 0 or an errno.
   */
  link(source, destination) {
    return this.#byId.get(projectOf(source))?.link(source, destination) ?? ERRNO.EXDEV;
  }
}
