// Calls that take a descriptor.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FDFLAGS, FSTFLAGS, WHENCE } from '../../../worker/generated/abi.js';
import { STREAM_RIGHTS, OpenFile } from '../../../worker/process/open_file.js';
import { Descriptor } from '../../../worker/process/fd_table.js';
import { ALL_RIGHTS, CREAT, Guest, OP, RIGHTS, TRUNC } from './guest.js';

const { SET, CUR, END } = WHENCE;

function scene(options) {
  const guest = new Guest(options);
  guest.fds.insert(new Descriptor(new OpenFile(0, STREAM_RIGHTS)), 0);
  const root = guest.preopen();
  const fd = guest.openAt(root, 'tmp/file', { oflags: CREAT }).fd;
  return { guest, root, fd, directory: guest.openDirectory(root, 'tmp'), stream: 0 };
}

test('offsets move with what is read and written, and by seek', () => {
  const { guest, fd } = scene();
  assert.equal(guest.write(fd, 'hello world').args[0], 11);
  assert.equal(guest.seek(fd, 0, CUR), 11);
  assert.equal(guest.seek(fd, 6, SET), 6);
  assert.equal(guest.read(fd, 3).data.toString(), 'wor');
  assert.equal(guest.seek(fd, -2, CUR), 7);
  assert.equal(guest.seek(fd, -1, END), 10);
  assert.equal(guest.read(fd).data.toString(), 'd');
  assert.equal(guest.read(fd).data.length, 0);
  for (const [offset, whence] of [[-1, SET], [-12, END], [-12, CUR], [0, 3], [0, -1], [2n ** 62n, SET], [-(2n ** 63n), SET]]) {
    assert.equal(guest.seek(fd, offset, whence), 'INVAL', `${offset} ${whence}`);
  }
  assert.equal(guest.seek(fd, 2 ** 40 + 5, SET), 2 ** 40 + 5);
  assert.equal(guest.read(fd).data.length, 0);
});

test('pread and pwrite leave the offset alone', () => {
  const { guest, fd } = scene();
  assert.equal(guest.pwrite(fd, 'abc', 4).args[0], 3);
  assert.deepEqual([guest.seek(fd, 0, CUR), guest.stat(fd).size], [0, 7]);
  assert.equal(guest.pread(fd, 10, 2).data.toString('latin1'), '\0\0abc');
  assert.equal(guest.pread(fd, 10, 7).data.length, 0);
  assert.equal(guest.pread(fd, 10, 2n ** 62n).data.length, 0);
  assert.equal(guest.pread(fd, 10, -1).errno, 'INVAL');
  assert.equal(guest.pwrite(fd, 'x', -1).errno, 'INVAL');
  assert.equal(guest.pwrite(fd, 'x', 2n ** 62n).errno, 'FBIG');
  assert.equal(guest.write(fd, '').args[0], 0);
});

test('appending writes at the end, pwrite where it says', () => {
  const { guest, root } = scene();
  const fd = guest.openAt(root, 'tmp/log', { oflags: CREAT, flags: FDFLAGS.APPEND | FDFLAGS.SYNC }).fd;
  assert.equal(guest.fdstat(fd).flags, FDFLAGS.APPEND | FDFLAGS.SYNC);
  guest.write(fd, 'one');
  guest.seek(fd, 0, SET);
  guest.write(fd, 'two');
  assert.equal(guest.seek(fd, 0, CUR), 6);
  guest.pwrite(fd, 'X', 0);
  assert.equal(guest.seek(fd, 0, CUR), 6);
  assert.equal(guest.setFlags(fd, 0), 'SUCCESS');
  guest.seek(fd, 1, SET);
  guest.write(fd, 'Y');
  assert.equal(guest.contentOf(root, 'tmp/log'), 'XYetwo');
  assert.equal(guest.setFlags(fd, 32), 'INVAL');
});

test('size, allocate, advise, sync, times', () => {
  const { guest, fd } = scene({ limits: { fileBytes: 1000 } });
  assert.equal(guest.resize(fd, 100), 'SUCCESS');
  assert.equal(guest.resize(fd, -1), 'INVAL');
  assert.equal(guest.resize(fd, 1001), 'FBIG');
  assert.equal(guest.allocate(fd, 10, 10), 'SUCCESS');
  assert.equal(guest.stat(fd).size, 100);
  assert.equal(guest.allocate(fd, 90, 20), 'SUCCESS');
  assert.equal(guest.stat(fd).size, 110);
  for (const [errno, offset, length] of [['INVAL', 0, 0], ['INVAL', -1, 5], ['INVAL', 0, -5], ['FBIG', 999, 2], ['FBIG', 2n ** 62n, 2n ** 62n]]) {
    assert.equal(guest.allocate(fd, offset, length), errno, `${offset} ${length}`);
  }
  const advise = (offset, length, advice) => guest.send(OP.FD_ADVISE, [fd, offset, offset < 0 ? -1 : 0, length, 0, advice]).errno;
  for (let advice = 0; advice <= 5; advice++) assert.equal(advise(10, 50, advice), 'SUCCESS');
  assert.equal(advise(10, 50, 6), 'INVAL');
  assert.equal(advise(-1, 50, 0), 'INVAL');
  for (const op of [OP.FD_SYNC, OP.FD_DATASYNC]) assert.equal(guest.send(op, [fd]).errno, 'SUCCESS');
  assert.equal(guest.times(fd, 5, 7, FSTFLAGS.ATIM | FSTFLAGS.MTIM), 'SUCCESS');
  assert.deepEqual([guest.stat(fd).atim, guest.stat(fd).mtim], [5n, 7n]);
  assert.equal(guest.times(fd, 5, 7, FSTFLAGS.MTIM | FSTFLAGS.MTIM_NOW), 'INVAL');
  const past = guest.stat(fd).mtim;
  assert.equal(guest.times(fd, 0, 0, FSTFLAGS.MTIM_NOW), 'SUCCESS');
  assert.ok(guest.stat(fd).mtim > past && guest.stat(fd).atim === 5n);
});

test('a file at its limit takes what fits, then gives FBIG', () => {
  const { guest, fd } = scene({ limits: { fileBytes: 10 } });
  assert.equal(guest.write(fd, 'x'.repeat(8)).args[0], 8);
  assert.equal(guest.write(fd, 'yyyy').args[0], 2);
  assert.equal(guest.write(fd, 'z').errno, 'FBIG');
  assert.equal(guest.stat(fd).size, 10);
});

test('each call needs its right', () => {
  const rows = [
    ['FD_READ', (g, fd) => g.read(fd).errno], ['FD_WRITE', (g, fd) => g.write(fd, 'x').errno], ['FD_ALLOCATE', (g, fd) => g.allocate(fd, 0, 1)],
    ['FD_ADVISE', (g, fd) => g.send(OP.FD_ADVISE, [fd]).errno], ['FD_SYNC', (g, fd) => g.send(OP.FD_SYNC, [fd]).errno],
    ['FD_DATASYNC', (g, fd) => g.send(OP.FD_DATASYNC, [fd]).errno], ['FD_FDSTAT_SET_FLAGS', (g, fd) => g.setFlags(fd, 0)],
    ['FD_FILESTAT_GET', (g, fd) => g.stat(fd).errno], ['FD_FILESTAT_SET_SIZE', (g, fd) => g.resize(fd, 1)],
    ['FD_FILESTAT_SET_TIMES', (g, fd) => g.times(fd, 0, 0, 0)], ['FD_SEEK', (g, fd) => (g.seek(fd, 1, SET) === 1 ? 'SUCCESS' : g.seek(fd, 1, SET))],
    ['FD_TELL', (g, fd) => (g.seek(fd, 0, CUR) === 0 ? 'SUCCESS' : g.seek(fd, 0, CUR))],
  ];
  for (const [right, run] of rows) {
    const { guest, fd } = scene();
    assert.equal(guest.setRights(fd, RIGHTS[right], 0), 'SUCCESS');
    assert.equal(run(guest, fd), 'SUCCESS', `${right} is enough`);
    assert.equal(guest.setRights(fd, 0, 0), 'SUCCESS');
    assert.equal(run(guest, fd), right === 'FD_READ' || right === 'FD_WRITE' ? 'BADF' : 'NOTCAPABLE', right);
    assert.equal(run(guest, 99), 'BADF', right);
  }
  const { guest, fd } = scene();
  guest.setRights(fd, RIGHTS.FD_READ | RIGHTS.FD_WRITE, 0);
  assert.deepEqual([guest.pread(fd, 1, 0).errno, guest.pwrite(fd, 'x', 0).errno], ['NOTCAPABLE', 'NOTCAPABLE']);
});

test('rights can be given up and not taken back', () => {
  const { guest, fd } = scene();
  const { base, inheriting } = guest.fdstat(fd);
  assert.equal(guest.setRights(fd, base, inheriting), 'SUCCESS');
  assert.equal(guest.setRights(fd, base & ~RIGHTS.FD_WRITE, 0), 'SUCCESS');
  assert.equal(guest.setRights(fd, base, 0), 'NOTCAPABLE');
  assert.equal(guest.setRights(fd, 0, RIGHTS.FD_READ), 'NOTCAPABLE');
  assert.equal(guest.setRights(fd, 2n ** 40n, 0), 'NOTCAPABLE');
  assert.equal(guest.fdstat(fd).base, base & ~RIGHTS.FD_WRITE);
});

test('what a kind cannot do has its own errno', () => {
  const calls = {
    read: (g, fd) => g.read(fd).errno, write: (g, fd) => g.write(fd, 'x').errno, pread: (g, fd) => g.pread(fd, 1, 0).errno,
    pwrite: (g, fd) => g.pwrite(fd, 'x', 0).errno, seek: (g, fd) => g.seek(fd, 0, SET), tell: (g, fd) => g.seek(fd, 0, CUR),
    allocate: (g, fd) => g.allocate(fd, 0, 1), advise: (g, fd) => g.send(OP.FD_ADVISE, [fd]).errno, resize: (g, fd) => g.resize(fd, 0),
    sync: (g, fd) => g.send(OP.FD_SYNC, [fd]).errno, times: (g, fd) => g.times(fd, 0, 0, 0), list: (g, fd) => g.readdir(fd, 100, 0).errno,
    name: (g, fd) => g.send(OP.FD_PRESTAT_DIR_NAME, [fd]).errno, socket: (g, fd) => g.send(OP.SOCK, [fd]).errno,
    path: (g, fd) => g.send(OP.FS_FD_PATH, [fd]).errno, chmod: (g, fd) => g.send(OP.FS_FD_CHMOD, [fd, 0o700]).errno,
  };
  const expected = {
    directory: { read: 'ISDIR', write: 'BADF', pread: 'ISDIR', pwrite: 'BADF', seek: 'BADF', tell: 'BADF', allocate: 'BADF', advise: 'BADF',
      resize: 'INVAL', sync: 'SUCCESS', times: 'SUCCESS', list: 'SUCCESS', name: 'BADF', socket: 'NOTSOCK', path: 'SUCCESS', chmod: 'SUCCESS' },
    stream: { read: 'BADF', write: 'BADF', pread: 'SPIPE', pwrite: 'SPIPE', seek: 'SPIPE', tell: 'SPIPE', allocate: 'SPIPE', advise: 'SPIPE',
      resize: 'INVAL', sync: 'INVAL', times: 'BADF', list: 'NOTDIR', name: 'BADF', socket: 'NOTSOCK', path: 'NOTDIR', chmod: 'INVAL' },
    fd: { list: 'NOTDIR', name: 'BADF', socket: 'NOTSOCK', path: 'NOTDIR', chmod: 'SUCCESS', seek: 0, tell: 0 },
  };
  for (const [kind, rows] of Object.entries(expected)) {
    for (const [call, errno] of Object.entries(rows)) {
      const made = scene();
      assert.equal(calls[call](made.guest, made[kind]), errno, `${call} on ${kind}`);
      assert.equal(calls[call](made.guest, 99), 'BADF', call);
    }
  }
});

test('close, renumber and dup keep the table exact', () => {
  const { guest, root, fd, directory } = scene();
  assert.deepEqual([root, fd, directory], [3, 1, 2]);
  assert.equal(guest.close(fd), 'SUCCESS');
  assert.equal(guest.close(fd), 'BADF');
  assert.equal(guest.openAt(root, 'tmp/file').fd, 1, 'the lowest free number');
  const second = guest.openAt(root, 'tmp/other', { oflags: CREAT }).fd;
  guest.write(second, 'abc');
  const renumber = (from, to) => guest.send(OP.FD_RENUMBER, [from, to]).errno;
  assert.equal(renumber(second, 1), 'SUCCESS');
  assert.deepEqual([guest.seek(1, 0, CUR), guest.close(second)], [3, 'BADF']);
  assert.equal(renumber(1, second), 'BADF');
  assert.equal(renumber(second, 1), 'BADF');
  assert.equal(renumber(1, 1), 'SUCCESS');
  assert.equal(renumber(directory, root), 'SUCCESS');
  assert.equal(guest.send(OP.FD_PRESTAT_DIR_NAME, [root]).errno, 'BADF');
  const copy = guest.fds.dup(1, 10);
  assert.equal(copy, 10);
  guest.seek(copy, 1, SET);
  assert.equal(guest.seek(1, 0, CUR), 1, 'one offset for both');
  guest.setRights(copy, RIGHTS.FD_READ, 0);
  assert.equal(guest.write(1, 'z').errno, 'SUCCESS', 'rights are the descriptor\'s');
  const file = guest.fds.get(1).file;
  assert.equal(file.refs, 2);
  guest.fds.closeAll();
  assert.deepEqual([file.refs, file.inode.openCount, guest.fds.count], [0, 0, 0]);
});

test('a preopen tells its name', () => {
  const { guest, root } = scene();
  const home = guest.preopen('/home/user', { confined: true });
  const nameOf = (fd) => guest.send(OP.FD_PRESTAT_DIR_NAME, [fd]).data.toString();
  assert.deepEqual([nameOf(root), nameOf(home)], ['/', '/home/user']);
  const { base, inheriting } = guest.fdstat(root);
  assert.equal(inheriting, ALL_RIGHTS);
  assert.equal(guest.openAt(root, '.', { rights: base, inheriting }).errno, 'SUCCESS', 'opened anew with the rights it has');
});

test('no space is an errno and changes nothing', () => {
  const { guest, root, fd } = scene();
  guest.store.quota.limits.totalBytes = 100_000;
  assert.equal(guest.write(fd, Buffer.alloc(60_000)).errno, 'SUCCESS');
  assert.equal(guest.write(fd, Buffer.alloc(60_000)).errno, 'NOSPC');
  assert.equal(guest.allocate(fd, 0, 200_000), 'NOSPC');
  assert.deepEqual([guest.stat(fd).size, guest.seek(fd, 0, CUR)], [60_000, 60_000]);
  assert.equal(guest.openAt(root, 'tmp/file', { oflags: TRUNC }).errno, 'SUCCESS');
  assert.equal(guest.stat(fd).size, 0);
});

test('umask, chmod, access', () => {
  const { guest, root, fd } = scene();
  assert.equal(guest.send(OP.FS_UMASK, [0o777_077]).args[0], 0o022);
  assert.equal(guest.send(OP.FS_UMASK, [0o022]).args[0], 0o077);
  assert.equal(guest.send(OP.FS_FD_CHMOD, [fd, 0o4751]).errno, 'SUCCESS');
  assert.equal(guest.stat(fd).mode, 0o4751);
  const access = (path, mode) => guest.access(root, path, mode);
  guest.chmod(root, 'tmp/file', 0o440);
  assert.deepEqual([0, 1, 2, 4, 5].map((mode) => access('tmp/file', mode)), ['SUCCESS', 'ACCES', 'ACCES', 'SUCCESS', 'ACCES']);
  assert.deepEqual([access('tmp/none', 0), access('tmp/file', 8), access('etc/passwd', 2), access('dev/null', 6)], ['NOENT', 'INVAL', 'ROFS', 'SUCCESS']);
  assert.equal(guest.symlink('file', guest.openDirectory(root, 'tmp'), 'link'), 'SUCCESS');
  assert.deepEqual([guest.chmod(root, 'tmp/link', 0o600, 0), guest.chmod(root, 'tmp/link', 0o600), guest.chmod(root, 'etc/passwd', 0)],
    ['NOTSUP', 'SUCCESS', 'ROFS']);
});
