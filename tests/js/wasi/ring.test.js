// The ring of a pipe: one thread for its rules, several for what threads can get wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

import { FDFLAGS } from '../../../worker/generated/abi.js';
import { BLOCKED, BROKEN, ENDED, PIPE_BUF, READER, Ring, RING_BYTES, RING_STRIDE, WRITER } from '../../../worker/wasi/ring.js';

const freshRing = (isEnded) => new Ring(new SharedArrayBuffer(RING_STRIDE), 0, 1, isEnded);
const bytes = (length, start = 0) => Uint8Array.from({ length }, (_, i) => (start + i) % 251);

test('what is written is read, around the end of the memory too', () => {
  const ring = freshRing();
  const target = new Uint8Array(50_000);
  for (let round = 0; round < 5; round++) {
    assert.equal(ring.write(bytes(50_000, round)), 50_000);
    assert.equal(ring.used, 50_000);
    assert.equal(ring.read(target), 50_000);
    assert.deepEqual(target, bytes(50_000, round));
  }
  assert.equal(ring.read(target), BLOCKED);
});

test('a full ring takes what fits, a small write only whole', () => {
  const ring = freshRing();
  assert.equal(ring.write(bytes(RING_BYTES + 10)), RING_BYTES);
  assert.equal(ring.write(bytes(1)), BLOCKED);
  assert.equal(ring.read(new Uint8Array(PIPE_BUF - 1)), PIPE_BUF - 1);
  assert.equal(ring.write(bytes(PIPE_BUF)), BLOCKED, 'POSIX PIPE_BUF: not in two parts');
  assert.equal(ring.write(bytes(PIPE_BUF + 1)), PIPE_BUF - 1);
});

test('the end comes behind the last byte, and nobody writes to what nobody reads', () => {
  const ring = freshRing();
  ring.write(bytes(3));
  ring.close(WRITER);
  assert.equal(ring.read(new Uint8Array(10)), 3);
  assert.equal(ring.read(new Uint8Array(10)), 0);
  const broken = freshRing();
  broken.close(READER);
  assert.equal(broken.write(bytes(1)), BROKEN);
});

test('every change of state moves the sequence', () => {
  const ring = freshRing();
  const steps = [() => ring.write(bytes(1)), () => ring.read(new Uint8Array(1)), () => ring.close(WRITER), () => ring.close(READER)];
  for (const step of steps) {
    const before = ring.sequence();
    step();
    assert.notEqual(ring.sequence(), before);
  }
});

test('flags belong to a side, and a new pipe has none', () => {
  const ring = freshRing();
  ring.setFlags(READER, FDFLAGS.NONBLOCK);
  assert.deepEqual([ring.isNonblocking(READER), ring.isNonblocking(WRITER)], [true, false]);
  ring.write(bytes(5));
  ring.close(WRITER);
  ring.reset();
  assert.deepEqual([ring.isNonblocking(READER), ring.used, ring.isClosed(WRITER)], [false, 0, false]);
});

test('one who was ended does nothing any more, and what he held locked is opened', () => {
  let ended = false;
  const buffer = new SharedArrayBuffer(RING_STRIDE);
  const ring = new Ring(buffer, 0, 7, () => ended);
  ended = true;
  assert.equal(ring.write(bytes(1)), ENDED);
  assert.equal(ring.read(new Uint8Array(1)), ENDED);
  const other = new Ring(buffer, 0, 8);
  const locks = 6;
  Atomics.store(ring.words, locks + WRITER, 7);
  other.breakLocks(7);
  assert.equal(other.write(bytes(4)), 4);
  Atomics.store(ring.words, locks + READER, 9);
  other.breakLocks(7);
  assert.equal(Atomics.load(ring.words, locks + READER), 9, 'a lock of someone else');
});

/** Work on one ring in threads of its own; each gives a message when it is done. */
function threads(buffer, roles) {
  const source = `
    import { parentPort, workerData } from 'node:worker_threads';
    import { BLOCKED, Ring, WRITER } from ${JSON.stringify(new URL('../../../worker/wasi/ring.js', import.meta.url).href)};
    const { buffer, owner, role, count, length } = workerData;
    const ring = new Ring(buffer, 0, owner);
    const wait = (step) => {
      for (;;) {
        const sequence = ring.sequence();
        const result = step();
        if (result !== BLOCKED) return result;
        ring.wait(sequence);
      }
    };
    if (role === 'write') {
      for (let i = 0; i < count; i++) {
        const block = new Uint8Array(length).fill(owner);
        for (let at = 0; at < length; ) at += wait(() => ring.write(block.subarray(at)));
      }
      parentPort.postMessage({});
    } else {
      const sums = {};
      let mixed = 0;
      const target = new Uint8Array(length);
      for (let n = wait(() => ring.read(target)); n > 0; n = wait(() => ring.read(target))) {
        for (let i = 0; i < n; i++) sums[target[i]] = (sums[target[i]] ?? 0) + 1;
        if (n === length && target.some((byte) => byte !== target[0])) mixed += 1;
      }
      parentPort.postMessage({ sums, mixed });
    }`;
  const url = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
  return roles.map((role, i) => new Promise((resolve, reject) => {
    const worker = new Worker(url, { workerData: { buffer, owner: i + 1, ...role } });
    worker.once('message', (message) => {
      void worker.terminate();
      resolve(message);
    });
    worker.once('error', reject);
  }));
}

test('writers at once lose nothing and do not mix small writes', { timeout: 60_000 }, async () => {
  const buffer = new SharedArrayBuffer(RING_STRIDE);
  const length = 512;
  const writers = Array.from({ length: 3 }, () => ({ role: 'write', count: 4000, length }));
  const done = threads(buffer, [...writers, { role: 'read', length }]);
  await Promise.all(done.slice(0, 3));
  new Ring(buffer, 0, 99).close(WRITER);
  const { sums, mixed } = await done[3];
  assert.deepEqual(sums, { 1: 4000 * length, 2: 4000 * length, 3: 4000 * length });
  assert.equal(mixed, 0);
});

test('readers at once share what comes', { timeout: 60_000 }, async () => {
  const buffer = new SharedArrayBuffer(RING_STRIDE);
  const done = threads(buffer, [
    { role: 'write', count: 300, length: 100_000 },
    { role: 'read', length: 3000 },
    { role: 'read', length: 70_000 },
  ]);
  await done[0];
  new Ring(buffer, 0, 99).close(WRITER);
  const [first, second] = await Promise.all([done[1], done[2]]);
  assert.equal((first.sums[1] ?? 0) + (second.sums[1] ?? 0), 300 * 100_000);
});
