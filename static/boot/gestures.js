/**
 * What only the page can do because it needs the user's own gesture: pickers, and asking to write into a real folder (drops: `drops.js`).
 *
 * The views name these actions `page.…`; what comes of them goes to the agent as a message. Nothing is decided here.
 */

import { folderHandle } from '../../worker/bridge/handle_registry.js';

/** @typedef {import('../../worker/generated/protocol').PageMessage} PageMessage */

const ARCHIVE_TYPES = '.zip,.tar,.tgz,.tar.gz,.tbz2,.tar.bz2,.txz,.tar.xz';

const REFUSED_REMEDY =
  'Press the button again, or drop the folder on the page. In a frame of another site, open Satchel in a tab of its own.';

/** @typedef {(message: PageMessage) => void} Send */

/** @type {Record<string, (send: Send, args: Record<string, unknown>) => Promise<void>>} */
const GESTURES = {
  'page.pick-folder': pickFolder,
  'page.pick-files': (send) => pickFileList(send),
  'page.pick-archive': pickArchive,
  'page.commit-folder': askToWrite,
};

/**
 * Carry out a `page.…` action.
 * @param {string} name
 * @param {Record<string, unknown>} args
 * @param {Send} send
 * @returns {boolean} false when there is no such action.
 */
export function performGesture(name, args, send) {
  const gesture = GESTURES[name];
  if (gesture === undefined) return false;
  gesture(send, args).catch((error) => {
    if (!(error instanceof DOMException)) throw error;
    // The user closed the picker: that is an answer, not a failure.
    if (error.name === 'AbortError') return;
    send({ type: 'page-problem', message: `The browser refused to ask you: ${error.message}`, remedy: REFUSED_REMEDY });
  });
  return true;
}

/** @param {Send} send */
async function pickFolder(send) {
  if (!('showDirectoryPicker' in window)) return pickFileList(send);
  send({ type: 'folder', handle: await window.showDirectoryPicker({ id: 'satchel-project' }) });
}

/** @param {Send} send */
async function pickFileList(send) {
  const files = await chooseFiles({ webkitdirectory: true });
  if (files.length > 0) send({ type: 'files', files: files.map((file) => ({ path: file.webkitRelativePath, file })) });
}

/** @param {Send} send */
async function pickArchive(send) {
  const [file] = await chooseFiles({ accept: ARCHIVE_TYPES });
  if (file !== undefined) send({ type: 'archive', file });
}

/**
 * @param {{ accept?: string, webkitdirectory?: boolean }} options
 * @returns {Promise<File[]>} Empty when the user chose none.
 */
function chooseFiles(options) {
  return new Promise((resolve) => {
    const input = Object.assign(document.createElement('input'), { type: 'file', ...options });
    input.addEventListener('change', () => resolve([...(input.files ?? [])]));
    input.addEventListener('cancel', () => resolve([]));
    input.click();
  });
}

/**
 * @param {Send} send
 * @param {Record<string, unknown>} args `project`: id of the project whose folder is to be written.
 */
async function askToWrite(send, args) {
  const handle = (await folderHandle(String(args['project'] ?? '')).catch(() => null)) ?? (await chooseFolderToWrite());
  if (handle === null) {
    send({ type: 'permission-result', granted: false, handle: null });
    return;
  }
  const answer = await requestWriting(handle);
  send({ type: 'permission-result', granted: answer === 'granted', handle });
}

/**
 * A project that came from an archive has no folder yet, so the user says which one it is. Choosing a wrong one does no harm:
 * a commit writes only over files that are as they were imported.
 * @returns {Promise<FileSystemDirectoryHandle | null>} null where browsers have no folder picker.
 */
async function chooseFolderToWrite() {
  if (!('showDirectoryPicker' in window)) return null;
  return window.showDirectoryPicker({ id: 'satchel-project', mode: 'readwrite' });
}

/**
 * @param {FileSystemDirectoryHandle} handle
 * @returns {Promise<PermissionState>}
 */
async function requestWriting(handle) {
  // A folder of the private file system needs no leave, and its handles lack these methods in some browsers.
  if (handle.requestPermission === undefined) return 'granted';
  const mode = { mode: /** @type {const} */ ('readwrite') };
  if ((await handle.queryPermission(mode)) === 'granted') return 'granted';
  return handle.requestPermission(mode);
}
