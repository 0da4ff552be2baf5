import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FileListReader } from '../../../worker/bridge/file_list_reader.js';

const file = (text, lastModified = 5) => new File([text], 'name', { lastModified });

/** Stands in for Emscripten's file system: keeps what is written; `room` bytes fit. */
class RecordingFs {
  constructor(room = Infinity) {
    this.room = room;
    this.written = new Map();
  }

  writeFile(path, bytes) {
    if (bytes.length > this.room) throw Object.assign(new Error('full'), { errno: 51 });
    this.room -= bytes.length;
    this.written.set(path, new TextDecoder().decode(bytes));
  }

  utime() {}
}

const files = [
  { path: 'project/README.md', file: file('hello') },
  { path: 'project/src/deep/a.py', file: file('a', 9) },
  { path: 'project/src/b.py', file: file('bb') },
];

test('a list of files becomes a tree below the folder of its first component', async () => {
  const reader = new FileListReader(new RecordingFs(), files);
  assert.equal(reader.name, 'project');
  assert.deepEqual(JSON.parse(await reader.list('')), [
    { name: 'README.md', kind: 'file', size: 5, mtimeMs: 5 },
    { name: 'src', kind: 'directory' },
  ]);
  assert.deepEqual(JSON.parse(await reader.list('src')).map(({ name }) => name), ['deep', 'b.py']);
  assert.equal(new TextDecoder().decode(await reader.read('src/deep/a.py')), 'a');
});

test('copies come in the order asked for, with digest and time, and errors in place', async () => {
  const fs = new RecordingFs();
  const reader = new FileListReader(fs, files);
  const { copied, full } = JSON.parse(await reader.copyInto('["src/b.py","missing","README.md"]', '/store/p/workspace'));
  assert.equal(full, false);
  assert.deepEqual(copied.map(({ path }) => path), ['src/b.py', 'missing', 'README.md']);
  assert.match(copied[1].error, /missing/);
  assert.equal(copied[2].sha256, '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824');
  assert.equal(fs.written.get('/store/p/workspace/src/b.py'), 'bb');
});

test('a full store ends the batch', async () => {
  const { full } = JSON.parse(await new FileListReader(new RecordingFs(1), files).copyInto('["README.md"]', '/store/p'));
  assert.equal(full, true);
});

test('a file that grew since it was listed spoils no other', async () => {
  const grown = file('grown');
  Object.defineProperty(grown, 'size', { value: 2 });
  const reader = new FileListReader(new RecordingFs(), [
    { path: 'project/grown', file: grown },
    { path: 'project/next', file: file('next') },
  ]);
  const { copied } = JSON.parse(await reader.copyInto('["grown","next"]', '/store/p/workspace'));
  assert.deepEqual(copied.map(({ size }) => size), [5, 4]);
});
