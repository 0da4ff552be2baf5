/**
 * File content: sparse, in chunks of 64 KiB that copies of a file share until one of them writes.
 *
 * A missing chunk is a hole and reads as zeros; a chunk may be shorter than 64 KiB, the rest of it reads as zeros
 * too. Bytes of a chunk beyond the end of the file are always zero. Memory is charged to a `Quota` before anything
 * changes, so a failed write leaves the content as it was. Knows nothing of inodes, names or times.
 */

import { FsError } from './errno.js';

export const CHUNK_SIZE = 65_536;

/** A run of bytes; `refs` owners share it, and `id` is its number on disk (0: not stored in this form). */
export class Chunk {
  /** @param {Uint8Array} bytes owned by the chunk from now on */
  constructor(bytes) {
    this.bytes = bytes;
    this.refs = 1;
    this.id = 0;
  }
}

/** Counts bytes and inodes against their limits. */
export class Quota {
  /** @param {import('./limits.js').Limits} limits */
  constructor(limits) {
    this.limits = limits;
    this.bytes = 0;
    this.inodes = 0;
  }

  /** @param {number} bytes may be negative @throws {FsError} ENOSPC, with nothing charged */
  chargeBytes(bytes) {
    if (bytes > 0 && this.bytes + bytes > this.limits.totalBytes) {
      throw new FsError('ENOSPC', `the workspace is limited to ${this.limits.totalBytes} bytes`);
    }
    this.bytes += bytes;
  }

  /** @param {number} count @throws {FsError} ENOSPC, with nothing charged */
  chargeInodes(count) {
    if (count > 0 && this.inodes + count > this.limits.inodes) {
      throw new FsError('ENOSPC', `the workspace is limited to ${this.limits.inodes} files`);
    }
    this.inodes += count;
  }
}

/** Capacity a chunk gets when its first `needed` bytes are written. @param {Chunk | null} chunk @param {number} needed */
function capacityFor(chunk, needed) {
  if (chunk === null) return needed;
  const current = chunk.bytes.length;
  return needed <= current ? current : Math.min(CHUNK_SIZE, Math.max(needed, current * 2, 1024));
}

export class FileData {
  constructor() {
    this.size = 0;
    /** @type {(Chunk | null)[]} */
    this.chunks = [];
  }

  /**
   * Content made of `bytes` without copying them; the caller gives them up.
   * @param {Uint8Array} bytes
   * @param {Quota} quota
   */
  static adopt(bytes, quota) {
    quota.chargeBytes(bytes.length);
    const data = new FileData();
    data.size = bytes.length;
    for (let start = 0; start < bytes.length; start += CHUNK_SIZE) {
      data.chunks.push(new Chunk(bytes.subarray(start, start + CHUNK_SIZE)));
    }
    return data;
  }

  /** Bytes of memory in use (holes take none; a shared chunk counts in every owner). */
  get allocated() {
    let sum = 0;
    for (const chunk of this.chunks) sum += chunk === null ? 0 : chunk.bytes.length;
    return sum;
  }

  /** A copy that shares every chunk. */
  clone() {
    const copy = new FileData();
    copy.size = this.size;
    copy.chunks = this.chunks.slice();
    for (const chunk of copy.chunks) if (chunk !== null) chunk.refs += 1;
    return copy;
  }

  /**
   * Fill `target` from `position`.
   * @param {Uint8Array | Int8Array} target
   * @param {number} position
   * @returns {number} bytes read; fewer than asked only at the end of the file
   */
  read(target, position) {
    const length = Math.min(target.length, this.size - position);
    if (length <= 0) return 0;
    let done = 0;
    while (done < length) {
      const at = position + done;
      const within = at % CHUNK_SIZE;
      const step = Math.min(length - done, CHUNK_SIZE - within);
      const bytes = this.chunks[(at - within) / CHUNK_SIZE]?.bytes;
      const present = bytes === undefined ? 0 : Math.max(0, Math.min(step, bytes.length - within));
      if (bytes !== undefined && present > 0) target.set(bytes.subarray(within, within + present), done);
      if (present < step) target.fill(0, done + present, done + step);
      done += step;
    }
    return length;
  }

  /**
   * Write all of `source` at `position`, growing the file as needed.
   * @param {Uint8Array} source
   * @param {number} position
   * @param {Quota} quota
   * @throws {FsError} ENOSPC, with nothing written
   */
  write(source, position, quota) {
    const end = position + source.length;
    quota.chargeBytes(this.#growth(position, end));
    let done = 0;
    while (done < source.length) {
      const at = position + done;
      const within = at % CHUNK_SIZE;
      const step = Math.min(source.length - done, CHUNK_SIZE - within);
      const bytes = this.#writable((at - within) / CHUNK_SIZE, within + step);
      bytes.set(step === source.length ? source : source.subarray(done, done + step), within);
      done += step;
    }
    if (end > this.size) this.size = end;
  }

  /** Give memory to every hole of the range, so that later writes to it cannot fail; grows the file.
   * @param {number} position @param {number} length @param {Quota} quota @throws {FsError} ENOSPC */
  allocate(position, length, quota) {
    const end = position + length;
    quota.chargeBytes(this.#growth(position, end));
    for (let at = position; at < end; at += CHUNK_SIZE - (at % CHUNK_SIZE)) {
      const start = at - (at % CHUNK_SIZE);
      this.#writable(start / CHUNK_SIZE, Math.min(CHUNK_SIZE, end - start));
    }
    if (end > this.size) this.size = end;
  }

  /** @param {number} size growing leaves a hole, shrinking frees memory @param {Quota} quota */
  truncate(size, quota) {
    if (size < this.size) {
      const keep = Math.ceil(size / CHUNK_SIZE);
      for (let i = keep; i < this.chunks.length; i++) this.#drop(i, quota);
      if (this.chunks.length > keep) this.chunks.length = keep;
      this.#shorten(keep - 1, size - (keep - 1) * CHUNK_SIZE, quota);
    }
    this.size = size;
  }

  /** Give back all memory. @param {Quota} quota */
  free(quota) {
    this.truncate(0, quota);
  }

  /** Memory a write of [position, end) takes in addition. @param {number} position @param {number} end */
  #growth(position, end) {
    let growth = 0;
    for (let at = position; at < end; at += CHUNK_SIZE - (at % CHUNK_SIZE)) {
      const start = at - (at % CHUNK_SIZE);
      const chunk = this.chunks[start / CHUNK_SIZE] ?? null;
      const capacity = capacityFor(chunk, Math.min(CHUNK_SIZE, end - start));
      growth += chunk === null || chunk.refs > 1 ? capacity : capacity - chunk.bytes.length;
    }
    return growth;
  }

  /** The bytes of chunk `index`, ours alone and at least `needed` long. @param {number} index @param {number} needed */
  #writable(index, needed) {
    while (this.chunks.length <= index) this.chunks.push(null);
    const chunk = this.chunks[index] ?? null;
    const capacity = capacityFor(chunk, needed);
    if (chunk !== null && chunk.refs === 1) {
      if (capacity > chunk.bytes.length) {
        const grown = new Uint8Array(capacity);
        grown.set(chunk.bytes);
        chunk.bytes = grown;
      }
      chunk.id = 0;
      return chunk.bytes;
    }
    const fresh = new Chunk(new Uint8Array(capacity));
    if (chunk !== null) {
      fresh.bytes.set(chunk.bytes);
      chunk.refs -= 1;
    }
    this.chunks[index] = fresh;
    return fresh.bytes;
  }

  /** @param {number} index @param {Quota} quota */
  #drop(index, quota) {
    const chunk = this.chunks[index] ?? null;
    if (chunk !== null) releaseChunk(chunk, quota);
    this.chunks[index] = null;
  }

  /** Cut chunk `index` to `length` bytes. @param {number} index @param {number} length @param {Quota} quota */
  #shorten(index, length, quota) {
    const chunk = this.chunks[index] ?? null;
    if (chunk === null || chunk.bytes.length <= length) return;
    const cut = new Chunk(chunk.bytes.slice(0, length));
    releaseChunk(chunk, quota);
    this.chunks[index] = cut;
    // Freed or shared, the old chunk's memory was at least as large; shared memory is charged beyond the limit here
    // rather than letting a shrinking truncate fail for lack of space.
    quota.bytes += length;
  }
}

/** One owner less; the last one frees the memory. @param {Chunk} chunk @param {Quota} quota */
export function releaseChunk(chunk, quota) {
  chunk.refs -= 1;
  if (chunk.refs === 0) quota.chargeBytes(-chunk.bytes.length);
}
