// Entries that come along with the answer to another one: fewer calls, and nothing else that a program could see.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { InodeStore } from '../../../worker/fs/inode_store.js';
import { AccessTable } from '../../../worker/process/access_table.js';
import { Descriptor } from '../../../worker/process/fd_table.js';
import { OpenFile, STREAM_RIGHTS } from '../../../worker/process/open_file.js';
import { CREAT, Guest, RIGHTS, TRUNC } from '../process/guest.js';
import { Program } from './guest_rig.js';

const FILES = 100;
const READ_ONLY_NUMBERS = RIGHTS.FD_READ;
const nameOfFile = (number) => `file-${String(number).padStart(3, '0')}`;

/** A program, and another process on the same files. */
function scene({ count = FILES, access, sendsAhead = true, openFiles = 64 } = {}) {
  const store = new InodeStore();
  const host = new Guest({ store, access, openFiles, decide: async () => false });
  const other = new Guest({ store, root: host.process.root });
  for (let i = 0; i < 3; i++) host.fds.insert(new Descriptor(new OpenFile(0, STREAM_RIGHTS)));
  const [root, otherRoot] = [host.preopen(), other.preopen()];
  other.mkdir(otherRoot, 'tmp/d');
  for (let i = 0; i < count; i++) other.make(otherRoot, `tmp/d/${nameOfFile(i)}`, `content of ${i}`);
  const program = new Program(host, { sendsAhead });
  return { store, host, other, otherRoot, program, root };
}

function readAll(program, directory, prefix, count = FILES) {
  const seen = [];
  for (let i = 0; i < count; i++) {
    const fd = program.open(directory, `${prefix}${nameOfFile(i)}`);
    seen.push([fd, program.stat(fd).size, program.read(fd), program.read(fd), program.close(fd)]);
  }
  return seen;
}

function useOnce(program, directory, path) {
  const fd = program.open(directory, path);
  return typeof fd === 'string' ? fd : [fd, program.stat(fd), program.read(fd), program.close(fd)];
}

test('files of a directory that are read one after another cost few calls', () => {
  const { program, root, host } = scene();
  const seen = readAll(program, root, 'tmp/d/');
  assert.deepEqual(seen, Array.from({ length: FILES }, (_, i) => [4, `content of ${i}`.length, `content of ${i}`, '', 'SUCCESS']));
  assert.ok(program.channel.calls < 12, `${program.channel.calls} calls`);
  host.fds.closeAll();
  assert.deepEqual([...host.process.root.resolve('/tmp/d').inode.entries.values()].map(({ inode }) => inode.openCount), Array(FILES).fill(0));
});

test('stats of a directory that are asked one after another cost few calls', () => {
  const { program, root, other, otherRoot } = scene();
  for (let i = 0; i < FILES; i++) {
    const { ino, size } = other.statAt(otherRoot, `tmp/d/${nameOfFile(i)}`);
    assert.deepEqual(program.statAt(root, `tmp/d/${nameOfFile(i)}`), { ino, size, nlink: 1, filetype: 4 });
  }
  assert.ok(program.channel.calls < 12, `${program.channel.calls} calls`);
});

test('who looks at files in no order is sent nothing', () => {
  const { program, root } = scene();
  for (let i = FILES - 1; i >= 0; i--) {
    const fd = program.open(root, `tmp/d/${nameOfFile(i)}`);
    assert.equal(program.read(fd), `content of ${i}`);
    program.close(fd);
    assert.equal(program.guest.files, null);
  }
});

test('a change of another process is seen at once', () => {
  const { program, root, other, otherRoot } = scene();
  readAll(program, root, 'tmp/d/', 4);
  assert.notEqual(program.guest.files, null);
  other.make(otherRoot, 'tmp/d/file-004', 'new');
  other.unlink(otherRoot, 'tmp/d/file-005');
  other.symlink('/tmp/d/file-007', otherRoot, 'tmp/d/file-005');
  assert.equal(program.read(program.open(root, 'tmp/d/file-004')), 'new');
  assert.equal(program.read(program.open(root, 'tmp/d/file-005')), 'content of 7');
});

test('a file that was opened stays what it was, whatever becomes of its name', () => {
  const { program, root, other, otherRoot } = scene();
  readAll(program, root, 'tmp/d/', 4);
  const before = program.channel.calls;
  const fd = program.open(root, 'tmp/d/file-004');
  assert.equal(program.read(fd, 5), 'conte');
  assert.equal(program.channel.calls, before);
  const { fd: writer } = other.openAt(otherRoot, 'tmp/d/file-004');
  other.rename(otherRoot, 'tmp/d/file-006', otherRoot, 'tmp/d/file-004');
  other.pwrite(writer, 'CONTENT', 0);
  assert.equal(program.read(fd, 5), 'NT of');
  assert.equal(program.stat(fd).nlink, 0);
  assert.equal(program.tell(fd), 10);
  assert.equal(program.read(fd), ' 4');
  assert.equal(program.close(fd), 'SUCCESS');
});

test('descriptors are those that a program without all this would get', () => {
  const { program, root } = scene();
  readAll(program, root, 'tmp/d/', 4);
  const [a, b] = [program.open(root, 'tmp/d/file-004'), program.open(root, 'tmp/d/file-005')];
  assert.deepEqual([a, b, program.read(a), program.read(b)], [4, 5, 'content of 4', 'content of 5']);
  assert.deepEqual([program.close(a), program.open(root, 'tmp/d/file-006')], ['SUCCESS', 4]);
  assert.deepEqual([program.close(b), program.close(4), program.close(4)], ['SUCCESS', 'SUCCESS', 'BADF']);
});

test('another directory under the same descriptor is another directory', () => {
  const { program, root, other, otherRoot } = scene();
  other.mkdir(otherRoot, 'tmp/e');
  for (let i = 0; i < 8; i++) other.make(otherRoot, `tmp/e/${nameOfFile(i)}`, `other ${i}`);
  const [d, e] = [program.host.preopen('/tmp/d'), program.host.preopen('/tmp/e')];
  readAll(program, d, '', 4);
  assert.notEqual(program.guest.files, null);
  assert.equal(program.renumber(e, d), 'SUCCESS');
  assert.equal(program.read(program.open(d, nameOfFile(5))), 'other 5');
});

test('a file that the policy refuses, or asks about, is not sent along', () => {
  const deny = { prefix: '/tmp/d/file-005', read: 'deny', write: 'deny' };
  const rules = [{ prefix: '/', read: 'allow', write: 'allow' }, deny, { ...deny, prefix: '/tmp/d/file-006', read: 'ask' }];
  const { program, root, host } = scene({ access: { rules } });
  readAll(program, root, 'tmp/d/', 4);
  assert.equal(program.open(root, 'tmp/d/file-005'), 'ACCES');
  assert.deepEqual(host.audits, ['read /tmp/d/file-005 ACCES']);
  const before = program.channel.calls;
  assert.equal(program.read(program.open(root, 'tmp/d/file-007')), 'content of 7');
  assert.equal(program.channel.calls, before, 'the others are');
  assert.equal(host.asked.length, 0);
});

test('a policy that is replaced holds from the next call on', () => {
  const { program, root, host, store } = scene();
  readAll(program, root, 'tmp/d/', 4);
  host.process.access = new AccessTable({ rules: [] });
  store.invalidate();
  assert.equal(program.open(root, 'tmp/d/file-004'), 'ACCES');
});

test('rights that make the host answer otherwise are not served here', () => {
  const { program, root } = scene();
  for (let i = 0; i < 8; i++) {
    const fd = program.open(root, `tmp/d/${nameOfFile(i)}`, { rights: READ_ONLY_NUMBERS });
    assert.equal(program.stat(fd), 'NOTCAPABLE');
    program.close(fd);
  }
});

test('random work of two processes gives the same with and without', () => {
  let seed = 7;
  const random = (n) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % n;
  const scenes = [scene({ openFiles: 9 }), scene({ openFiles: 9, sendsAhead: false })];
  let [place, open] = [0, []];
  for (let step = 0; step < 6000; step++) {
    place = random(30) === 0 ? random(FILES) : (place + 1) % FILES;
    const [kind, path, fd] = [random(20), `tmp/d/${nameOfFile(place)}`, open[random(open.length || 1)] ?? 40];
    const pass = random(8);
    const results = scenes.map(({ program, root, other, otherRoot }) => {
      if (kind < 4) return program.open(root, path);
      if (kind < 7) return useOnce(program, root, path);
      if (kind < 10) return program.read(fd, 1 + (step % 9));
      if (kind < 15) return program.close(fd);
      if (kind === 15) return program.stat(fd);
      if (kind < 18) return program.statAt(root, path, step % 2);
      if (kind === 18) return program.tell(fd);
      if (pass > 0) return program.read(fd);
      if (step % 3 === 0) return other.unlink(otherRoot, path);
      const made = other.openAt(otherRoot, path, { oflags: CREAT | TRUNC });
      return made.errno === 'SUCCESS' ? [other.write(made.fd, `made ${step}`).errno, other.close(made.fd)] : made.errno;
    });
    assert.deepEqual(results[0], results[1], `step ${step}: ${kind} ${path} ${fd}`);
    if (kind < 4 && typeof results[0] === 'number') open.push(results[0]);
    if (kind >= 10 && kind < 15) open = open.filter((other) => other !== fd);
  }
  assert.ok(scenes[0].program.channel.calls < scenes[1].program.channel.calls * 0.9, scenes.map(({ program }) => program.channel.calls).join());
});
