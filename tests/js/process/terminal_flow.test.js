// A terminal's writers wait for whoever reads what they wrote.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ERRNO } from '../../../worker/generated/abi.js';
import { Output } from '../../../worker/process/job_streams.js';
import { Terminal } from '../../../worker/process/terminal.js';
import { PENDING, WORD } from '../../../worker/wasi/wire.js';

const BYTES = 64 * 1024;

function open() {
  const output = new Output();
  const terminal = new Terminal({
    rows: 24, columns: 80, onOutput: (bytes) => output.push(bytes), holds: (go) => output.holds(go), onSignal: () => {}, onClose: () => {},
  });
  const finished = [];
  let isCancelled = false;
  const call = {
    words: new Int32Array(64), data: new Uint8Array(BYTES).fill(0x79), cancelled: () => isCancelled, finish: (errno) => finished.push(errno),
  };
  const write = () => terminal.file.write(call, BYTES);
  return { output, call, finished, write, cancel: () => (isCancelled = true) };
}

function fill(write) {
  let written = BYTES;
  while (write() === ERRNO.SUCCESS) {
    written += BYTES;
    assert.ok(written < 1 << 24, 'who writes never waits');
  }
  return written;
}

test('a writer waits at a bounded distance and goes on once it was read', async () => {
  const { output, call, finished, write } = open();
  const written = fill(write);
  assert.deepEqual(finished, []);
  assert.equal((await output.read())?.length, written);
  assert.deepEqual(finished, [ERRNO.SUCCESS]);
  assert.equal(call.words[WORD.ARG], BYTES);
  assert.equal(write(), ERRNO.SUCCESS);
});

test('a writer that was killed meanwhile is left alone', async () => {
  const { output, finished, write, cancel } = open();
  fill(write);
  cancel();
  await output.read();
  assert.deepEqual(finished, []);
  assert.notEqual(PENDING, ERRNO.SUCCESS);
});
