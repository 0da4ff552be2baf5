// Listings: cookies stay valid whatever happens in between, and the end of the buffer cuts where it has to.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { STRUCTS } from '../../../worker/generated/abi.js';
import { dirents, FILETYPE, Guest } from './guest.js';

function scene(names) {
  const guest = new Guest();
  const root = guest.preopen();
  guest.mkdir(root, 'tmp/list');
  const fd = guest.openDirectory(root, 'tmp/list');
  for (const name of names) guest.make(fd, name);
  return { guest, root, fd };
}

const numbered = (count) => Array.from({ length: count }, (_, i) => `file.${i}`);

/** All names by calls with a buffer of `most` bytes, as a C library reads. */
function readAll(guest, fd, most, between = () => {}) {
  const names = [];
  for (let cookie = 0; ; ) {
    const { errno, data } = guest.readdir(fd, most, cookie);
    assert.equal(errno, 'SUCCESS');
    const entries = dirents(data);
    names.push(...entries.map(({ name }) => name));
    if (data.length < most) return names;
    assert.ok(entries.length > 0, 'a buffer too small for one entry');
    cookie = entries.at(-1).cookie;
    between(names);
  }
}

test('an empty directory has two entries, each with its number', () => {
  const { guest, root, fd } = scene([]);
  const [dot, dots, ...rest] = dirents(guest.readdir(fd, 4096, 0).data);
  assert.deepEqual(rest, []);
  assert.deepEqual(dot, { name: '.', cookie: 1, ino: guest.stat(fd).ino, type: FILETYPE.DIRECTORY });
  assert.deepEqual([dots.name, dots.ino], ['..', guest.statAt(root, 'tmp').ino]);
});

test('types and numbers are those of stat; every cookie leads on', () => {
  const { guest, fd } = scene(['file', 'ünïcode']);
  guest.mkdir(fd, 'dir');
  guest.symlink('file', fd, 'link');
  const entries = dirents(guest.readdir(fd, 4096, 0).data);
  assert.deepEqual(entries.map(({ name }) => name), ['.', '..', 'file', 'ünïcode', 'dir', 'link']);
  for (const { name, ino, type } of entries.filter(({ name }) => name !== '..')) {
    const stat = guest.statAt(fd, name, 0);
    assert.deepEqual([ino, type], [stat.ino, stat.filetype], name);
  }
  for (const [i, { cookie }] of entries.entries()) {
    assert.deepEqual(dirents(guest.readdir(fd, 4096, cookie).data), entries.slice(i + 1), `behind ${cookie}`);
  }
  assert.equal(guest.readdir(fd, 4096, 2n ** 60n).data.length, 0);
});

test('the last entry is cut off at the end of the buffer', () => {
  const { guest, fd } = scene(['abcdef']);
  const whole = guest.readdir(fd, 4096, 0).data;
  for (let most = 0; most <= whole.length; most++) {
    const { data } = guest.readdir(fd, most, 0);
    assert.equal(data.length, Math.min(most, whole.length));
    assert.deepEqual(data, whole.subarray(0, most), `${most} bytes`);
  }
});

test('any buffer that holds one entry sees every entry once', () => {
  const names = [...numbered(300), 'n'.repeat(255), 'é'.repeat(127)];
  const { guest, fd } = scene(names);
  for (const most of [STRUCTS.dirent.SIZEOF + 255, 300, 4096, 65_536]) {
    assert.deepEqual(readAll(guest, fd, most), ['.', '..', ...names], `${most} bytes`);
  }
});

test('entries that stay are seen once while others come and go', () => {
  const names = numbered(400);
  const { guest, fd } = scene(names);
  let round = 0;
  const seen = readAll(guest, fd, 300, (names_) => {
    round += 1;
    const gone = `file.${(round * 7) % 400}`;
    if (round % 2 === 0) guest.make(fd, `new.${round}`);
    else if (!names_.includes(gone)) guest.unlink(fd, gone);
    if (round === 5) guest.rename(fd, 'file.399', fd, 'file.398');
  });
  assert.equal(new Set(seen).size, seen.length, 'nothing twice');
  const left = names.filter((name) => guest.statAt(fd, name).errno === 'SUCCESS');
  assert.ok(left.length > 200 && left.length < 400);
  for (const name of left) assert.ok(seen.includes(name), name);
});

test('deleting while listing empties a directory', () => {
  const { guest, fd } = scene(numbered(200));
  for (let cookie = 0; ; ) {
    const { data } = guest.readdir(fd, 300, cookie);
    const entries = dirents(data);
    for (const { name } of entries) if (!name.startsWith('.')) assert.equal(guest.unlink(fd, name), 'SUCCESS');
    if (data.length < 300) break;
    cookie = entries.at(-1).cookie;
  }
  assert.deepEqual(readAll(guest, fd, 4096), ['.', '..']);
});

test('two readers of one descriptor do not disturb each other, and a removed directory is empty', () => {
  const { guest, root, fd } = scene(numbered(100));
  const first = dirents(guest.readdir(fd, 400, 0).data);
  readAll(guest, fd, 500);
  const next = dirents(guest.readdir(fd, 400, first.at(-1).cookie).data);
  assert.equal(next[0].name, `file.${first.length - 2}`);
  for (const name of numbered(100)) guest.unlink(fd, name);
  assert.equal(guest.rmdir(root, 'tmp/list'), 'SUCCESS');
  assert.deepEqual(readAll(guest, fd, 4096), ['.', '..']);
});

test('the guest root lists its mounts with the numbers that stat gives', () => {
  const { guest, root } = scene([]);
  const entries = dirents(guest.readdir(root, 4096, 0).data);
  assert.deepEqual(entries.map(({ name }) => name).sort(), ['.', '..', 'bin', 'dev', 'etc', 'home', 'proc', 'tmp', 'usr', 'workspace']);
  for (const { name, ino } of entries) assert.equal(ino, guest.statAt(root, name).ino, name);
});

test('names that are not UTF-8 are listed byte for byte and cannot be reached', () => {
  const { guest, root, fd } = scene([]);
  const { inode } = guest.process.root.resolve('/tmp/list');
  guest.store.createFile(inode, 'bad\udcff');
  const { data } = guest.readdir(fd, 4096, 2);
  assert.deepEqual(data.subarray(STRUCTS.dirent.SIZEOF), Buffer.from([0x62, 0x61, 0x64, 0xff]));
  assert.equal(guest.statAt(root, Buffer.concat([Buffer.from('tmp/list/bad'), Buffer.from([0xff])])).errno, 'ILSEQ');
});
