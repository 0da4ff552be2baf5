/**
 * What one boot tells the next: how many did not reach `ready`, so that a crash loop is noticed and offered a way out, and
 * that one hung which had started from the snapshot.
 */

import { hasMark, removeMark, setMark } from './reload_marks.js';

const KEY = 'satchel.failed-boots';
const SNAPSHOT_KEY = 'satchel.snapshot-hung';
const LOOP_LENGTH = 3;

/**
 * A boot begins.
 * @returns {boolean} Whether the boots before it make a crash loop.
 */
export function bootBegins() {
  const failed = Number(read(KEY) ?? 0);
  if (failed >= LOOP_LENGTH) return true;
  write(KEY, String(failed + 1));
  return false;
}

/** The boot reached a usable prompt: count anew, and trust the next snapshot. */
export function forgetFailedBoots() {
  write(KEY, null);
  write(SNAPSHOT_KEY, null);
}

/** The user wants one more try in spite of a crash loop. If it fails, the loop is as long as before. */
export function allowOneMoreBoot() {
  write(KEY, String(LOOP_LENGTH - 1));
}

/** This boot hung, and had started from the snapshot. */
export function rememberSnapshotHang() {
  write(SNAPSHOT_KEY, 'yes');
}

/** Whether the last boot from a snapshot hung and none has reached a usable prompt since. */
export function snapshotHung() {
  return read(SNAPSHOT_KEY) !== null;
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

/** @param {string} key */
function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** @param {string} key @param {string | null} value null removes it */
function write(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Full or refused: this is a convenience, the boot does not depend on it.
  }
}
