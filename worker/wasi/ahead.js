/**
 * Entries of a directory that came along with the answer to another one: true while nothing in the store changes, and for the
 * same directory, the same way to it and the same other arguments.
 */

import { STRUCTS } from '../generated/abi.js';
import { AHEAD_HEAD_BYTES } from './wire.js';

const { SIZEOF } = STRUCTS.filestat;

/** Bytes as text of their codes. @param {Uint8Array} bytes not many */
export function codes(bytes) {
  return String.fromCharCode.apply(null, /** @type {any} */ (bytes));
}

/** @param {string} path @returns {number} length of what leads to its last component */
function lastStart(path) {
  return path.lastIndexOf('/') + 1;
}

export class Ahead {
  /** Where each entry begins, by name. @type {Map<string, { at: number, index: number }>} */
  #places = new Map();
  #view;

  /** @param {Uint8Array<ArrayBuffer>} bytes owned from now on @param {string} path that the answer was for, as codes @param {unknown[]} key the
   * other arguments, the directory's descriptor first @param {number} generation */
  constructor(bytes, path, key, generation) {
    this.bytes = bytes;
    this.prefix = path.slice(0, lastStart(path));
    this.key = key;
    this.generation = generation;
    this.#view = new DataView(bytes.buffer);
    for (let at = 0, index = 0; at < bytes.length; index++) {
      const start = at + AHEAD_HEAD_BYTES;
      const end = start + this.#view.getUint32(at + SIZEOF, true);
      this.#places.set(codes(bytes.subarray(start, end)), { at, index });
      at = end + this.#view.getUint32(at + SIZEOF + 4, true);
    }
  }

  /** @param {string} path as codes @param {unknown[]} key @param {number | null} generation now @returns {{ at: number, index: number } | undefined} */
  find(path, key, generation) {
    if (generation !== this.generation || !path.startsWith(this.prefix) || lastStart(path) !== this.prefix.length) return undefined;
    if (!key.every((value, i) => value === this.key[i])) return undefined;
    return this.#places.get(path.slice(this.prefix.length));
  }

  /** @param {number} at @returns {Uint8Array<ArrayBuffer>} a filestat of its own */
  stat(at) {
    return this.bytes.slice(at, at + SIZEOF);
  }

  /** @param {number} at @returns {Uint8Array<ArrayBuffer>} */
  content(at) {
    const start = at + AHEAD_HEAD_BYTES + this.#view.getUint32(at + SIZEOF, true);
    return this.bytes.subarray(start, start + this.#view.getUint32(at + SIZEOF + 4, true));
  }

  /** It was opened and is known to the host by that. @param {number} index */
  spend(index) {
    for (const [name, place] of this.#places) {
      if (place.index === index) {
        this.#places.delete(name);
        return;
      }
    }
  }
}
