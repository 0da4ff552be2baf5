/** Counts boots that did not reach `ready`, across reloads, so that a crash loop is noticed and offered a way out. */

import { hasMark, removeMark, setMark } from './reload_marks.js';

const KEY = 'satchel.failed-boots';
const LOOP_LENGTH = 3;

/**
 * A boot begins.
 * @returns {boolean} Whether the boots before it make a crash loop.
 */
export function bootBegins() {
  const failed = failedBoots();
  if (failed >= LOOP_LENGTH) return true;
  setFailedBoots(failed + 1);
  return false;
}

/** The boot reached a usable prompt, or the user chose how to go on: count anew. */
export function forgetFailedBoots() {
  setFailedBoots(0);
}

/** The next boot of this tab is in safe mode. */
export function requestSafeMode() {
  setMark('satchel-safe-mode');
}

/** Whether this boot was asked to be in safe mode; asking is used up. */
export function takeSafeModeRequest() {
  const requested = hasMark('satchel-safe-mode');
  removeMark('satchel-safe-mode');
  return requested;
}

/** @returns {number} */
function failedBoots() {
  try {
    return Number(localStorage.getItem(KEY) ?? 0);
  } catch {
    return 0;
  }
}

/** @param {number} count */
function setFailedBoots(count) {
  try {
    localStorage.setItem(KEY, String(count));
  } catch {
    // Full or refused: the count is a convenience, the boot does not depend on it.
  }
}
