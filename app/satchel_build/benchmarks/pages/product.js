/** The product's own storage (OPFS, inode store, bridge) under the product's own Python, without page and agent. */

import { loadPyodide } from 'pyodide';
import { openStorage } from '../../../../worker/boot/storage.js';
import { FolderReader } from '../../../../worker/bridge/folder_reader.js';
import { StoredProjects } from '../../../../worker/bridge/projects.js';
import { SessionLogs } from '../../../../worker/bridge/session_logs.js';

const index = new URL('./pyodide/', self.location.href).href;

/** @param {string[]} modules Python files of the site; the first one is the benchmark */
export async function startProduct(...modules) {
  const pyodide = await loadPyodide({ indexURL: index, packageBaseUrl: index });
  for (const file of [SATCHEL_WHEEL, ...modules]) {
    const response = await fetch(file);
    pyodide.FS.mkdirTree(`/lib/${file}`.replace(/\/[^/]*$/, ''));
    pyodide.FS.writeFile(`/lib/${file}`, new Uint8Array(await response.arrayBuffer()));
  }
  pyodide.runPython(`import sys; sys.path += ["/lib", "/lib/${SATCHEL_WHEEL}"]`);
  const storage = await openStorage();
  if (storage === null) throw new Error('this browser lends no storage');
  // The part of worker/bridge/host.js that storage needs.
  const host = {
    logs: new SessionLogs(storage.root, storage.sessions),
    projects: new StoredProjects(pyodide.FS, storage.projects, (problem) => console.error(problem)),
    folderReader: (handle) => new FolderReader(pyodide.FS, handle),
  };
  return { bench: pyodide.pyimport(modules[0].replace('.py', '')), host };
}
