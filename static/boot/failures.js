/** Every way in which the boot can fail, as text: what happened, what to do, and what still works. */

/** @typedef {import('../../worker/generated/protocol').FailureCode} FailureCode */
/** @typedef {'retry' | 'safe-mode' | 'export-sessions'} FailureAction */

/**
 * @typedef {object} FailureText
 * @property {string} title
 * @property {string} remedy
 * @property {string[]} works
 * @property {FailureAction[]} actions
 */

const WORK_IS_KEPT = 'Your sessions and imported projects are kept in this browser; nothing was lost.';
const FOLDERS_UNTOUCHED = 'Your real folders are as they were: only a commit that you reviewed changes them.';
const COMMAND_LINE = 'The same agent runs without a browser: satchel run --engine server.';

/** @type {Record<FailureCode, FailureText>} */
export const FAILURES = {
  'insecure-context': {
    title: 'This address is not secure enough for Satchel',
    remedy:
      'Browsers lend private storage, service workers and digests only to pages that nobody on the way can change. Open Satchel over https, or on the machine that serves it at http://localhost or http://127.0.0.1.',
    works: ['Nothing was sent and nothing was stored; no agent was started.', COMMAND_LINE, FOLDERS_UNTOUCHED],
    actions: ['retry'],
  },
  'no-webassembly': {
    title: 'This browser cannot run WebAssembly',
    remedy:
      'Satchel runs Python compiled to WebAssembly. Use a current Chromium, Chrome, Edge or Firefox, and switch off modes that forbid WebAssembly for this site (lockdown mode, strict security settings).',
    works: [COMMAND_LINE, FOLDERS_UNTOUCHED],
    actions: ['retry'],
  },
  'no-module-worker': {
    title: 'This browser cannot start module workers',
    remedy: 'Satchel needs a browser from 2023 or later: Chromium, Chrome or Edge 110, Firefox 115, Safari 17.',
    works: [COMMAND_LINE, FOLDERS_UNTOUCHED],
    actions: ['retry'],
  },
  'download-failed': {
    title: 'A part of Satchel could not be downloaded',
    remedy: 'Check the connection and that the server is still running, then try again. After one complete visit Satchel also opens offline.',
    works: [WORK_IS_KEPT, FOLDERS_UNTOUCHED],
    actions: ['retry', 'export-sessions'],
  },
  stalled: {
    title: 'Starting took too long',
    remedy: 'Try again. If it stops at the same place, start in safe mode, which uses neither the boot snapshot nor the last project.',
    works: [WORK_IS_KEPT, FOLDERS_UNTOUCHED],
    actions: ['retry', 'safe-mode', 'export-sessions'],
  },
  quota: {
    title: 'This browser has no storage left for Satchel',
    remedy: 'Free space on the disk or remove data of other sites in the browser’s settings, then try again.',
    works: [WORK_IS_KEPT, FOLDERS_UNTOUCHED],
    actions: ['retry', 'safe-mode', 'export-sessions'],
  },
  'runtime-crash': {
    title: 'The Python runtime crashed',
    remedy: 'Try again. If it happens again, close other tabs to free memory, or start in safe mode.',
    works: [WORK_IS_KEPT, FOLDERS_UNTOUCHED],
    actions: ['retry', 'safe-mode', 'export-sessions'],
  },
  'python-error': {
    title: 'The agent failed to start',
    remedy: 'Try again. If it happens again, start in safe mode and report the text above.',
    works: [WORK_IS_KEPT, FOLDERS_UNTOUCHED],
    actions: ['retry', 'safe-mode', 'export-sessions'],
  },
  'worker-lost': {
    title: 'The agent stopped',
    remedy: 'Start it again: the session is resumed from its log, up to the last event that was recorded.',
    works: [WORK_IS_KEPT, FOLDERS_UNTOUCHED],
    actions: ['retry', 'safe-mode', 'export-sessions'],
  },
  'crash-loop': {
    title: 'Satchel failed to start several times in a row',
    remedy: 'Safe mode starts without the boot snapshot and without opening the last project. Nothing is deleted.',
    works: [WORK_IS_KEPT, FOLDERS_UNTOUCHED],
    actions: ['safe-mode', 'retry', 'export-sessions'],
  },
};

/** @type {Record<FailureAction, string>} */
export const ACTION_TEXT = {
  retry: 'Try again',
  'safe-mode': 'Start in safe mode',
  'export-sessions': 'Save my session logs',
};
