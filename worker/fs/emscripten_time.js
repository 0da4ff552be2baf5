/**
 * File times across Emscripten, which carries them as milliseconds in a double.
 *
 * That keeps microseconds, not nanoseconds: a time read through Python and set again is the same time, and two times
 * that differ by a microsecond stay different. The store keeps full nanoseconds for its other users.
 */

/** Emscripten calls `getTime` and nothing else; a real `Date` would cut the fraction. */
export class FileTime {
  /** @param {bigint} nanoseconds */
  constructor(nanoseconds) {
    this.nanoseconds = nanoseconds;
  }

  /** @returns {number} milliseconds whose truncated nanoseconds give the right microsecond */
  getTime() {
    const microseconds = Math.max(0, Math.round(Number(this.nanoseconds) / 1000));
    const milliseconds = microseconds / 1000;
    const truncated = Math.trunc((milliseconds % 1e3) * 1e6);
    return truncated < (microseconds % 1e6) * 1000 ? milliseconds + unitInLastPlace(milliseconds) : milliseconds;
  }
}

/** @param {number} value above 0 @returns {number} the distance to the next double */
function unitInLastPlace(value) {
  return 2 ** (Math.floor(Math.log2(value)) - 52);
}

/** @param {number} milliseconds @returns {bigint} nanoseconds, in whole microseconds */
export function nanosecondsOf(milliseconds) {
  return BigInt(Math.round(milliseconds * 1000)) * 1000n;
}
