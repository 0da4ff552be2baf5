// Bulk import into the store: order, hostile entries, speed.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { writeFiles } from '../../../worker/fs/bulk.js';
import { errnoName } from '../../../worker/fs/errno.js';
import { InodeStore } from '../../../worker/fs/inode_store.js';

const bytesOf = (text) => new TextEncoder().encode(text);

function read(store, path) {
  const inode = path.split('/').reduce((directory, name) => store.lookup(directory, name), store.root);
  const bytes = new Uint8Array(store.size(inode));
  store.read(inode, bytes, 0);
  return new TextDecoder().decode(bytes);
}

test('files, directories and links with modes and times; parents come by themselves', () => {
  const store = new InodeStore();
  const report = writeFiles(store, store.root, [
    { path: 'a/b/c.txt', bytes: bytesOf('deep'), mode: 0o755, mtime: 1_600_000_000_000_000_001n },
    { path: 'empty' },
    { path: 'a/link', target: '../outside' },
    { path: 'a/b/c.txt', bytes: bytesOf('again') },
    { path: 'a/b' },
  ]);
  assert.deepEqual([report.files, report.directories, report.symlinks, report.bytes, report.refused], [2, 2, 1, 9, []]);
  assert.equal(read(store, 'a/b/c.txt'), 'again');
  assert.equal(store.usage().bytes, 5, 'the replaced content is freed');
});

test('hostile entries are refused one by one, with the reason, and the rest arrives', () => {
  const store = new InodeStore();
  const hostile = {
    '/etc/passwd': 'EINVAL', '../up': 'EINVAL', 'a/../../up': 'EINVAL', 'a//b': 'ENOENT', './x': 'EINVAL', '': 'ENOENT', 'a/': 'ENOENT',
    'nul\0': 'EINVAL', [`${'n'.repeat(256)}`]: 'ENAMETOOLONG', [`${'d/'.repeat(2100)}f`]: 'ENAMETOOLONG', 'escape/x': 'ENOTDIR', 'file/x': 'ENOTDIR',
    'dir': 'EISDIR',
  };
  const report = writeFiles(store, store.root, [
    { path: 'escape', target: '/etc' }, { path: 'file', bytes: bytesOf('f') }, { path: 'dir' },
    ...Object.keys(hostile).map((path) => ({ path, bytes: bytesOf('bad') })),
    { path: 'last', bytes: bytesOf('ok') },
  ]);
  assert.deepEqual(Object.fromEntries(report.refused.map(({ path, errno }) => [path, errnoName(errno)])), hostile);
  assert.equal(read(store, 'last'), 'ok');
  assert.deepEqual([...store.root.entries.keys()], ['escape', 'file', 'dir', 'last'], 'nothing half made');
});

test('a full store refuses the rest and keeps what it has', () => {
  const store = new InodeStore({ limits: { totalBytes: 2500, inodes: 100 } });
  const report = writeFiles(store, store.root, [1, 2, 3, 4].map((i) => ({ path: `f${i}`, bytes: new Uint8Array(1000) })));
  assert.equal(report.files, 2);
  assert.deepEqual(report.refused.map(({ errno }) => errnoName(errno)), ['ENOSPC', 'ENOSPC']);
});

test('10,000 files of 1 kB arrive at 5,000 a second at the least', (context) => {
  const store = new InodeStore();
  const entries = Array.from({ length: 10_000 }, (_, i) => ({ path: `d${i % 100}/e/f${i}`, bytes: new Uint8Array(1000), mtime: 1n }));
  const start = performance.now();
  assert.equal(writeFiles(store, store.root, entries).files, 10_000);
  const perSecond = Math.round(10_000 / ((performance.now() - start) / 1000));
  context.diagnostic(`${perSecond} files/s`);
  assert.ok(perSecond > 5000, `${perSecond} files/s`);
});
