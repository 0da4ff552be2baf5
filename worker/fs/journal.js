/**
 * The journal: transactions appended to one file, each whole or not at all.
 *
 *   header  "SATJRNL1" · u32 version · u32 0 · u64 generation · u32 crc32 of these · u32 0                                 32 bytes
 *   record  "TXN1" · u32 payload length · u64 sequence · u32 rows length · u32 crc32 of payload · u32 crc32 of these · u32 0   32 bytes
 *           then the payload: rows as JSON, then the bytes of the new chunks
 *
 * Little endian. A record that breaks off at the end of the file is a torn tail: it was never acknowledged. A bad
 * record with a good one behind it is damage. Knows nothing of packs and stores.
 */

import { crc32 } from './crc32.js';

/** @typedef {import('./project_image.js').TransactionRows} TransactionRows */
/** @typedef {import('./project_image.js').Transaction} Transaction */
/** The part of `FileSystemSyncAccessHandle` in use.
 * @typedef {Pick<FileSystemSyncAccessHandle, 'read' | 'write' | 'truncate' | 'getSize' | 'flush' | 'close'>} SyncHandle */
/** @typedef {{ sequence: number, rows: TransactionRows, chunkBytes: (index: number) => Uint8Array }} JournalRecord */
/**
 * How a scan ended: at the end of the file, at a torn tail, or at damage; `end` is where the good records end.
 * @typedef {{ outcome: 'complete' | 'torn' | 'damaged', end: number, size: number }} ScanResult
 */

const MAGIC = 'SATJRNL1';
const RECORD_MAGIC = 0x314e5854; // "TXN1"
const VERSION = 1;
export const HEADER_BYTES = 32;
const STAGING_BYTES = 1024 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** @param {number} generation */
function makeHeader(generation) {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(encoder.encode(MAGIC));
  view.setUint32(8, VERSION, true);
  view.setBigUint64(16, BigInt(generation), true);
  view.setUint32(24, crc32(bytes.subarray(0, 24)), true);
  return bytes;
}

/**
 * Write all bytes at a place. @param {SyncHandle} handle @param {Uint8Array} bytes @param {number} at
 * @throws {DOMException} QuotaExceededError also when the browser wrote a part only
 */
export function writeFully(handle, bytes, at) {
  const written = handle.write(/** @type {Uint8Array<ArrayBuffer>} */ (bytes), { at });
  if (written !== bytes.length) throw new DOMException(`wrote ${written} of ${bytes.length} bytes`, 'QuotaExceededError');
}

/** @param {SyncHandle} handle @param {number} at @param {number} length @returns {Uint8Array<ArrayBuffer>} shorter at the end of the file */
export function readFully(handle, at, length) {
  const bytes = new Uint8Array(length);
  const read = handle.read(bytes, { at });
  return read === length ? bytes : bytes.subarray(0, read);
}

export class Journal {
  /** @param {SyncHandle} handle @param {number} generation @param {number} end where the next record goes */
  constructor(handle, generation, end) {
    this.handle = handle;
    this.generation = generation;
    this.end = end;
  }

  /** Start over as the journal of `generation`. @param {SyncHandle} handle @param {number} generation @returns {Journal} */
  static create(handle, generation) {
    handle.truncate(0);
    writeFully(handle, makeHeader(generation), 0);
    handle.flush();
    return new Journal(handle, generation, HEADER_BYTES);
  }

  /** @param {SyncHandle} handle @returns {Journal | 'empty' | 'damaged'} positioned behind the header */
  static open(handle) {
    const size = handle.getSize();
    if (size < HEADER_BYTES) return 'empty'; // broke off while it was created, before any record
    const bytes = readFully(handle, 0, HEADER_BYTES);
    const view = new DataView(bytes.buffer);
    const isGood = decodeAscii(bytes.subarray(0, 8)) === MAGIC && view.getUint32(24, true) === crc32(bytes.subarray(0, 24));
    if (!isGood) return size === HEADER_BYTES ? 'empty' : 'damaged';
    if (view.getUint32(8, true) !== VERSION) return 'damaged';
    return new Journal(handle, Number(view.getBigUint64(16, true)), HEADER_BYTES);
  }

  /**
   * Hand every good record to `visit` and stand behind the last one.
   * @param {(record: JournalRecord) => void} visit
   * @returns {ScanResult}
   */
  scan(visit) {
    const size = this.handle.getSize();
    for (;;) {
      if (this.end === size) return { outcome: 'complete', end: this.end, size };
      const record = this.#readRecord(this.end, size);
      if (record === undefined) break;
      visit(record);
      this.end = record.end;
    }
    return { outcome: this.#hasRecordAfter(this.end + 1, size) ? 'damaged' : 'torn', end: this.end, size };
  }

  /**
   * Make a transaction durable. When that fails, the journal is as before.
   * @param {number} sequence @param {Transaction} transaction
   * @returns {number} bytes written
   * @throws {DOMException} QuotaExceededError and others of the file system
   */
  append(sequence, { rows, chunks }) {
    const rowBytes = encoder.encode(JSON.stringify(rows));
    try {
      const length = chunks.reduce((sum, { bytes }) => sum + bytes.length, rowBytes.length);
      const writer = new StagedWriter(this.handle, this.end + HEADER_BYTES, length);
      writer.write(rowBytes);
      let crc = crc32(rowBytes);
      for (const { bytes } of chunks) {
        crc = crc32(bytes, crc);
        writer.write(bytes);
      }
      writer.flush();
      writeFully(this.handle, makeRecordHeader(sequence, rowBytes.length, length, crc), this.end);
      this.handle.flush();
      this.end += HEADER_BYTES + length;
      return HEADER_BYTES + length;
    } catch (error) {
      this.#cut();
      throw error;
    }
  }

  /** Drop everything behind the last good record; what cannot be dropped is overwritten by the next one. */
  #cut() {
    try {
      this.handle.truncate(this.end);
    } catch {
      // The handle may be beyond use (closed, storage gone); the error that led here is the one to report.
    }
  }

  /** @param {number} at @param {number} size @returns {(JournalRecord & { end: number }) | undefined} */
  #readRecord(at, size) {
    const header = readRecordHeader(readFully(this.handle, at, HEADER_BYTES), 0);
    if (header === undefined || at + HEADER_BYTES + header.length > size) return undefined;
    const payload = readFully(this.handle, at + HEADER_BYTES, header.length);
    if (payload.length !== header.length || crc32(payload) !== header.crc) return undefined;
    /** @type {TransactionRows} */
    const rows = JSON.parse(decoder.decode(payload.subarray(0, header.rowsLength)));
    /** @type {Uint8Array[]} */
    const chunks = [];
    let start = header.rowsLength;
    for (let i = 1; i < rows.chunks.length; i += 2) {
      const length = /** @type {number} */ (rows.chunks[i]);
      chunks.push(payload.subarray(start, start + length));
      start += length;
    }
    const chunkBytes = (/** @type {number} */ index) => /** @type {Uint8Array} */ (chunks[index]);
    return { sequence: header.sequence, rows, chunkBytes, end: at + HEADER_BYTES + header.length };
  }

  /** Whether a whole, good record starts anywhere from `from` on. @param {number} from @param {number} size */
  #hasRecordAfter(from, size) {
    for (let at = from; at + HEADER_BYTES <= size; at += STAGING_BYTES) {
      const bytes = readFully(this.handle, at, Math.min(STAGING_BYTES + HEADER_BYTES - 1, size - at));
      for (let i = bytes.indexOf(0x54); i >= 0 && i + HEADER_BYTES <= bytes.length; i = bytes.indexOf(0x54, i + 1)) {
        if (readRecordHeader(bytes, i) !== undefined && this.#readRecord(at + i, size) !== undefined) return true;
      }
    }
    return false;
  }
}

/** Joins small writes, because each one is a call into the browser. */
export class StagedWriter {
  #staging;
  #used = 0;

  /** @param {SyncHandle} handle @param {number} at @param {number} length of all that will be written */
  constructor(handle, at, length) {
    this.handle = handle;
    this.at = at;
    this.#staging = new Uint8Array(Math.min(length, STAGING_BYTES));
  }

  /** @param {Uint8Array} bytes */
  write(bytes) {
    if (this.#used + bytes.length > this.#staging.length) this.flush();
    if (bytes.length > this.#staging.length) {
      writeFully(this.handle, bytes, this.at);
      this.at += bytes.length;
      return;
    }
    this.#staging.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  flush() {
    if (this.#used > 0) writeFully(this.handle, this.#staging.subarray(0, this.#used), this.at);
    this.at += this.#used;
    this.#used = 0;
  }
}

/** @param {number} sequence @param {number} rowsLength @param {number} length @param {number} crc */
function makeRecordHeader(sequence, rowsLength, length, crc) {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, RECORD_MAGIC, true);
  view.setUint32(4, length, true);
  view.setBigUint64(8, BigInt(sequence), true);
  view.setUint32(16, rowsLength, true);
  view.setUint32(20, crc, true);
  view.setUint32(24, crc32(bytes.subarray(0, 24)), true);
  return bytes;
}

/** @param {Uint8Array} bytes @param {number} at */
function readRecordHeader(bytes, at) {
  if (bytes.length - at < HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEADER_BYTES);
  if (view.getUint32(0, true) !== RECORD_MAGIC) return undefined;
  if (view.getUint32(24, true) !== crc32(bytes.subarray(at, at + 24))) return undefined;
  return {
    length: view.getUint32(4, true), sequence: Number(view.getBigUint64(8, true)),
    rowsLength: view.getUint32(16, true), crc: view.getUint32(20, true),
  };
}

/** @param {Uint8Array} bytes */
function decodeAscii(bytes) {
  return String.fromCharCode(...bytes);
}
