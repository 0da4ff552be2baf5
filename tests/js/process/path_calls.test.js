// Calls that take a path: every errno, one row each.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FDFLAGS, FSTFLAGS, LOOKUPFLAGS } from '../../../worker/generated/abi.js';
import { ALL_RIGHTS, CREAT, DIRECTORY, EXCL, FILETYPE, FOLLOW, Guest, OP, RIGHTS, TRUNC, wide } from './guest.js';

const NO_WRITE = ALL_RIGHTS & ~RIGHTS.FD_WRITE;

/** What the rows below speak of, in the directory of descriptor `fd`. */
function scene(options) {
  const guest = new Guest(options);
  const root = guest.preopen();
  const fd = guest.openDirectory(root, 'workspace');
  for (const path of ['dir', 'dir/nested', 'full', 'closed', 'sealed', 'sealed/dir']) assert.equal(guest.mkdir(fd, path), 'SUCCESS');
  for (const path of ['file', 'dir/file', 'full/file', 'secret', 'fixed', 'sealed/file', 'other']) guest.make(fd, path, `text of ${path}`);
  const links = { toFile: 'file', toDir: 'dir', dangling: 'nothing', loop: 'loop', absolute: '/workspace/file', up: '../workspace/file', deep: 'dir/none/x' };
  for (const [name, target] of Object.entries(links)) assert.equal(guest.symlink(target, fd, name), 'SUCCESS');
  for (const [path, mode] of [['closed', 0o600], ['secret', 0], ['fixed', 0o444], ['sealed', 0o555]]) guest.chmod(fd, path, mode);
  const file = guest.openAt(fd, 'file').fd;
  return { guest, root, fd, file };
}

/** Rows of [errno, call, …arguments]; the guest's first argument, the directory, is left out. */
function check(rows, run) {
  for (const [expected, ...row] of rows) {
    const made = scene();
    const answer = run(made, ...row);
    assert.equal(typeof answer === 'string' ? answer : answer.errno, expected, JSON.stringify(row));
  }
}

test('path_open', () => {
  const rights = (base) => ({ rights: base });
  check([
    ['SUCCESS', 'file', {}], ['NOENT', 'nothing', {}], ['NOENT', '', {}], ['NOTDIR', 'file/', {}], ['NOTDIR', 'file/x', {}],
    ['NOTDIR', 'file/..', {}], ['SUCCESS', 'dir/', rights(0)], ['SUCCESS', 'dir/./nested/..', rights(0)],
    ['ISDIR', 'dir', {}], ['ISDIR', '.', { oflags: DIRECTORY }], ['ISDIR', 'dir', rights(RIGHTS.FD_READ | RIGHTS.FD_WRITE)],
    ['SUCCESS', 'dir', rights(NO_WRITE)], ['NOTDIR', 'file', { oflags: DIRECTORY }], ['NOENT', 'nothing', { oflags: DIRECTORY }],
    ['INVAL', 'new', { oflags: CREAT | DIRECTORY }], ['INVAL', 'dir', { oflags: TRUNC | DIRECTORY }], ['INVAL', 'file', { oflags: 16 }],
    ['INVAL', 'file', { flags: 32 }],
    ['SUCCESS', 'new', { oflags: CREAT }], ['SUCCESS', 'file', { oflags: CREAT }], ['EXIST', 'file', { oflags: CREAT | EXCL }],
    ['SUCCESS', 'new', { oflags: CREAT | EXCL }], ['EXIST', 'dir', { oflags: CREAT | EXCL }], ['EXIST', 'dangling', { oflags: CREAT | EXCL }],
    ['EXIST', 'toFile', { oflags: CREAT | EXCL, lookup: 0 }], ['ISDIR', 'new/', { oflags: CREAT }], ['ISDIR', 'dir', { oflags: CREAT, rights: 0 }],
    ['NOTDIR', 'file/new', { oflags: CREAT }], ['NOENT', 'nothing/new', { oflags: CREAT }], ['ISDIR', 'dir', { oflags: TRUNC, rights: 0 }],
    ['SUCCESS', 'dangling', { oflags: CREAT }], ['NOENT', 'deep', { oflags: CREAT }], ['NOENT', 'dangling', {}], ['LOOP', 'loop', {}],
    ['LOOP', 'toFile', { lookup: 0 }], ['LOOP', 'dangling', { lookup: 0 }], ['LOOP', 'loop', { lookup: 0 }],
    ['NOTDIR', 'toDir', { oflags: DIRECTORY, lookup: 0 }], ['SUCCESS', 'toDir', { oflags: DIRECTORY, rights: 0 }],
    ['NOTDIR', 'toFile', { oflags: DIRECTORY, rights: 0 }], ['SUCCESS', 'absolute', {}], ['SUCCESS', 'up', {}],
    ['SUCCESS', '/workspace/file', {}], ['SUCCESS', '../../../workspace/file', {}],
    ['ACCES', 'secret', rights(RIGHTS.FD_READ)], ['ACCES', 'secret', rights(RIGHTS.FD_WRITE)], ['SUCCESS', 'secret', rights(0)],
    ['ACCES', 'fixed', {}], ['SUCCESS', 'fixed', rights(RIGHTS.FD_READ)], ['ACCES', 'fixed', { oflags: TRUNC, rights: 0 }],
    ['ACCES', 'closed/x', {}], ['ACCES', 'sealed/new', { oflags: CREAT }], ['SUCCESS', 'sealed/file', {}],
    ['SUCCESS', '.', { rights: 0, flags: FDFLAGS.NONBLOCK }], ['NAMETOOLONG', 'n'.repeat(256), {}], ['NAMETOOLONG', 'é'.repeat(128), {}],
    ['NAMETOOLONG', 'd/'.repeat(2048), {}], ['ROFS', '/usr/bin/new', { oflags: CREAT }], ['ROFS', '/new', { oflags: CREAT }],
    ['ROFS', '/etc/passwd', {}], ['SUCCESS', '/etc/passwd', rights(RIGHTS.FD_READ)],
  ], ({ guest, fd }, path, options) => guest.openAt(fd, path, options));
});

test('path_open checks the directory and the rights asked for', () => {
  const { guest, fd, file } = scene();
  assert.equal(guest.openAt(99, 'file').errno, 'BADF');
  assert.equal(guest.openAt(-1, 'file').errno, 'BADF');
  assert.equal(guest.openAt(file, 'file').errno, 'NOTDIR');
  const all = NO_WRITE;
  for (const [right, options] of [
    [RIGHTS.PATH_OPEN, {}], [RIGHTS.PATH_CREATE_FILE, { oflags: CREAT }], [RIGHTS.PATH_FILESTAT_SET_SIZE, { oflags: TRUNC }],
  ]) {
    const narrow = guest.openAt(fd, 'dir', { rights: all & ~right }).fd;
    assert.equal(guest.openAt(narrow, 'file', options).errno, 'NOTCAPABLE', `without right ${right}`);
  }
  const reading = guest.openAt(fd, 'dir', { rights: all, inheriting: RIGHTS.FD_READ | RIGHTS.FD_SEEK }).fd;
  assert.equal(guest.openAt(reading, 'file', { rights: RIGHTS.FD_WRITE, inheriting: 0 }).errno, 'NOTCAPABLE');
  assert.equal(guest.openAt(reading, 'file', { rights: 0, inheriting: RIGHTS.FD_WRITE }).errno, 'NOTCAPABLE');
  const opened = guest.openAt(reading, 'file', { rights: RIGHTS.FD_READ, inheriting: RIGHTS.FD_READ });
  const { base, inheriting } = guest.fdstat(opened.fd);
  assert.deepEqual([opened.errno, base, inheriting], ['SUCCESS', RIGHTS.FD_READ, 0]);
});

test('rights that mean nothing for a kind are dropped', () => {
  const { guest, fd } = scene();
  const directory = guest.fdstat(guest.openAt(fd, 'dir', { rights: NO_WRITE, inheriting: RIGHTS.FD_READ }).fd);
  assert.equal(directory.base & (RIGHTS.FD_READ | RIGHTS.FD_SEEK | RIGHTS.FD_FILESTAT_SET_SIZE), 0);
  assert.equal(directory.inheriting, RIGHTS.FD_READ);
  const file = guest.fdstat(guest.openAt(fd, 'file').fd);
  assert.equal(file.base & (RIGHTS.PATH_OPEN | RIGHTS.FD_READDIR), 0);
  assert.deepEqual([file.filetype, directory.filetype], [FILETYPE.REGULAR_FILE, FILETYPE.DIRECTORY]);
});

test('path_open brings attributes and content along, makes and truncates', () => {
  const { guest, fd } = scene();
  const { data, cacheable } = guest.openAt(fd, 'file');
  assert.deepEqual([data.subarray(64).toString(), cacheable], ['text of file', true]);
  assert.equal(guest.openAt(fd, 'file', { rights: RIGHTS.FD_WRITE }).data.length, 64, 'without FD_READ no content');
  const directory = guest.openAt(fd, 'dir', { rights: 0 });
  assert.deepEqual([directory.cacheable, directory.data.length], [false, 64]);
  guest.send(OP.FS_UMASK, [0o027]);
  guest.openAt(fd, 'made', { oflags: CREAT });
  assert.deepEqual([guest.statAt(fd, 'made').mode, guest.statAt(fd, 'made').size], [0o640, 0]);
  guest.openAt(fd, 'file', { oflags: TRUNC, rights: 0 });
  assert.equal(guest.statAt(fd, 'file').size, 0);
  guest.openAt(fd, 'dangling', { oflags: CREAT });
  assert.equal(guest.statAt(fd, 'nothing').filetype, FILETYPE.REGULAR_FILE);
  const large = guest.openAt(fd, 'large', { oflags: CREAT }).fd;
  guest.resize(large, 200_000);
  assert.equal(guest.openAt(fd, 'large').data.length, 64 + 61_440);
});

test('a table that is full gives MFILE before anything is made', () => {
  const { guest, fd } = scene({ openFiles: 7 });
  while (guest.fds.count < 5) guest.openAt(fd, 'file');
  assert.equal(guest.openAt(fd, 'file').errno, 'SUCCESS');
  assert.equal(guest.openAt(fd, 'file').errno, 'SUCCESS');
  assert.equal(guest.openAt(fd, 'new', { oflags: CREAT }).errno, 'MFILE');
  assert.equal(guest.statAt(fd, 'new').errno, 'NOENT');
});

test('path_create_directory, path_remove_directory, path_unlink_file, path_readlink', () => {
  check([
    ['SUCCESS', 'mkdir', 'new'], ['SUCCESS', 'mkdir', 'new/'], ['EXIST', 'mkdir', 'dir'], ['EXIST', 'mkdir', 'file'], ['EXIST', 'mkdir', '.'],
    ['EXIST', 'mkdir', '..'], ['EXIST', 'mkdir', '/'], ['EXIST', 'mkdir', 'dangling'], ['EXIST', 'mkdir', 'dangling/'], ['NOENT', 'mkdir', 'a/b'],
    ['NOTDIR', 'mkdir', 'file/b'], ['ACCES', 'mkdir', 'sealed/new'], ['ROFS', 'mkdir', '/new'], ['EXIST', 'mkdir', '/usr'], ['NOENT', 'mkdir', ''],
    ['NAMETOOLONG', 'mkdir', 'n'.repeat(256)],
    ['SUCCESS', 'rmdir', 'dir/nested'], ['SUCCESS', 'rmdir', 'dir/nested/'], ['NOTEMPTY', 'rmdir', 'dir'], ['NOTDIR', 'rmdir', 'file'],
    ['NOTDIR', 'rmdir', 'file/'], ['NOENT', 'rmdir', 'nothing'], ['NOTDIR', 'rmdir', 'toDir'], ['NOTDIR', 'rmdir', 'toDir/'],
    ['INVAL', 'rmdir', '.'], ['INVAL', 'rmdir', 'dir/nested/.'], ['NOTEMPTY', 'rmdir', '..'], ['BUSY', 'rmdir', '/'], ['BUSY', 'rmdir', '/tmp'],
    ['ACCES', 'rmdir', 'sealed/dir'], ['ROFS', 'rmdir', '/dev/fd'],
    ['SUCCESS', 'unlink', 'file'], ['SUCCESS', 'unlink', 'toDir'], ['SUCCESS', 'unlink', 'loop'], ['ISDIR', 'unlink', 'dir'], ['ISDIR', 'unlink', 'dir/'],
    ['NOTDIR', 'unlink', 'file/'], ['NOTDIR', 'unlink', 'toDir/'], ['NOENT', 'unlink', 'nothing'], ['ISDIR', 'unlink', '.'], ['ISDIR', 'unlink', '/tmp'],
    ['ACCES', 'unlink', 'sealed/file'], ['ROFS', 'unlink', '/etc/passwd'], ['SUCCESS', 'unlink', 'secret'],
    ['SUCCESS', 'readlink', 'toFile'], ['INVAL', 'readlink', 'file'], ['INVAL', 'readlink', 'dir'], ['NOENT', 'readlink', 'nothing'],
    ['INVAL', 'readlink', 'toDir/'], ['ACCES', 'readlink', 'closed/x'],
  ], ({ guest, fd }, call, path) => guest[call](fd, path));
  const { guest, fd } = scene();
  assert.equal(guest.readlink(fd, 'up').data.toString(), '../workspace/file');
});

test('path_symlink, path_link, path_rename', () => {
  check([
    ['SUCCESS', 'symlink', 'anything', 'new'], ['SUCCESS', 'symlink', '/', 'new'], ['NOENT', 'symlink', 'x', 'new/'], ['EXIST', 'symlink', 'x', 'dir/'],
    ['EXIST', 'symlink', 'x', 'dir'], ['EXIST', 'symlink', 'x', 'file/'], ['EXIST', 'symlink', 'x', 'dangling'], ['NOENT', 'symlink', '', 'new'],
    ['NOENT', 'symlink', 'x', ''], ['INVAL', 'symlink', 'a\0b', 'new'], ['ACCES', 'symlink', 'x', 'sealed/new'], ['ROFS', 'symlink', 'x', '/etc/new'],
    ['SUCCESS', 'link', 'file', 'new'], ['EXIST', 'link', 'file', 'file'], ['EXIST', 'link', 'file', 'dir'], ['PERM', 'link', 'dir', 'new'],
    ['NOENT', 'link', 'file', 'new/'], ['SUCCESS', 'link', 'dangling', 'new'], ['SUCCESS', 'link', 'loop', 'new'], ['EXIST', 'link', 'file', 'dangling'],
    ['NOENT', 'link', 'dangling', 'new', FOLLOW], ['SUCCESS', 'link', 'toFile', 'new', FOLLOW], ['NOENT', 'link', 'nothing', 'new'],
    ['NOTDIR', 'link', 'file/', 'new'], ['EXIST', 'link', 'file', '.'], ['XDEV', 'link', 'file', '/etc/new'], ['ACCES', 'link', 'file', 'sealed/new'],
    ['SUCCESS', 'rename', 'file', 'new'], ['SUCCESS', 'rename', 'file', 'other'], ['ISDIR', 'rename', 'file', 'dir/nested'],
    ['NOTDIR', 'rename', 'dir', 'file'], ['NOTEMPTY', 'rename', 'dir', 'full'], ['SUCCESS', 'rename', 'full', 'dir/nested'],
    ['INVAL', 'rename', 'dir', 'dir/nested/x'], ['NOTEMPTY', 'rename', 'dir/nested', 'dir'], ['SUCCESS', 'rename', 'dir/', 'new/'],
    ['SUCCESS', 'rename', 'dir', 'new/'], ['NOTDIR', 'rename', 'file', 'new/'], ['NOTDIR', 'rename', 'file/', 'new'], ['NOTDIR', 'rename', 'toDir/', 'new'],
    ['NOENT', 'rename', 'nothing', 'new'], ['BUSY', 'rename', '.', 'new'], ['BUSY', 'rename', 'file', '..'], ['BUSY', 'rename', '/tmp', '/workspace/t'],
    ['XDEV', 'rename', 'file', '/etc/new'], ['SUCCESS', 'rename', 'file', '/tmp/new'], ['SUCCESS', 'rename', 'file', 'toFile'],
    ['ACCES', 'rename', 'sealed/file', 'new'], ['ACCES', 'rename', 'file', 'sealed/new'], ['SUCCESS', 'rename', 'file', 'file'],
  ], ({ guest, fd }, call, from, to, flag) =>
    call === 'symlink' ? guest.symlink(from, fd, to) : guest[call](fd, from, fd, to, flag));
});

test('path_filestat_get and path_filestat_set_times', () => {
  check([
    ['SUCCESS', 'file'], ['SUCCESS', 'secret'], ['NOENT', 'nothing'], ['NOENT', 'dangling'], ['LOOP', 'loop'], ['SUCCESS', 'dangling', 0], ['SUCCESS', 'loop', 0],
    ['NOTDIR', 'file/', 0], ['ACCES', 'closed/x', 0], ['SUCCESS', '/', 0], ['SUCCESS', '/usr/bin', 0],
  ], ({ guest, fd }, path, lookup) => guest.statAt(fd, path, lookup));
  const { guest, fd } = scene();
  const kinds = [['file', 'REGULAR_FILE'], ['dir', 'DIRECTORY'], ['toDir', 'SYMBOLIC_LINK'], ['/dev/null', 'CHARACTER_DEVICE']];
  for (const [path, kind] of kinds) assert.equal(guest.statAt(fd, path, 0).filetype, FILETYPE[kind], path);
  assert.equal(guest.statAt(fd, 'toDir').filetype, FILETYPE.DIRECTORY);
  assert.deepEqual([guest.statAt(fd, 'toFile', 0).size, guest.statAt(fd, 'toFile').size], [4, 12]);
  const [one, two] = [guest.statAt(fd, 'file'), guest.statAt(fd, 'dir/file')];
  assert.ok(one.dev === two.dev && one.ino !== two.ino && guest.statAt(fd, '/etc/passwd').dev !== one.dev);
  const { ATIM, ATIM_NOW, MTIM, MTIM_NOW } = FSTFLAGS;
  for (const [errno, flags] of [['INVAL', ATIM | ATIM_NOW], ['INVAL', MTIM | MTIM_NOW], ['INVAL', 16], ['SUCCESS', 0], ['SUCCESS', ATIM_NOW | MTIM_NOW]]) {
    assert.equal(guest.timesAt(fd, 'file', 1, 2, flags), errno, `flags ${flags}`);
  }
  assert.equal(guest.timesAt(fd, 'file', 2n ** 62n + 1n, 77, ATIM | MTIM), 'SUCCESS');
  const { atim, mtim } = guest.statAt(fd, 'file');
  assert.deepEqual([atim, mtim], [2n ** 62n + 1n, 77n]);
  guest.timesAt(fd, 'toFile', 0, 5, MTIM, 0);
  assert.deepEqual([guest.statAt(fd, 'toFile', 0).mtim, guest.statAt(fd, 'file').mtim], [5n, 77n]);
  guest.timesAt(fd, 'toFile', 0, 6, MTIM, LOOKUPFLAGS.SYMLINK_FOLLOW);
  assert.equal(guest.statAt(fd, 'file').mtim, 6n);
  assert.equal(guest.timesAt(fd, '/etc/passwd', 0, 6, MTIM), 'ROFS');
  assert.equal(guest.timesAt(fd, 'nothing', 0, 6, MTIM), 'NOENT');
});

test('each call needs its right', () => {
  const rows = [
    ['PATH_CREATE_DIRECTORY', (g, fd) => g.mkdir(fd, 'new')], ['PATH_REMOVE_DIRECTORY', (g, fd) => g.rmdir(fd, 'dir/nested')],
    ['PATH_UNLINK_FILE', (g, fd) => g.unlink(fd, 'file')], ['PATH_READLINK', (g, fd) => g.readlink(fd, 'toFile').errno],
    ['PATH_SYMLINK', (g, fd) => g.symlink('x', fd, 'new')], ['PATH_FILESTAT_GET', (g, fd) => g.statAt(fd, 'file').errno],
    ['PATH_FILESTAT_SET_TIMES', (g, fd) => g.timesAt(fd, 'file', 1, 1, FSTFLAGS.ATIM)], ['PATH_LINK_SOURCE', (g, fd, other) => g.link(fd, 'file', other, 'new')],
    ['PATH_LINK_TARGET', (g, fd, other) => g.link(other, 'file', fd, 'new')], ['PATH_RENAME_SOURCE', (g, fd, other) => g.rename(fd, 'file', other, 'new')],
    ['PATH_RENAME_TARGET', (g, fd, other) => g.rename(other, 'file', fd, 'new')], ['FD_READDIR', (g, fd) => g.readdir(fd, 100, 0).errno],
  ];
  for (const [right, run] of rows) {
    const { guest, fd, file } = scene();
    const narrow = guest.openAt(fd, '.', { rights: RIGHTS[right] }).fd;
    assert.equal(run(guest, narrow, fd), 'SUCCESS', `${right} is enough`);
    const { base, inheriting } = guest.fdstat(fd);
    assert.equal(guest.setRights(narrow, 0, inheriting), 'SUCCESS');
    assert.equal(run(guest, narrow, guest.openAt(fd, '.', { rights: base }).fd), 'NOTCAPABLE', right);
    assert.equal(run(guest, file, fd), 'NOTDIR', right);
    assert.equal(run(guest, 99, fd), 'BADF', right);
  }
});

test('what was removed or moved while open', () => {
  const { guest, fd } = scene();
  const file = guest.openAt(fd, 'file').fd;
  assert.equal(guest.unlink(fd, 'file'), 'SUCCESS');
  assert.deepEqual([guest.read(file).data.toString(), guest.stat(file).nlink], ['text of file', 0]);
  assert.equal(guest.write(file, ' and more').errno, 'SUCCESS');
  assert.equal(guest.send(OP.FD_PREAD, [file, 100, ...wide(0)]).data.toString(), 'text of file and more');
  const before = guest.store.usage().bytes;
  guest.close(file);
  guest.close(guest.openAt(fd, 'other').fd);
  assert.ok(guest.store.usage().bytes <= before);
  const directory = guest.openDirectory(fd, 'dir');
  assert.equal(guest.rename(fd, 'dir', fd, 'moved'), 'SUCCESS');
  guest.make(directory, 'late');
  assert.equal(guest.statAt(fd, 'moved/late').errno, 'SUCCESS');
  const nested = guest.openDirectory(directory, 'nested');
  assert.equal(guest.rmdir(fd, 'moved/nested'), 'SUCCESS');
  assert.equal(guest.openAt(nested, 'new', { oflags: CREAT }).errno, 'NOENT');
  assert.equal(guest.mkdir(nested, 'new'), 'NOENT');
});
