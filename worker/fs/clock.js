/**
 * File times: nanoseconds since 1970, never the same twice and never running backwards.
 *
 * Two changes always differ by at least a microsecond (the finest step Python sees through Emscripten), so comparing
 * stats is enough to notice every change.
 */

/** @returns {() => bigint} a clock of its own */
export function createFileClock() {
  let lastMicrosecond = 0;
  return () => {
    const microsecond = Math.floor((performance.timeOrigin + performance.now()) * 1000);
    lastMicrosecond = Math.max(microsecond, lastMicrosecond + 1);
    return BigInt(lastMicrosecond) * 1000n;
  };
}
