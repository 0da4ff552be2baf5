/**
 * The pack: the whole state of a project in one file, valid only when its last write, the header, is there.
 *
 *   header  "SATPACK1" · u32 version · u32 0 · u64 generation · u64 sequence · u64 rows length · u64 data length ·
 *           SHA-256 over the SHA-256 of the rows and of each block · u32 crc32 of these                                 128 bytes
 *   rows    JSON, then the chunks in the rows' order, in blocks of at most 4 MiB that no chunk straddles
 *
 * `sequence` is the last transaction the state includes. Knows nothing of journals and stores.
 */

import { crc32 } from './crc32.js';
import { readFully, StagedWriter, writeFully } from './journal.js';

/** @typedef {import('./journal.js').SyncHandle} SyncHandle */
/** @typedef {import('./project_image.js').TransactionRows} TransactionRows */
/** @typedef {{ generation: number, sequence: number, rowsLength: number, dataLength: number, digest: Uint8Array }} PackHeader */
/** @typedef {{ rows: TransactionRows, chunkBytes: (index: number) => Uint8Array }} PackContent */

const MAGIC = 'SATPACK1';
const VERSION = 1;
const HEADER_BYTES = 128;
const BLOCK_BYTES = 4 * 1024 * 1024;
const DIGEST_AT = 48;
const CRC_AT = 80;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Write a pack over whatever the file holds. If this does not come to its end, the file holds no pack.
 * @param {SyncHandle} handle
 * @param {{ generation: number, sequence: number, rows: TransactionRows, chunks: { bytes: Uint8Array }[] }} state whose bytes stay
 *   as they are until this is done
 * @returns {Promise<number>} bytes written
 */
export async function writePack(handle, { generation, sequence, rows, chunks }) {
  handle.truncate(0);
  handle.flush();
  const rowBytes = encoder.encode(JSON.stringify(rows));
  const digests = [await sha256(rowBytes)];
  const blocks = planBlocks(rows.chunks);
  const dataLength = blocks.reduce((sum, block) => sum + block.length, 0);
  const writer = new StagedWriter(handle, HEADER_BYTES, rowBytes.length + dataLength);
  writer.write(rowBytes);
  let start = 0;
  for (const { count, length } of blocks) {
    const block = new Uint8Array(length);
    let at = 0;
    for (const { bytes } of chunks.slice(start, start + count)) {
      block.set(bytes, at);
      at += bytes.length;
    }
    digests.push(await sha256(block));
    writer.write(block);
    start += count;
  }
  writer.flush();
  handle.flush();
  const header = { generation, sequence, rowsLength: rowBytes.length, dataLength, digest: await digestOfAll(digests) };
  writeFully(handle, encodeHeader(header), 0);
  handle.flush();
  return HEADER_BYTES + rowBytes.length + dataLength;
}

/** @param {SyncHandle} handle @returns {PackHeader | 'empty' | 'damaged'} empty also: a pack whose writing broke off */
export function readPackHeader(handle) {
  const bytes = readFully(handle, 0, HEADER_BYTES);
  if (bytes.length < HEADER_BYTES || bytes.every((byte) => byte === 0)) return 'empty';
  const view = new DataView(bytes.buffer);
  const isGood = String.fromCharCode(...bytes.subarray(0, 8)) === MAGIC && view.getUint32(8, true) === VERSION
    && view.getUint32(CRC_AT, true) === crc32(bytes.subarray(0, CRC_AT));
  if (!isGood) return 'damaged';
  const number = (/** @type {number} */ at) => Number(view.getBigUint64(at, true));
  return {
    generation: number(16), sequence: number(24), rowsLength: number(32), dataLength: number(40),
    digest: bytes.slice(DIGEST_AT, CRC_AT),
  };
}

/**
 * @param {SyncHandle} handle
 * @param {PackHeader} header
 * @returns {Promise<PackContent | undefined>} undefined when the content is not what was written
 */
export async function readPack(handle, header) {
  if (handle.getSize() < HEADER_BYTES + header.rowsLength + header.dataLength) return undefined;
  const rowBytes = readFully(handle, HEADER_BYTES, header.rowsLength);
  const digests = [await sha256(rowBytes)];
  const rows = parseRows(rowBytes);
  if (rows === undefined) return undefined;
  const blocks = planBlocks(rows.chunks);
  if (blocks.reduce((sum, block) => sum + block.length, 0) !== header.dataLength) return undefined;
  /** @type {Uint8Array[]} */
  const chunks = [];
  let at = HEADER_BYTES + header.rowsLength;
  for (const { count, length } of blocks) {
    const block = readFully(handle, at, length);
    digests.push(await sha256(block));
    let start = 0;
    for (let i = 0; i < count; i++) {
      const chunkLength = /** @type {number} */ (rows.chunks[2 * chunks.length + 1]);
      chunks.push(block.subarray(start, start + chunkLength));
      start += chunkLength;
    }
    at += length;
  }
  const digest = await digestOfAll(digests);
  if (!digest.every((byte, i) => byte === header.digest[i])) return undefined;
  return { rows, chunkBytes: (index) => /** @type {Uint8Array} */ (chunks[index]) };
}

/** @param {Uint8Array} bytes that may be damaged @returns {TransactionRows | undefined} */
function parseRows(bytes) {
  try {
    const rows = JSON.parse(decoder.decode(bytes));
    return Array.isArray(rows.chunks) ? rows : undefined;
  } catch {
    return undefined;
  }
}

/** How chunks fall into blocks. @param {number[]} chunks number and length in turn */
function planBlocks(chunks) {
  /** @type {{ count: number, length: number }[]} */
  const blocks = [];
  let current = { count: 0, length: 0 };
  for (let i = 1; i < chunks.length; i += 2) {
    const length = Number(chunks[i]);
    if (current.count > 0 && current.length + length > BLOCK_BYTES) {
      blocks.push(current);
      current = { count: 0, length: 0 };
    }
    current.count += 1;
    current.length += length;
  }
  if (current.count > 0) blocks.push(current);
  return blocks;
}

/** @param {PackHeader} header */
function encodeHeader(header) {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(encoder.encode(MAGIC));
  view.setUint32(8, VERSION, true);
  [header.generation, header.sequence, header.rowsLength, header.dataLength]
    .forEach((value, i) => view.setBigUint64(16 + 8 * i, BigInt(value), true));
  bytes.set(header.digest, DIGEST_AT);
  view.setUint32(CRC_AT, crc32(bytes.subarray(0, CRC_AT)), true);
  return bytes;
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/** @param {Uint8Array[]} digests */
async function digestOfAll(digests) {
  const joined = new Uint8Array(32 * digests.length);
  digests.forEach((digest, i) => joined.set(digest, 32 * i));
  return sha256(joined);
}
