// What a module must be before it runs, on modules made byte by byte.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isModule, ModuleError, prepareModule } from '../../../worker/process/module_format.js';
import { PROGRAMS } from './programs.js';

const MIB = 1024 * 1024;
const text = (string) => [string.length, ...Buffer.from(string)];
const section = (id, ...content) => [id, content.length, ...content];
const [I32, I64] = [0x7f, 0x7e];
const START = section(7, 2, ...text('_start'), 0, 0, ...text('memory'), 2, 0);
const MEMORY = section(5, 1, 0, 1);
const TYPES = section(1, 2, 0x60, 0, 0, 0x60, 2, I32, I32, 1, I32);
const moduleOf = (...sections) => Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()]);
const importOf = (from, name, ...description) => section(2, 1, ...text(from), ...text(name), ...description);
const command = (...sections) => moduleOf(TYPES, ...sections, section(3, 1, 0), MEMORY, START, section(10, 1, 2, 0, 0x0b));

const refused = (code, pattern, bytes, memory = MIB) => assert.throws(() => prepareModule(bytes, memory),
  (error) => error instanceof ModuleError && error.code === code && pattern.test(error.message));

test('a module is told by its first bytes', () => {
  assert.ok(isModule(command()));
  assert.ok(!isModule(new Uint8Array(0)));
  assert.ok(!isModule(Uint8Array.from([0, 0x61, 0x73, 0x6d, 2, 0, 0, 0])));
  refused('NOEXEC', /not a WebAssembly module/, Uint8Array.from([0x7f, 0x45, 0x4c, 0x46]));
});

test('an import that cannot be had is named', () => {
  refused('NOEXEC', /function env\.abort,/, command(importOf('env', 'abort', 0, 0)));
  refused('NOEXEC', /function wasi_snapshot_preview1\.fd_fly,/, command(importOf('wasi_snapshot_preview1', 'fd_fly', 0, 0)));
  refused('NOEXEC', /memory env\.memory,/, command(importOf('env', 'memory', 2, 0, 1)));
  refused('NOEXEC', /wasi_snapshot_preview1\.fd_close as another type/, command(importOf('wasi_snapshot_preview1', 'fd_close', 0, 1)));
  const closes = moduleOf(section(1, 2, 0x60, 0, 0, 0x60, 1, I64, 1, I32), importOf('wasi_snapshot_preview1', 'fd_close', 0, 1), START);
  refused('NOEXEC', /fd_close as another type/, closes);
});

test('a module without _start or memory is not a command', () => {
  const body = section(10, 1, 2, 0, 0x0b);
  refused('NOEXEC', /no function _start/, moduleOf(TYPES, section(3, 1, 0), MEMORY, body));
  refused('NOEXEC', /_start has parameters/, moduleOf(TYPES, section(3, 1, 1), MEMORY, START, body));
  refused('NOEXEC', /no memory/, moduleOf(TYPES, section(3, 1, 0), section(7, 1, ...text('_start'), 0, 0), body));
});

test('a memory gets the limit as its largest size, and keeps a smaller one of its own', () => {
  const memoryOf = (bytes, limit) => {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(prepareModule(bytes, limit)));
    return exports.memory;
  };
  const exported = (...limits) => moduleOf(section(1, 1, 0x60, 0, 0), section(3, 1, 0), section(5, 1, ...limits),
    section(7, 2, ...text('_start'), 0, 0, ...text('memory'), 2, 0), section(10, 1, 2, 0, 0x0b));
  const open = memoryOf(exported(0, 1), 20 * 65_536);
  assert.equal(open.grow(19), 1);
  assert.throws(() => open.grow(1), RangeError);
  const own = memoryOf(exported(1, 1, 3), 20 * 65_536);
  assert.throws(() => own.grow(3), RangeError);
  assert.equal(memoryOf(exported(0, 1), 4096 * 65_536).grow(300), 1, 'limits of more than one byte');
  refused('NOMEM', /needs 131072 bytes/, exported(0, 2), 65_536);
  refused('NOEXEC', /shared/, exported(3, 1, 1));
});

test('what is cut off or damaged is refused, not misread', () => {
  const whole = PROGRAMS.cat;
  for (let length = 0; length < whole.length; length += 7) {
    try {
      prepareModule(whole.subarray(0, length), MIB);
    } catch (error) {
      assert.ok(error instanceof ModuleError, `${length}: ${error}`);
    }
  }
  refused('NOEXEC', /damaged/, moduleOf([1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]));
});
