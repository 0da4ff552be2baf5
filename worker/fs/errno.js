/**
 * Error numbers of the file system, by POSIX name: the one table every module of this folder uses.
 *
 * Values are those of WASI preview 1 (`errno`), which the Emscripten build of Pyodide shares, so a
 * number crosses both borders untranslated.
 */

import { ERRNO as WASI_ERRNO } from '../generated/abi.js';

/** @typedef {'E2BIG' | `E${Exclude<keyof typeof WASI_ERRNO, 'SUCCESS' | 'TOOBIG'>}`} ErrnoName */

/** @type {ReadonlyMap<number, string>} */
const NAMES = new Map(
  Object.entries(WASI_ERRNO)
    .filter(([, number]) => number !== 0)
    .map(([name, number]) => [number, name === 'TOOBIG' ? 'E2BIG' : `E${name}`]),
);

export const ERRNO = /** @type {Readonly<Record<ErrnoName, number>>} */ (
  Object.freeze(Object.fromEntries([...NAMES].map(([number, name]) => [name, number])))
);

/** @param {number} errno @returns {string} the POSIX name, or `errno N` for a number outside the table */
export function errnoName(errno) {
  return NAMES.get(errno) ?? `errno ${errno}`;
}

/** A file system call that failed: `errno` for machines, `code` (POSIX name) and message for people. */
export class FsError extends Error {
  /**
   * @param {ErrnoName} code
   * @param {string} [detail] what was being done, to what
   */
  constructor(code, detail) {
    super(detail ? `${code}: ${detail}` : code);
    this.name = 'FsError';
    /** @readonly */
    this.code = code;
    /** @readonly */
    this.errno = ERRNO[code];
  }
}
