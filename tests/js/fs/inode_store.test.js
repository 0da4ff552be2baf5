// What a comparison with a real disk does not reach: open orphans, quota, sharing, times, names, listings, tracking.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ERRNO, errnoName, FsError } from '../../../worker/fs/errno.js';
import { CHUNK_SIZE } from '../../../worker/fs/extents.js';
import { InodeStore } from '../../../worker/fs/inode_store.js';
import { checkName, decodeText, encodeText } from '../../../worker/fs/names.js';

const bytesOf = (text) => new TextEncoder().encode(text);
const fails = (code, call) => assert.throws(call, (error) => error instanceof FsError && error.code === code
  && error.errno === ERRNO[code], `expected ${code}`);

function contentOf(store, inode) {
  const bytes = new Uint8Array(store.size(inode));
  store.read(inode, bytes, 0);
  return bytes;
}

function fileWith(store, name, bytes, directory = store.root) {
  const inode = store.createFile(directory, name);
  store.write(inode, bytes, 0);
  return inode;
}

test('error numbers are those of WASI preview 1', () => {
  assert.equal(ERRNO.EACCES, 2);
  assert.equal(ERRNO.ENOENT, 44);
  assert.equal(ERRNO.ENOTCAPABLE, 76);
  assert.equal(errnoName(51), 'ENOSPC');
});

test('an unlinked file lives until its last close, and then its memory comes back', () => {
  const store = new InodeStore();
  const before = store.usage().inodes;
  const inode = fileWith(store, 'f', new Uint8Array(100_000));
  store.open(inode);
  store.open(inode);
  store.unlink(store.root, 'f');
  store.close(inode);
  store.write(inode, bytesOf('still here'), 0);
  assert.equal(store.stat(inode).nlink, 0);
  assert.ok(store.usage().bytes >= 100_000);
  fails('ENOENT', () => store.link(inode, store.root, 'again'));
  store.close(inode);
  assert.deepEqual([store.usage().bytes, store.usage().inodes], [0, before]);
});

test('rename over an open file leaves its reader the old content', () => {
  const store = new InodeStore();
  const old = fileWith(store, 'target', bytesOf('old'));
  fileWith(store, 'new', bytesOf('new'));
  store.open(old);
  store.rename(store.root, 'new', store.root, 'target');
  assert.deepEqual(contentOf(store, old), bytesOf('old'));
  assert.deepEqual(contentOf(store, store.lookup(store.root, 'target')), bytesOf('new'));
  store.close(old);
  assert.equal(store.usage().bytes, 3);
});

test('directory link counts follow entries and moves', () => {
  const store = new InodeStore();
  const a = store.createDirectory(store.root, 'a');
  const b = store.createDirectory(store.root, 'b');
  store.createDirectory(a, 'sub');
  assert.deepEqual([store.root.nlink, a.nlink, b.nlink], [4, 3, 2]);
  store.rename(a, 'sub', b, 'sub');
  assert.deepEqual([store.root.nlink, a.nlink, b.nlink], [4, 2, 3]);
  store.createDirectory(a, 'sub');
  store.rename(b, 'sub', a, 'sub');
  assert.deepEqual([a.nlink, b.nlink], [3, 2]);
  store.removeTree(store.root, 'a');
  assert.deepEqual([store.root.nlink, a.nlink], [3, 0]);
  fails('ENOENT', () => store.createFile(a, 'late'));
});

test('holes take no memory and read as zeros; shrinking forgets what was cut', () => {
  const store = new InodeStore();
  const inode = store.createFile(store.root, 'sparse');
  store.truncate(inode, 200 * 1024 * 1024);
  assert.equal(store.stat(inode).blocks, 0);
  store.write(inode, bytesOf('end'), 100 * 1024 * 1024);
  assert.ok(store.usage().bytes <= CHUNK_SIZE);
  const around = new Uint8Array(10).fill(7);
  store.read(inode, around, 100 * 1024 * 1024 - 4);
  assert.deepEqual([...around], [0, 0, 0, 0, ...bytesOf('end'), 0, 0, 0]);
  store.truncate(inode, 100 * 1024 * 1024 + 1);
  store.truncate(inode, 100 * 1024 * 1024 + 3);
  store.read(inode, around.subarray(0, 3), 100 * 1024 * 1024);
  assert.deepEqual([...around.subarray(0, 3)], ['e'.charCodeAt(0), 0, 0]);
});

test('limits give ENOSPC and EFBIG, and a refused operation changes nothing', () => {
  const store = new InodeStore({ limits: { totalBytes: 200_000, fileBytes: 150_000, inodes: 5 } });
  const inode = fileWith(store, 'f', new Uint8Array(140_000).fill(1));
  fails('EFBIG', () => store.write(inode, new Uint8Array(20), 149_990));
  fails('EFBIG', () => store.truncate(inode, 4 * 2 ** 30));
  const other = store.createFile(store.root, 'g');
  fails('ENOSPC', () => store.write(other, new Uint8Array(100_000), 0));
  fails('ENOSPC', () => store.allocate(other, 0, 100_000));
  fails('ENOSPC', () => store.adoptFile(store.root, 'f', new Uint8Array(70_000)));
  assert.deepEqual([store.size(inode), store.size(other), store.usage().bytes], [140_000, 0, 140_000]);
  store.createFile(store.root, 'h');
  store.createDirectory(store.root, 'i');
  fails('ENOSPC', () => store.createFile(store.root, 'j'));
  fails('ENOSPC', () => store.cloneTree(store.root.entries.get('i').inode, store.root, 'k'));
  store.unlink(store.root, 'h');
  store.createFile(store.root, 'j');
  assert.equal(store.usage().inodes, 5);
});

test('reserved space can be written later without a charge', () => {
  const store = new InodeStore({ limits: { totalBytes: 100_000 } });
  const inode = store.createFile(store.root, 'f');
  store.allocate(inode, 0, 100_000);
  assert.equal(store.size(inode), 100_000);
  store.write(inode, new Uint8Array(100_000).fill(9), 0);
  assert.equal(store.usage().bytes, 100_000);
});

test('a cloned tree shares all bytes until either side writes', () => {
  const store = new InodeStore({ limits: { totalBytes: 400_000 } });
  const tree = store.createDirectory(store.root, 'tree');
  const file = fileWith(store, 'f', new Uint8Array(150_000).fill(1), tree);
  store.link(file, tree, 'same');
  store.createSymlink(tree, 'l', 'f');
  store.setAttributes(file, { mode: 0o600, mtime: 5n });
  const copy = store.cloneTree(tree, store.root, 'copy');
  const copied = store.lookup(copy, 'f');
  assert.equal(store.usage().bytes, 150_000);
  assert.equal(store.lookup(copy, 'same'), copied);
  assert.deepEqual([copied.nlink, copied.mode & 0o777, copied.mtime, store.lookup(copy, 'l').target], [2, 0o600, 5n, 'f']);
  store.write(file, bytesOf('changed'), 70_000);
  assert.equal(store.usage().bytes, 150_000 + CHUNK_SIZE);
  assert.ok(contentOf(store, copied).every((byte) => byte === 1));
  store.write(copied, bytesOf('copy'), 0);
  store.truncate(copied, 2);
  assert.equal(contentOf(store, file)[0], 1);
  store.removeTree(store.root, 'tree');
  assert.deepEqual(contentOf(store, copied), bytesOf('co'));
  store.removeTree(store.root, 'copy');
  assert.equal(store.usage().bytes, 0);
  fails('EINVAL', () => store.cloneTree(store.root, store.createDirectory(store.root, 'in'), 'self'));
});

test('every change has a time of its own and a higher generation', () => {
  const store = new InodeStore();
  const inode = store.createFile(store.root, 'f');
  let last = store.stat(inode);
  for (let i = 0; i < 1000; i++) {
    store.write(inode, Uint8Array.of(i), 0);
    const now = store.stat(inode);
    assert.ok(now.mtime - last.mtime >= 1000n && now.generation > last.generation);
    last = now;
  }
  const drift = Number(last.mtime / 1_000_000n) - Date.now();
  assert.ok(Math.abs(drift) < 1000, `${drift} ms from the clock`);
  store.read(inode, new Uint8Array(1), 0);
  assert.deepEqual(store.stat(inode), last, 'reading changes nothing');
});

test('a listing goes on after changes and shows every lasting entry once', () => {
  const store = new InodeStore();
  for (let i = 0; i < 100; i++) store.createFile(store.root, `f${i}`);
  const seen = [];
  let cookie = 0;
  for (let page = 0; ; page++) {
    const part = [...store.list(store.root, cookie)].slice(0, 7);
    if (part.length === 0) break;
    for (const entry of part) seen.push(entry.name);
    cookie = part.at(-1).cookie;
    if (page < 5) {
      store.unlink(store.root, part[0].name);
      store.unlink(store.root, `f${99 - page}`);
      store.createFile(store.root, `new${page}`);
    }
  }
  assert.equal(new Set(seen).size, seen.length);
  for (let i = 0; i < 95; i++) assert.ok(seen.includes(`f${i}`), `f${i} is missing`);
});

test('trackers report changed inodes and names since the last drain, and take back what failed', () => {
  const store = new InodeStore();
  const file = store.createFile(store.root, 'f');
  const tracker = store.trackChanges();
  assert.ok(tracker.isEmpty);
  store.write(file, bytesOf('x'), 0);
  store.rename(store.root, 'f', store.root, 'g');
  const batch = tracker.drain();
  assert.deepEqual([...batch.names.get(store.root)].sort(), ['f', 'g']);
  assert.ok(batch.inodes.has(file) && batch.inodes.has(store.root));
  assert.ok(tracker.isEmpty);
  tracker.restore(batch);
  assert.deepEqual(tracker.drain(), batch);
});

test('names: any bytes but NUL and slash, 1 to 255 of them', () => {
  const store = new InodeStore();
  const good = ['a'.repeat(255), 'é'.repeat(127), '\u202Efdp.exe', '😀', 'con', 'a b\n', '-rf', ' ', '...', '\u{feff}x', 'É', 'E\u0301'];
  for (const name of good) store.createFile(store.root, name);
  assert.equal(store.root.entries.size, good.length);
  for (const [name, code] of [['', 'ENOENT'], ['.', 'EINVAL'], ['..', 'EINVAL'], ['a/b', 'EINVAL'], ['a\0b', 'EINVAL'],
    ['a'.repeat(256), 'ENAMETOOLONG'], ['é'.repeat(128), 'ENAMETOOLONG'], ['\ud800', 'EILSEQ'], ['\udcc3\udca9', 'EILSEQ']]) {
    fails(code, () => store.createFile(store.root, name));
  }
});

test('names of any bytes survive the way to a string and back', () => {
  const samples = [[0xff], [0xc3, 0x28], [0xe2, 0x82, 0xac], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x98], [0x61, 0x80, 0x62], [0xc0, 0xaf]];
  for (let lead = 0x80; lead < 0x100; lead++) samples.push([lead, 0xbf, 0x80, 0x41]);
  for (const sample of samples) {
    const name = decodeText(Uint8Array.from(sample));
    assert.deepEqual([...encodeText(name)], sample);
    checkName(name);
  }
  assert.equal(decodeText(Uint8Array.of(0x61, 0xff)), 'a\udcff', 'as Python writes it');
});
