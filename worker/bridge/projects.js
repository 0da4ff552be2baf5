/**
 * Projects as inode stores, mounted into Python's file system. For `satchel.adapters.browser.project_store`.
 *
 * Layout: `projects/<id>/record.json` (name and times, written by Python) and beside it the pack and journal of `worker/fs/`.
 * Where the browser lends no storage the stores live in memory, under the same interface, until the tab closes.
 */

import { InodeStore } from '../fs/inode_store.js';
import { openProject } from '../fs/persistence.js';
import { forgetFolder } from './handle_registry.js';
import { ProblemReports, ProjectMounts } from './open_project.js';
import { replaceFile } from './session_logs.js';

/** @typedef {import('./open_project.js').EmscriptenFs} EmscriptenFs */
/** @typedef {import('./open_project.js').KeptStore} KeptStore */
/** @typedef {import('./open_project.js').OnProblem} OnProblem */

const RECORD = 'record.json';

/** All projects, in the private file system. */
export class StoredProjects {
  /** Projects whose damaged record was told of. @type {Set<string>} */
  #damaged = new Set();

  /**
   * @param {EmscriptenFs} fs
   * @param {FileSystemDirectoryHandle} directory
   * @param {OnProblem} onProblem
   */
  constructor(fs, directory, onProblem) {
    this.mounts = new ProjectMounts(fs);
    this.directory = directory;
    this.onProblem = onProblem;
  }

  /** @returns {Promise<string>} JSON: the records of all projects; one that cannot be read is told of and made anew. */
  async list() {
    const records = [];
    for await (const id of this.directory.keys()) {
      records.push(await this.record(id).catch((error) => this.#recovered(id, error)));
    }
    return JSON.stringify(records);
  }

  /** @param {string} id @param {unknown} error */
  #recovered(id, error) {
    const message = `The record of a project was damaged (${error}). Its files are kept; it goes by the name ${id.slice(0, 8)}.`;
    if (!this.#damaged.has(id)) this.onProblem({ kind: 'record-damage', message });
    this.#damaged.add(id);
    return { id, name: id.slice(0, 8), createdMs: 0, openedMs: 0 };
  }

  /** @param {string} id */
  async record(id) {
    const project = await this.directory.getDirectoryHandle(id);
    const file = await (await project.getFileHandle(RECORD)).getFile();
    return JSON.parse(await file.text());
  }

  /**
   * Make or replace the record of a project, and with it the project.
   * @param {string} id
   * @param {string} record
   */
  async writeRecord(id, record) {
    const project = await this.directory.getDirectoryHandle(id, { create: true });
    await replaceFile(project, RECORD, new TextEncoder().encode(record));
  }

  /** @param {string} id */
  async open(id) {
    const directory = await this.directory.getDirectoryHandle(id);
    const reports = new ProblemReports(this.onProblem);
    const kept = await openProject(directory, { onReport: (problem) => reports.report(problem) });
    return this.mounts.open(id, kept, reports);
  }

  /** @param {string} id */
  async remove(id) {
    await forgetFolder(id).catch((error) => console.warn('The folder of a project could not be forgotten:', error));
    await this.directory.removeEntry(id, { recursive: true }).catch((error) => {
      if (error.name !== 'NotFoundError') throw error;
    });
  }
}

/** All projects, in memory. */
export class MemoryProjects {
  /** @param {EmscriptenFs} fs */
  constructor(fs) {
    this.mounts = new ProjectMounts(fs);
    /** @type {Map<string, { record: unknown, kept: KeptStore }>} */
    this.projects = new Map();
  }

  async list() {
    return JSON.stringify([...this.projects.values()].map(({ record }) => record));
  }

  /**
   * @param {string} id
   * @param {string} record
   */
  async writeRecord(id, record) {
    const kept = this.projects.get(id)?.kept ?? keepInMemory();
    this.projects.set(id, { record: JSON.parse(record), kept });
  }

  /** @param {string} id */
  async open(id) {
    const project = this.projects.get(id);
    if (project === undefined) throw new DOMException(`there is no project ${id}`, 'NotFoundError');
    return this.mounts.open(id, project.kept, new ProblemReports(() => {}));
  }

  /** @param {string} id */
  async remove(id) {
    this.projects.delete(id);
  }
}

/** @returns {KeptStore} */
function keepInMemory() {
  return { store: new InodeStore(), flush: () => true, compact: async () => false, close() {} };
}
