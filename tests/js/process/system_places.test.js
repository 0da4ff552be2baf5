// /dev, /etc, /proc and the installed commands as a guest sees them.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Descriptor } from '../../../worker/process/fd_table.js';
import { commandOf } from '../../../worker/process/guest_root.js';
import { OpenFile, STREAM_RIGHTS } from '../../../worker/process/open_file.js';
import { ALL_RIGHTS, CREAT, dirents, FILETYPE, Guest, OP, RIGHTS } from './guest.js';

const COMMANDS = [{ name: 'cat', summary: 'concatenate files' }, { name: '[', summary: 'test' }];

function scene(options) {
  const guest = new Guest({ commands: COMMANDS, ...options });
  const root = guest.preopen();
  const open = (path, choices) => guest.openAt(root, path, choices);
  const names = (path) => dirents(guest.readdir(guest.openDirectory(root, path), 65_536, 0).data).map(({ name }) => name).slice(2);
  return { guest, root, open, names };
}

test('devices', () => {
  const { guest, root, open, names } = scene();
  assert.deepEqual(names('dev'), ['null', 'zero', 'full', 'random', 'urandom', 'tty', 'stdin', 'stdout', 'stderr', 'fd']);
  const rows = [['null', 0, 'SUCCESS'], ['zero', 100, 'SUCCESS'], ['full', 100, 'NOSPC'], ['random', 100, 'SUCCESS'], ['urandom', 100, 'SUCCESS']];
  for (const [name, bytes, written] of rows) {
    const { errno, fd, cacheable } = open(`dev/${name}`);
    assert.deepEqual([errno, cacheable], ['SUCCESS', false], name);
    const read = guest.read(fd, 100);
    assert.deepEqual([read.errno, read.data.length], ['SUCCESS', bytes], name);
    if (name === 'zero') assert.ok(read.data.every((byte) => byte === 0));
    if (name.endsWith('random')) assert.notDeepEqual(read.data, guest.read(fd, 100).data);
    const write = guest.write(fd, 'text');
    assert.deepEqual([write.errno, write.errno === 'SUCCESS' ? write.args[0] : 4], [written, 4], name);
    assert.deepEqual([guest.stat(fd).filetype, guest.stat(fd).mode, guest.stat(fd).ino], [FILETYPE.CHARACTER_DEVICE, 0o666, guest.statAt(root, `dev/${name}`).ino]);
    assert.deepEqual([guest.seek(fd, 5, 0), guest.pread(fd, 10, 99).data.length], [0, Math.min(bytes, 10)]);
    assert.notEqual(guest.fdstat(fd).base & RIGHTS.FD_SEEK, 0, 'else C libraries take it for a terminal');
    assert.equal(guest.read(fd, 65_536).data.length, bytes === 0 ? 0 : 65_536);
  }
});

test('/dev/tty is the terminal, if there is one', () => {
  const terminal = new OpenFile(FILETYPE.CHARACTER_DEVICE, STREAM_RIGHTS);
  const { guest, open } = scene({ terminal });
  const { fd } = open('dev/tty');
  assert.equal(guest.fds.get(fd).file, terminal);
  assert.equal(terminal.refs, 1);
  assert.equal(scene().open('dev/tty').errno, 'NXIO');
});

test('/dev/fd lists, opens and stats what is open', () => {
  const { guest, root, open, names } = scene();
  assert.equal(open('dev/stdin').errno, 'NXIO');
  assert.equal(guest.statAt(root, 'dev/stdin').errno, 'NXIO');
  for (const fd of [0, 1]) guest.fds.put(fd, new Descriptor(new OpenFile(0, STREAM_RIGHTS)));
  guest.make(root, 'tmp/file', 'content');
  const file = open('tmp/file', { rights: RIGHTS.FD_READ | RIGHTS.FD_SEEK }).fd;
  guest.read(file, 3);
  assert.deepEqual(names('dev/fd'), ['0', '1', '2', '3', '4']);
  assert.deepEqual(names('proc/self/fd').length, 6);
  const again = open(`dev/fd/${file}`, { rights: RIGHTS.FD_READ });
  assert.equal(guest.read(again.fd).data.toString(), 'tent', 'the same open file');
  assert.equal(open(`dev/fd/${file}`, { rights: RIGHTS.FD_WRITE }).errno, 'ACCES', 'never more than the descriptor may');
  assert.equal(guest.statAt(root, `dev/fd/${file}`).size, 7);
  assert.equal(guest.statAt(root, 'dev/stdin').filetype, 0);
  for (const path of ['dev/fd/99', 'dev/fd/x', 'dev/fd/01', 'dev/fd/-1']) assert.equal(open(path).errno, 'NOENT', path);
  const directory = guest.openDirectory(root, 'tmp');
  const copy = open(`dev/fd/${directory}`, { rights: RIGHTS.PATH_OPEN | RIGHTS.FD_READDIR }).fd;
  assert.equal(guest.openAt(copy, 'file').errno, 'SUCCESS');
  const jail = guest.preopen('/tmp', { confined: true });
  const jailCopy = open(`dev/fd/${jail}`, { rights: RIGHTS.PATH_OPEN }).fd;
  assert.equal(guest.openAt(jailCopy, '../etc/passwd', { rights: 0 }).errno, 'PERM', 'still confined');
});

test('installed commands are there, executable and read-only', () => {
  const { guest, root, names } = scene();
  assert.deepEqual(names('usr/bin'), ['cat', '[']);
  assert.deepEqual(names('bin'), names('usr/bin'));
  for (const path of ['usr/bin/cat', 'bin/cat']) {
    const { filetype, mode, ino } = guest.statAt(root, path);
    assert.deepEqual([filetype, mode, ino], [FILETYPE.REGULAR_FILE, 0o755, guest.statAt(root, 'usr/bin/cat').ino]);
    assert.equal(guest.access(root, path, 1), 'SUCCESS');
    assert.equal(commandOf(guest.process.root.resolve(`/${path}`).inode), COMMANDS[0]);
  }
  assert.equal(commandOf(guest.process.root.resolve('/etc/passwd').inode), undefined);
  for (const path of ['usr/bin', 'bin', 'usr', 'etc', 'dev', 'proc/self', 'usr/local/bin', '', 'home']) {
    const errnos = [guest.openAt(root, `${path || '.'}/new`, { oflags: CREAT }).errno, guest.mkdir(root, `${path || '.'}/new`), guest.symlink('x', root, `${path || '.'}/new`)];
    assert.deepEqual(errnos, ['ROFS', 'ROFS', 'ROFS'], path);
  }
  assert.deepEqual([guest.unlink(root, 'bin/cat'), guest.chmod(root, 'bin/cat', 0), guest.rename(root, 'bin/cat', root, 'bin/dog')], ['ROFS', 'ROFS', 'ROFS']);
});

test('/etc and /proc/self', () => {
  const { guest, root } = scene();
  assert.match(guest.contentOf(root, 'etc/passwd'), /^user:x:1000:1000:user:\/home\/user:/m);
  assert.match(guest.contentOf(root, 'etc/group'), /^user:x:1000:/m);
  assert.equal(guest.contentOf(root, 'etc/hosts'), '');
  assert.equal(guest.readlink(root, 'proc/self/cwd').data.toString(), '/workspace');
  assert.equal(guest.statAt(root, 'proc/self/cwd').ino, guest.statAt(root, 'workspace').ino);
  assert.equal(guest.readlink(root, 'proc/self/exe').data.toString(), '/usr/bin/test');
  assert.match(guest.contentOf(root, 'proc/self/status'), /^Name:\ttest\n(.*\n)*Pid:\t7\nPPid:\t1\n/);
  assert.equal(guest.contentOf(root, 'proc/self/cmdline'), 'test\0');
  const other = new Guest({ store: guest.store, root: guest.process.root });
  other.process.cwd = '/tmp';
  assert.equal(other.readlink(other.preopen(), 'proc/self/cwd').data.toString(), '/tmp');
  assert.equal(guest.readlink(root, 'proc/self/cwd').data.toString(), '/workspace');
});

test('the paths of open directories', () => {
  const { guest, root } = scene();
  guest.mkdir(root, 'workspace/a');
  guest.mkdir(root, 'workspace/a/b');
  const path = (fd) => {
    const { errno, data } = guest.send(OP.FS_FD_PATH, [fd]);
    return errno === 'SUCCESS' ? data.toString() : errno;
  };
  const fd = guest.openDirectory(root, 'workspace/a/b');
  assert.deepEqual([path(root), path(fd), path(guest.openDirectory(root, 'usr/bin')), path(guest.openDirectory(root, 'home'))],
    ['/', '/workspace/a/b', '/usr/bin', '/home']);
  guest.rename(root, 'workspace/a', root, 'tmp/moved');
  assert.equal(path(fd), '/tmp/moved/b');
  guest.rmdir(root, 'tmp/moved/b');
  assert.equal(path(fd), 'NOENT');
  const jail = guest.preopen('/tmp', { confined: true });
  assert.deepEqual([path(jail), path(guest.openAt(jail, 'moved', { rights: ALL_RIGHTS & ~RIGHTS.FD_WRITE }).fd)], ['/tmp', '/tmp/moved']);
});
