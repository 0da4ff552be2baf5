/**
 * The guest's linear memory: the only place that reads or writes it by address.
 *
 * The memory may grow, or another call may run, at any moment in which the guest runs, so no view of it outlives one call.
 */

import { STRUCTS } from '../generated/abi.js';

/** An address that is not in the guest's memory. */
export class MemoryFault extends Error {}

const PAGE_BYTES = 65_536;
const nothing = new Uint8Array(0);

export class GuestMemory {
  #view = new DataView(nothing.buffer);
  #bytes = nothing;
  /** @type {WebAssembly.Memory | null} */
  #memory = null;

  /** @param {(pages: number) => void} onSize told of every new size once a call sees it */
  constructor(onSize) {
    this.onSize = onSize;
  }

  /** @param {WebAssembly.Memory | null} memory null between programs, so that nothing keeps it */
  attach(memory) {
    this.#memory = memory;
    this.#bytes = nothing;
    this.#view = new DataView(nothing.buffer);
    this.refresh();
  }

  /** See what the memory is now. */
  refresh() {
    const buffer = this.#memory?.buffer;
    if (buffer === undefined || buffer === this.#bytes.buffer) return;
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
    this.onSize(buffer.byteLength / PAGE_BYTES);
  }

  /** @param {number} pointer @param {number} length @returns {Uint8Array<ArrayBuffer>} a view @throws {MemoryFault} */
  bytes(pointer, length) {
    const start = this.#check(pointer, length >>> 0);
    return this.#bytes.subarray(start, start + (length >>> 0));
  }

  /** @param {number} pointer @param {Uint8Array} bytes @throws {MemoryFault} */
  set(pointer, bytes) {
    const at = this.#check(pointer, bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** @param {number} pointer */
  u8(pointer) {
    const at = this.#check(pointer, 1);
    return this.#view.getUint8(at);
  }

  /** @param {number} pointer */
  u16(pointer) {
    const at = this.#check(pointer, 2);
    return this.#view.getUint16(at, true);
  }

  /** @param {number} pointer */
  u32(pointer) {
    const at = this.#check(pointer, 4);
    return this.#view.getUint32(at, true);
  }

  /** @param {number} pointer */
  u64(pointer) {
    const at = this.#check(pointer, 8);
    return this.#view.getBigUint64(at, true);
  }

  /** @param {number} pointer @param {number} value */
  setU32(pointer, value) {
    const at = this.#check(pointer, 4);
    this.#view.setUint32(at, value, true);
  }

  /** @param {number} pointer @param {bigint} value */
  setU64(pointer, value) {
    const at = this.#check(pointer, 8);
    this.#view.setBigUint64(at, value, true);
  }

  /** The buffers of an iovec array. @param {number} pointer @param {number} count @returns {Uint8Array<ArrayBuffer>[]} views, in order, none empty */
  buffers(pointer, count) {
    const { SIZEOF, buf, buf_len } = STRUCTS.iovec;
    this.#check(pointer, (count >>> 0) * SIZEOF);
    const buffers = [];
    for (let i = 0; i < count >>> 0; i++) {
      const iovec = (pointer >>> 0) + i * SIZEOF;
      const bytes = this.bytes(this.u32(iovec + buf), this.u32(iovec + buf_len));
      if (bytes.length > 0) buffers.push(bytes);
    }
    return buffers;
  }

  /** See what the memory is now, and that the bytes are in it. @param {number} pointer @param {number} length @returns {number} the pointer, unsigned */
  #check(pointer, length) {
    this.refresh();
    const start = pointer >>> 0;
    if (start + length > this.#bytes.length) throw new MemoryFault(`${length} bytes at ${start} are outside the memory`);
    return start;
  }
}

/** Copy bytes into buffers one after another. @param {Uint8Array} source @param {Uint8Array[]} buffers */
export function scatter(source, buffers) {
  let done = 0;
  for (const buffer of buffers) {
    if (done >= source.length) break;
    const part = source.subarray(done, done + buffer.length);
    buffer.set(part);
    done += part.length;
  }
}

/** @param {Uint8Array[]} buffers */
export function totalLength(buffers) {
  return buffers.reduce((sum, buffer) => sum + buffer.length, 0);
}

/** What of some buffers lies behind their first `count` bytes. @param {Uint8Array[]} buffers @param {number} count */
export function behind(buffers, count) {
  const rest = [];
  let skip = count;
  for (const buffer of buffers) {
    if (skip < buffer.length) rest.push(skip > 0 ? buffer.subarray(skip) : buffer);
    skip = Math.max(0, skip - buffer.length);
  }
  return rest;
}
