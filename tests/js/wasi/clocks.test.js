/** The clocks of preview 1, as a program reads them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLOCKID, ERRNO } from '../../../worker/generated/abi.js';
import { preview1 } from '../../../worker/wasi/preview1.js';

test('the monotonic clock moves between two readings even while the clock of the browser stands still', (t) => {
  /** @type {bigint[]} */
  const readings = [];
  const memory = { setU64: (/** @type {number} */ _at, /** @type {bigint} */ value) => readings.push(value) };
  const { clock_time_get } = preview1(/** @type {any} */ ({ memory }));
  let time = 5;
  t.mock.method(performance, 'now', () => time);
  for (time of [5, 5, 5, 4, 6]) assert.equal(clock_time_get(CLOCKID.MONOTONIC, 0n, 0), ERRNO.SUCCESS);
  assert.ok(readings.every((value, index) => index === 0 || value > (readings[index - 1] ?? 0n)), String(readings));
  assert.equal(readings[4], BigInt(Math.floor((performance.timeOrigin + 6) * 1000)) * 1000n, 'and keeps to the time');
});
