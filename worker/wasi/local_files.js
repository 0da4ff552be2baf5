/**
 * What a process knows of its own descriptors, to answer without asking the host.
 *
 * The content that came with `path_open` may be used while nothing in the store changes. The offset of a descriptor is
 * kept here as long as this process alone has it; `Guest.share` gives it back to the host before anyone else could see it.
 */

import { STRUCTS } from '../generated/abi.js';

export class LocalRing {
  /** @param {import('./ring.js').Ring} ring @param {import('./ring.js').Side} side */
  constructor(ring, side) {
    this.ring = ring;
    this.side = side;
  }
}

/** A directory: its close is harmless later. */
export class LocalDirectory {
  /** @param {Uint8Array<ArrayBuffer>} stat owned from now on @param {number} generation that it is true of */
  constructor(stat, generation) {
    this.stat = stat;
    this.statGeneration = generation;
  }

  /** @param {Uint8Array<ArrayBuffer>} stat owned from now on @param {number} generation */
  setStat(stat, generation) {
    this.stat = stat;
    this.statGeneration = generation;
  }
}

/** A regular file, or a device of which reads never wait. */
export class LocalFile {
  /** Whether it may hold a lock, which ends with its last close. */
  isLocked = false;
  /** Offset, when it is kept here. */
  offset = 0;
  /** Offset as the host has it. */
  hostOffset = 0;
  /** Bytes of the file from `windowStart` on, true of `windowGeneration`. */
  window = new Uint8Array(0);
  windowStart = 0;
  windowGeneration = -1;
  /** Whether the window reaches to the end of the file. */
  reachesEnd = false;
  /** Filestat, true of `statGeneration`. */
  stat = new Uint8Array(0);
  statGeneration = -1;

  /** @param {boolean} isPrivate whether this process alone has it, and its offset is kept here */
  constructor(isPrivate) {
    this.isPrivate = isPrivate;
  }

  /** @param {Uint8Array<ArrayBuffer>} stat owned from now on @param {number} generation */
  setStat(stat, generation) {
    this.stat = stat;
    this.statGeneration = generation;
  }

  /** Size of the file as `stat` has it. @returns {number} */
  get size() {
    return Number(new BigUint64Array(this.stat.buffer, STRUCTS.filestat.size, 1)[0]);
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes owned from now on @param {number} start @param {boolean} reachesEnd @param {number} generation */
  setWindow(bytes, start, reachesEnd, generation) {
    this.window = bytes;
    this.windowStart = start;
    this.reachesEnd = reachesEnd;
    this.windowGeneration = generation;
  }

  /**
   * @param {number} position @param {number} length @param {number | null} generation of the store now
   * @returns {Uint8Array | null} what a read gives, null when only the host knows
   */
  fromWindow(position, length, generation) {
    if (generation !== this.windowGeneration || position < this.windowStart) return null;
    const start = position - this.windowStart;
    if (start + length > this.window.length && !this.reachesEnd) return null;
    return this.window.subarray(start, start + length);
  }
}
