// The line discipline: what keys become what is read and what is seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SIGNAL, TERMINAL_MODE } from '../../../worker/generated/abi.js';
import { Terminal } from '../../../worker/process/terminal.js';

function open() {
  const written = [];
  const seen = {
    get output() {
      return Buffer.from(written).toString();
    },
    signals: [],
  };
  const terminal = new Terminal({
    rows: 24,
    columns: 80,
    onOutput: (bytes) => written.push(...bytes),
    onSignal: (signal) => seen.signals.push(signal),
    onClose: () => {},
  });
  const type = (text) => terminal.input(Buffer.from(text));
  const read = (most = 100) => {
    const target = new Uint8Array(most);
    const count = terminal.read(target);
    return count < 0 ? null : Buffer.from(target.subarray(0, count)).toString();
  };
  return { terminal, seen, type, read };
}

test('a line can be read once it is ended, one at a time and in parts', () => {
  const { type, read, seen } = open();
  type('ab');
  assert.equal(read(), null);
  type('c\rnext\r');
  assert.equal(read(2), 'ab');
  assert.equal(read(), 'c\n');
  assert.equal(read(), 'next\n');
  assert.equal(read(), null);
  assert.equal(seen.output, 'abc\r\nnext\r\n');
});

test('what nobody has read is known', () => {
  const { terminal, type, read } = open();
  type('one\rtwo\rthr');
  assert.equal(read(2), 'on');
  assert.equal(Buffer.from(terminal.unread).toString(), 'e\ntwo\nthr');
  type('\x03');
  assert.equal(terminal.unread.length, 0);
});

test('lines are edited: a character, a word, all of it', () => {
  const { type, read, seen } = open();
  type('aé\x7fb\r');
  assert.equal(read(), 'ab\n');
  assert.equal(seen.output, 'aé\b \bb\r\n');
  type('one two  \x17three\r');
  assert.equal(read(), 'one three\n');
  type('rubbish\x15fine\r');
  assert.equal(read(), 'fine\n');
  type('\x7f\x7fx\r');
  assert.equal(read(), 'x\n');
});

test('a suspend key stops nothing and is no input', () => {
  const { type, read, seen } = open();
  type('ab\x1acd\r');
  assert.equal(read(), 'cd\n');
  assert.equal(seen.output, 'ab^Z\r\ncd\r\n');
  assert.deepEqual(seen.signals, []);
});

test('end of file: at the start of a line, or to send what is there', () => {
  const { type, read } = open();
  type('half\x04');
  assert.equal(read(), 'half');
  type('\x04');
  assert.equal(read(), '');
  assert.equal(read(), null, 'a terminal goes on after an end of file');
});

test('signals drop what was typed', () => {
  const { type, read, seen } = open();
  type('secret\x03');
  type('\x1c');
  assert.deepEqual(seen.signals, [SIGNAL.INT, SIGNAL.QUIT]);
  assert.equal(read(), null);
  assert.equal(seen.output, 'secret^C\r\n^\\\r\n');
});

test('raw: every byte at once, nothing seen, nothing meant', () => {
  const { terminal, type, read, seen } = open();
  type('begun');
  terminal.setMode(0);
  assert.equal(read(), 'begun', 'what was begun in a line is there');
  const before = seen.output;
  type('\x03\x7f\r');
  type('x');
  assert.equal(read(), '\x03\x7f\rx');
  terminal.write(Buffer.from('a\nb'));
  assert.equal(seen.output, `${before}a\nb`);
  assert.deepEqual(seen.signals, []);
});

test('modes are separate', () => {
  const { terminal, type, read, seen } = open();
  terminal.setMode(TERMINAL_MODE.ICANON | TERMINAL_MODE.ICRNL);
  type('quiet\r');
  assert.equal(read(), 'quiet\n');
  assert.equal(seen.output, '');
  terminal.setMode(TERMINAL_MODE.ICANON);
  type('a\rb\n');
  assert.equal(read(), 'a\rb\n');
});

test('without anyone at the keys, reading ends', () => {
  const { terminal, type, read } = open();
  type('last\r');
  terminal.hangUp();
  assert.equal(read(), 'last\n');
  assert.equal(read(), '');
});

test('a new size is told and seen', () => {
  const { terminal, seen } = open();
  terminal.resize(50, 132);
  assert.deepEqual([terminal.rows, terminal.columns, seen.signals], [50, 132, [SIGNAL.WINCH]]);
});
