/** The boot waits for the first frame, and for nothing that never comes. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { firstFrame } from '../../../static/boot/first_frame.js';

/** @type {(() => void)[]} */
let frames = [];

beforeEach(() => {
  frames = [];
  mock.timers.enable({ apis: ['setTimeout'] });
  Object.assign(globalThis, { document: { hidden: false }, requestAnimationFrame: (/** @type {() => void} */ act) => frames.push(act) });
});

afterEach(() => {
  mock.timers.reset();
  Object.assign(globalThis, { document: undefined, requestAnimationFrame: undefined });
});

/** @returns {Promise<() => boolean>} Whether it is over. */
async function begin() {
  let isOver = false;
  void firstFrame().then(() => (isOver = true));
  await settled();
  return () => isOver;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('it is over after the frame, not within it', async () => {
  const isOver = await begin();
  assert.equal(isOver(), false);
  for (const frame of frames) frame();
  await settled();
  assert.equal(isOver(), false);
  mock.timers.tick(0);
  await settled();
  assert.equal(isOver(), true);
});

test('a page that is not painted waits a moment only', async () => {
  const isOver = await begin();
  mock.timers.tick(99);
  await settled();
  assert.equal(isOver(), false);
  mock.timers.tick(1);
  await settled();
  assert.equal(isOver(), true);
});

test('a hidden page does not wait', async () => {
  Object.assign(globalThis, { document: { hidden: true } });
  assert.equal((await begin())(), true);
});
