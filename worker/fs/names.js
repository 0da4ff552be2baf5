/**
 * File names: what is allowed, and how bytes become JavaScript strings without loss.
 *
 * A name is any 1..255 bytes except NUL and `/`, and not `.` or `..`. Inside the store it is a string: valid UTF-8
 * decodes as usual, every other byte 0x80..0xFF becomes the lone surrogate U+DC80..U+DCFF (Python's
 * `surrogateescape`), so guests keep byte fidelity. No normalisation and no case folding.
 */

import { FsError } from './errno.js';
import { NAME_MAX, PATH_MAX } from './limits.js';

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const PLAIN_ASCII = /^[\x01-\x2e\x30-\x7f]+$/;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** @param {string} text @returns {boolean} whether the text holds escaped bytes (or other lone surrogates) */
export function hasEscapedBytes(text) {
  return LONE_SURROGATE.test(text);
}

/**
 * @param {string} text
 * @returns {Uint8Array} the bytes the text stands for
 * @throws {FsError} EILSEQ when a lone surrogate stands for no byte
 */
export function encodeText(text) {
  if (!LONE_SURROGATE.test(text)) return encoder.encode(text);
  /** @type {number[]} */
  const bytes = [];
  for (const character of text) {
    const code = /** @type {number} */ (character.codePointAt(0));
    if (code >= 0xdc80 && code <= 0xdcff) bytes.push(code - 0xdc00);
    else if (code >= 0xd800 && code <= 0xdfff) throw new FsError('EILSEQ', 'a lone surrogate is not a file name');
    else bytes.push(...encoder.encode(character));
  }
  return Uint8Array.from(bytes);
}

/** Length of the well-formed UTF-8 sequence at `index`, or 0. @param {Uint8Array} bytes @param {number} index */
function sequenceLength(bytes, index) {
  const lead = /** @type {number} */ (bytes[index]);
  const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length < 2) return length;
  const second = bytes[index + 1] ?? 0;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i = 2; i < length; i++) if (((bytes[index + i] ?? 0) & 0xc0) !== 0x80) return 0;
  return length;
}

/** @param {Uint8Array} bytes not backed by shared memory @returns {string} the inverse of `encodeText`, for any bytes */
export function decodeText(bytes) {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    let text = '';
    for (let i = 0; i < bytes.length; ) {
      const length = sequenceLength(bytes, i);
      text += length === 0 ? String.fromCharCode(0xdc00 + /** @type {number} */ (bytes[i]))
        : strictDecoder.decode(bytes.subarray(i, i + length));
      i += length || 1;
    }
    return text;
  }
}

/** @param {string} text @returns {number} length in bytes */
export function byteLength(text) {
  return PLAIN_ASCII.test(text) ? text.length : encodeText(text).length;
}

/**
 * @param {string} name
 * @returns {void} nothing: returns only for a name a directory entry may have
 * @throws {FsError} EINVAL, ENAMETOOLONG, EILSEQ, or ENOENT for the empty name
 */
export function checkName(name) {
  if (PLAIN_ASCII.test(name) && name.length <= NAME_MAX && name !== '.' && name !== '..') return;
  if (name === '') throw new FsError('ENOENT', 'a file name cannot be empty');
  if (name === '.' || name === '..') throw new FsError('EINVAL', `"${name}" is not a file name`);
  if (name.includes('/') || name.includes('\0')) throw new FsError('EINVAL', 'a file name cannot hold "/" or NUL');
  const bytes = encodeText(name);
  if (bytes.length > NAME_MAX) throw new FsError('ENAMETOOLONG', `a file name is at most ${NAME_MAX} bytes`);
  // Two spellings of the same bytes must not name two files.
  if (LONE_SURROGATE.test(name) && decodeText(bytes) !== name) throw new FsError('EILSEQ', 'escaped bytes form a character');
}

/**
 * @param {string} path a path or the target of a symbolic link
 * @returns {void}
 * @throws {FsError} ENOENT when empty, ENAMETOOLONG, EINVAL for NUL
 */
export function checkPath(path) {
  if (path === '') throw new FsError('ENOENT', 'a path cannot be empty');
  if (path.includes('\0')) throw new FsError('EINVAL', 'a path cannot hold NUL');
  if (path.length * 3 >= PATH_MAX && encodeText(path).length >= PATH_MAX) {
    throw new FsError('ENAMETOOLONG', `a path is at most ${PATH_MAX - 1} bytes`);
  }
}
