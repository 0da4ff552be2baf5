/** Where projects are mounted in Python's file system. */

const MOUNT_ROOT = '/store/';

/** @param {string} project Its id. @returns {string} The host path of its root. */
export function rootOf(project) {
  return MOUNT_ROOT + project;
}

/** @param {string} path A host path at or below a project's root. @returns {string} The project's id. */
export function projectOf(path) {
  return path.slice(MOUNT_ROOT.length).split('/')[0] ?? '';
}
