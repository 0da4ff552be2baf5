/**
 * What the worker lends Python, as one object of plain functions. `satchel.adapters.browser.bridge` is its only user.
 *
 * Values that cross are text (JSON), numbers, byte arrays and the objects of this folder; nothing here keeps a Python object.
 * What Python shall see as None is `undefined`; `null` would be another value there.
 */

import './quota_error.js';
import { FileListReader } from './file_list_reader.js';
import { FolderReader } from './folder_reader.js';
import { FolderWriter } from './folder_writer.js';
import { pause } from './pause.js';
import { probe } from './probe.js';
import { Processes } from './processes.js';
import { MemoryProjects, StoredProjects } from './projects.js';
import { PythonAgent } from './python_agent.js';
import { SessionLogs } from './session_logs.js';

/** @typedef {import('../boot/storage.js').Storage} Storage */
/** @typedef {import('../generated/protocol').AgentMessage} AgentMessage */
/** @typedef {import('../generated/protocol').StartMessage} StartMessage */
/** @typedef {import('../fs/recovery.js').Problem} Problem */
/** @typedef {import('pyodide').PyodideAPI} Pyodide */

/**
 * @typedef {object} Surroundings
 * @property {Pyodide} pyodide
 * @property {Storage | null} storage null: everything lives in memory.
 * @property {(message: AgentMessage, transfer?: Transferable[]) => void} post
 * @property {StartMessage} start
 * @property {(problem: Problem) => void} onProblem Told when something cannot be saved, or was found damaged.
 */

/** @param {Surroundings} surroundings */
export function createHost({ pyodide, storage, post, start, onProblem }) {
  const fs = pyodide.FS;
  const projects = storage === null ? new MemoryProjects(fs) : new StoredProjects(fs, storage.projects, onProblem);
  const processes = new Processes(projects.mounts, post);
  const stopWord = start.stopWord == null ? null : new Int32Array(/** @type {SharedArrayBuffer} */ (start.stopWord));
  const host = {
    /** The page's first message, as JSON. */
    start: JSON.stringify({ ...start, stopWord: undefined }),
    /** Session logs, undefined (Python's None) without storage. */
    logs: storage === null ? undefined : new SessionLogs(storage.root, storage.sessions),
    projects,
    processes,
    pause,
    probe,

    /** Serve what programs wait for, once, while Python computes. @returns {number} what the user wants stopped, see `stop_word.js` */
    serve() {
      processes.serve();
      return stopWord === null ? 0 : Atomics.load(stopWord, 0);
    },

    /**
     * @param {string} source
     * @param {string} destination
     */
    link: (source, destination) => projects.mounts.link(source, destination),

    /** @param {FileSystemDirectoryHandle} handle */
    folderReader: (handle) => new FolderReader(fs, handle),
    /** @param {import('../generated/protocol').PickedFile[]} files */
    fileListReader: (files) => new FileListReader(fs, files),
    /** @param {FileSystemDirectoryHandle} handle */
    folderWriter: (handle) => new FolderWriter(handle),
    /** @param {File} file */
    readFile: async (file) => new Uint8Array(await file.arrayBuffer()),

    /** @param {string} text A message of the protocol as JSON. */
    post(text) {
      post(JSON.parse(text));
    },

    /**
     * @param {string} text A message of the protocol as JSON.
     * @param {Uint8Array<ArrayBuffer>} data Goes along as the message's `data`.
     */
    postWithData(text, data) {
      post({ ...JSON.parse(text), data }, [data.buffer]);
    },
  };
  return {
    /** What Python gets. */
    host,

    /** Boot the agent: resolves when the last session is open and the first view was sent. */
    async startAgent() {
      const entry = pyodide.pyimport('satchel.entry.browser');
      const agent = await entry.boot(host);
      return new PythonAgent(agent.receive, stopWord);
    },
  };
}
