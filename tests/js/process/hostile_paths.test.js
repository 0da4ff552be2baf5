// Paths that try to get out, and paths that are none: in a confined preopen and below the guest root.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CREAT, FOLLOW, Guest, OP, TRUNC } from './guest.js';

/** A tree with a confined preopen `jail` in the middle; what lies outside must never be reached. */
function scene() {
  const guest = new Guest();
  const root = guest.preopen();
  for (const path of ['workspace/jail', 'workspace/jail/in', 'workspace/jail/in/deep', 'workspace/out']) guest.mkdir(root, path);
  guest.make(root, 'workspace/secret', 'secret');
  guest.make(root, 'workspace/out/secret', 'secret');
  guest.make(root, 'workspace/jail/file', 'inside');
  guest.make(root, 'workspace/jail/in/file', 'inside');
  const jailRoot = guest.openDirectory(root, 'workspace/jail');
  const links = { up: '../secret', top: '/workspace/secret', outDir: '../out', upDir: '..', here: '.', over: 'in/../../secret', back: '../jail/file',
    fine: 'in/../file', chain: 'chain2', chain2: 'up', loop: 'loop', loopA: 'loopB', loopB: 'loopA', rootDir: '/', trailing: '../out/' };
  for (const [name, target] of Object.entries(links)) assert.equal(guest.symlink(target, jailRoot, name), 'SUCCESS');
  for (let i = 0; i < 50; i++) guest.symlink(i === 0 ? 'file' : `c${i - 1}`, jailRoot, `c${i}`);
  guest.symlink('../../secret', guest.openDirectory(jailRoot, 'in'), 'escape');
  guest.symlink('../file', guest.openDirectory(jailRoot, 'in'), 'sibling');
  return { guest, root, jail: guest.preopen('/workspace/jail', { confined: true }) };
}

/** Every call with one path, as [name, call]. */
const CALLS = [
  ['open', (g, fd, path) => g.openAt(fd, path, { rights: 0 }).errno], ['create', (g, fd, path) => g.openAt(fd, path, { oflags: CREAT, rights: 0 }).errno],
  ['truncate', (g, fd, path) => g.openAt(fd, path, { oflags: TRUNC, rights: 0 }).errno], ['stat', (g, fd, path) => g.statAt(fd, path).errno],
  ['times', (g, fd, path) => g.timesAt(fd, path, 1, 1, 1)], ['chmod', (g, fd, path) => g.chmod(fd, path, 0o755)],
  ['access', (g, fd, path) => g.access(fd, path, 0)], ['link', (g, fd, path) => g.link(fd, path, fd, 'made', FOLLOW)],
];
const ENTRY_CALLS = [
  ['mkdir', (g, fd, path) => g.mkdir(fd, path)], ['rmdir', (g, fd, path) => g.rmdir(fd, path)], ['unlink', (g, fd, path) => g.unlink(fd, path)],
  ['readlink', (g, fd, path) => g.readlink(fd, path).errno], ['symlink', (g, fd, path) => g.symlink('x', fd, path)],
  ['rename from', (g, fd, path) => g.rename(fd, path, fd, 'made')], ['rename to', (g, fd, path) => g.rename(fd, 'file', fd, path)],
  ['link to', (g, fd, path) => g.link(fd, 'file', fd, path)], ['lstat', (g, fd, path) => g.statAt(fd, path, 0).errno],
];
const WAYS_OUT = ['..', '../', '../secret', '/', '/workspace/secret', '//workspace/secret', '///', 'in/../..', 'in/../../secret', './../secret',
  'in/deep/../../../secret', '../jail', '../jail/file', 'upDir/secret', 'outDir/secret', 'rootDir/workspace/secret', 'here/../secret',
  'in/escape/x', 'trailing/secret', 'in/./.././../secret', 'here/here/here/../../secret'];
/** These lead out only when their last component is followed. */
const LINKS_OUT = ['up', 'top', 'over', 'back', 'chain', 'outDir', 'upDir', 'rootDir', 'in/escape', 'here/up', 'in/../up', 'trailing'];

test('no path leads out of a confined directory', () => {
  for (const [name, run] of [...CALLS, ...ENTRY_CALLS]) {
    for (const path of WAYS_OUT) {
      const { guest, jail } = scene();
      assert.equal(run(guest, jail, path), 'PERM', `${name} ${path}`);
    }
  }
  for (const [name, run] of CALLS) {
    for (const path of LINKS_OUT) {
      const { guest, root, jail } = scene();
      assert.equal(run(guest, jail, path), 'PERM', `${name} ${path}`);
      assert.equal(guest.contentOf(root, 'workspace/secret'), 'secret');
    }
  }
});

test('what stays inside works, and links may point anywhere without being followed', () => {
  const { guest, jail } = scene();
  for (const path of ['file', './file', 'in/../file', 'fine', 'in/sibling', 'here/file', 'here/here/in/file', 'in/deep/../../file', 'in/.//deep/..///file', 'c39']) {
    assert.equal(guest.openAt(jail, path).errno, 'SUCCESS', path);
  }
  for (const path of LINKS_OUT) assert.equal(guest.statAt(jail, path, 0).errno, 'SUCCESS', path);
  assert.equal(guest.symlink('../../anything', jail, 'relative'), 'SUCCESS');
  assert.equal(guest.symlink('/absolute', jail, 'absolute'), 'PERM');
  assert.equal(guest.rename(jail, 'up', jail, 'up2'), 'SUCCESS');
  assert.equal(guest.unlink(jail, 'up2'), 'SUCCESS');
});

test('a directory opened in a confined one confines as well', () => {
  const { guest, jail } = scene();
  const inner = guest.openDirectory(jail, 'in');
  assert.equal(guest.openAt(inner, 'file').errno, 'SUCCESS');
  for (const path of ['..', '../file', 'sibling', '/', 'deep/../..']) assert.equal(guest.openAt(inner, path, { rights: 0 }).errno, 'PERM', path);
  assert.equal(guest.send(OP.FS_FD_PATH, [inner]).data.toString(), '/workspace/jail/in');
});

test('a read-only preopen changes nothing', () => {
  const { guest, root } = scene();
  const fd = guest.preopen('/workspace/jail', { confined: true, readOnly: true });
  const rows = [guest.openAt(fd, 'file').errno, guest.openAt(fd, 'new', { oflags: CREAT }).errno, guest.openAt(fd, 'file', { oflags: TRUNC, rights: 0 }).errno,
    guest.mkdir(fd, 'new'), guest.rmdir(fd, 'in/deep'), guest.unlink(fd, 'file'), guest.symlink('x', fd, 'new'), guest.rename(fd, 'file', root, 'tmp/x'),
    guest.link(root, 'workspace/secret', fd, 'x'), guest.chmod(fd, 'file', 0o700), guest.timesAt(fd, 'file', 0, 0, 1), guest.access(fd, 'file', 2)];
  assert.deepEqual([...new Set(rows)], ['ROFS']);
  assert.equal(guest.contentOf(fd, 'file'), 'inside');
});

test('below the guest root the same paths are resolved as POSIX says', () => {
  const { guest, root } = scene();
  const fd = guest.openDirectory(root, 'workspace/jail');
  for (const path of ['../secret', '/workspace/secret', 'up', 'top', 'over', 'chain', 'outDir/secret', 'rootDir/workspace/secret', '../../../../workspace/secret']) {
    assert.equal(guest.contentOf(fd, path), 'secret', path);
  }
  assert.equal(guest.statAt(root, '..').ino, guest.statAt(root, '.').ino);
});

test('loops and long chains', () => {
  const { guest, root, jail } = scene();
  for (const fd of [jail, guest.openDirectory(root, 'workspace/jail')]) {
    for (const path of ['loop', 'loopA', 'loop/x', 'c40', 'c49']) assert.equal(guest.openAt(fd, path).errno, 'LOOP', path);
    assert.equal(guest.openAt(fd, 'c39').errno, 'SUCCESS');
  }
});

test('what is no path', () => {
  const bytes = (...values) => Buffer.from(values);
  const rows = [
    ['NOENT', ''], ['INVAL', 'file\0'], ['INVAL', '\0'], ['INVAL', 'fi\0le'], ['NOTDIR', 'file/'], ['NOTDIR', 'file///'], ['NOTDIR', 'file/.'], ['NOTDIR', 'file/..'],
    ['NAMETOOLONG', 'a'.repeat(256)], ['NAMETOOLONG', `in/${'é'.repeat(128)}`], ['NAMETOOLONG', 'a/'.repeat(2048)], ['NAMETOOLONG', './'.repeat(2048)],
    ['NOENT', 'a'.repeat(255)], ['NOENT', `${'./'.repeat(2046)}abc`], ['ILSEQ', bytes(0xff)], ['ILSEQ', bytes(0x61, 0xc3)], ['ILSEQ', bytes(0xc0, 0xaf)],
    ['ILSEQ', bytes(0xed, 0xa0, 0x80)], ['ILSEQ', bytes(0xf4, 0x90, 0x80, 0x80)], ['ILSEQ', bytes(0xe2, 0x82)], ['ILSEQ', bytes(0xfe, 0x2e, 0x2e)],
    ['NOENT', '\ufeffname'], ['NOENT', '.. '], ['NOENT', '...'], ['NOENT', '~'], ['NOENT', 'C:\\file'], ['NOENT', '..\\secret'],
  ];
  const { guest, root, jail } = scene();
  for (const fd of [jail, guest.openDirectory(root, 'workspace/jail')]) {
    for (const [expected, path] of rows) {
      for (const [name, run] of [CALLS[0], CALLS[3], ...ENTRY_CALLS.filter(([n]) => ['unlink', 'readlink', 'lstat', 'rename from'].includes(n))]) {
        const told = `${name} ${JSON.stringify(path.toString().slice(0, 40))}`;
        const errno = run(guest, fd, path);
        if (expected === 'NOTDIR' && ['rename from', 'unlink'].includes(name)) assert.ok(['NOTDIR', 'BUSY'].includes(errno), told);
        else assert.equal(errno, expected, told);
      }
    }
  }
});

test('the bytes behind a path do not count', () => {
  const { guest, jail } = scene();
  guest.data.fill(0x41);
  assert.equal(guest.statAt(jail, 'file').errno, 'SUCCESS');
  const long = `${'./'.repeat(60)}in/../file`;
  assert.equal(guest.statAt(jail, long).errno, 'SUCCESS');
  assert.equal(guest.statAt(jail, 'file').errno, 'SUCCESS');
});
