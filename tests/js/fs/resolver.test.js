// Path resolution: what a guest can reach, and what it must never reach.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FsError } from '../../../worker/fs/errno.js';
import { createGuestMounts } from '../../../worker/fs/guest_layout.js';
import { InodeStore } from '../../../worker/fs/inode_store.js';
import { createMountTable } from '../../../worker/fs/resolver.js';

const fails = (code, call) => assert.throws(call, (error) => error instanceof FsError && error.code === code, `expected ${code}`);

/** A project store as the agent lays it out: what guests see, and beside it what they must not. */
function makeGuest() {
  const store = new InodeStore();
  const make = (parent, name) => store.createDirectory(parent, name);
  const secret = store.createFile(make(store.root, 'meta'), 'secret');
  const table = createGuestMounts(store);
  const [workspace, tmp] = ['workspace', 'tmp'].map((name) => store.lookup(store.root, name));
  const src = make(workspace, 'src');
  const file = store.createFile(src, 'main.py');
  return { store, table, workspace, tmp, src, file, secret };
}

test('plain paths, dots, doubled and trailing slashes', () => {
  const { table, workspace, src, file } = makeGuest();
  for (const path of ['/workspace/src/main.py', '//workspace///src/./main.py', '/workspace/../workspace/src/main.py',
    '/../../workspace/src/main.py', '/home/user/../../workspace/src/../src/main.py', 'workspace/src/main.py']) {
    assert.equal(table.resolve(path).inode, file, path);
  }
  const found = table.resolve('/workspace/src/main.py');
  assert.deepEqual([found.parent, found.name, found.mustBeDirectory], [src, 'main.py', false]);
  assert.equal(table.resolve('/workspace/src/').inode, src);
  assert.equal(table.resolve('main.py', { from: { store: found.store, inode: src } }).inode, file);
  assert.equal(table.resolve('..', { from: { store: found.store, inode: src } }).inode, workspace);
  fails('ENOTDIR', () => table.resolve('/workspace/src/main.py/'));
  fails('ENOTDIR', () => table.resolve('/workspace/src/main.py/x'));
  fails('ENOTDIR', () => table.resolve('/workspace/src/main.py/..'));
  fails('ENOENT', () => table.resolve('/workspace/none/x'));
  fails('ENOENT', () => table.resolve('/workspace/none/../src'));
  fails('ENOENT', () => table.resolve(''));
});

test('a missing last component says where it would be made', () => {
  const { table, src } = makeGuest();
  const place = table.resolve('/workspace/src/new/');
  assert.deepEqual([place.inode, place.parent, place.name, place.mustBeDirectory], [undefined, src, 'new', true]);
});

test('mount points and what is above them cannot be made, moved or removed', () => {
  const { table, store } = makeGuest();
  for (const path of ['/', '/workspace', '/workspace/.', '/workspace/src/..', '/home/user/', '/tmp/..']) {
    const found = table.resolve(path, { follow: false });
    assert.equal(found.parent, undefined, path);
    assert.equal(found.name, '', path);
  }
  assert.ok(table.isReadOnly(table.resolve('/usr').store));
  assert.ok(table.isReadOnly(table.resolve('/home').store));
  assert.equal(table.resolve('/workspace').store, store);
});

test('symbolic links resolve in guest terms, whatever they name', () => {
  const { store, table, workspace, tmp, file, secret } = makeGuest();
  const link = (name, target) => store.createSymlink(workspace, name, target);
  link('rel', 'src/main.py');
  link('abs', '/workspace/src/main.py');
  link('dir', '/workspace/src');
  link('up', '../../../../workspace/src/main.py');
  link('chain', 'chain2');
  link('chain2', 'dir/../rel');
  link('cross', '../tmp');
  for (const path of ['rel', 'abs', 'dir/main.py', 'dir/../src/main.py', 'up', 'chain']) {
    assert.equal(table.resolve(`/workspace/${path}`).inode, file, path);
  }
  assert.equal(table.resolve('/workspace/cross').inode, tmp);
  assert.equal(table.resolve('/workspace/rel', { follow: false }).inode.target, 'src/main.py');
  assert.equal(table.resolve('/workspace/dir', { follow: false }).inode.isSymlink, true);
  assert.equal(table.resolve('/workspace/dir/', { follow: false }).inode.isDirectory, true, 'a trailing slash follows');
  // Out of the guest's world: neither the project's own files nor the host's.
  for (const [name, target] of [['l1', '/meta/secret'], ['l2', '../meta/secret'], ['l3', '/lib/python3.14/os.py'],
    ['l4', '../../../../etc/passwd'], ['l5', '/proc/self/root/meta/secret'], ['l6', '/store/meta/secret'], ['l7', 'cross/../meta/secret']]) {
    link(name, target);
    let found;
    try {
      found = table.resolve(`/workspace/${name}`).inode;
    } catch (error) {
      assert.equal(error.code, 'ENOENT', target);
    }
    assert.notEqual(found, secret, target);
    assert.equal(found, undefined, target);
  }
});

test('a dangling link names the place its target would be made at', () => {
  const { store, table, workspace, tmp } = makeGuest();
  store.createSymlink(workspace, 'dangling', '/tmp/new');
  const place = table.resolve('/workspace/dangling');
  assert.deepEqual([place.inode, place.parent, place.name], [undefined, tmp, 'new']);
});

test('loops and long chains end in ELOOP; 40 links are fine', () => {
  const { store, table, workspace, file } = makeGuest();
  const link = (name, target) => store.createSymlink(workspace, name, target);
  link('self', 'self');
  link('a', 'b');
  link('b', './a');
  link('grow', 'grow/x');
  for (const path of ['self', 'a', 'self/x', 'grow', 'a/']) fails('ELOOP', () => table.resolve(`/workspace/${path}`));
  assert.equal(table.resolve('/workspace/self', { follow: false }).inode.target, 'self');
  link('c0', 'src/main.py');
  for (let i = 1; i <= 40; i++) link(`c${i}`, `c${i - 1}`);
  assert.equal(table.resolve('/workspace/c39').inode, file);
  fails('ELOOP', () => table.resolve('/workspace/c40'));
});

test('hostile names are refused or taken literally', () => {
  const { store, table, workspace } = makeGuest();
  fails('EINVAL', () => table.resolve('/workspace/a\0b'));
  fails('ENAMETOOLONG', () => table.resolve(`/workspace/${'a'.repeat(256)}`));
  fails('ENAMETOOLONG', () => table.resolve(`/workspace/${'é'.repeat(128)}`));
  fails('ENAMETOOLONG', () => table.resolve(`/workspace/${'a/'.repeat(2100)}b`));
  fails('ENOENT', () => table.resolve(`/workspace/${'a'.repeat(255)}/x`));
  fails('ENAMETOOLONG', () => store.createSymlink(workspace, 'l', 'a'.repeat(4096)));
  for (const name of ['..\\..\\meta', '%2e%2e', '~', '\u202e..', '\u2025', '．．', '😀', 'a'.repeat(255)]) {
    const file = store.createFile(workspace, name);
    assert.equal(table.resolve(`/workspace/${name}`).inode, file);
  }
});

test('a directory without search permission cannot be walked through', () => {
  const { store, table, src } = makeGuest();
  store.setAttributes(src, { mode: 0o600 });
  assert.equal(table.resolve('/workspace/src').inode, src);
  fails('EACCES', () => table.resolve('/workspace/src/main.py'));
  fails('EACCES', () => table.resolve('/workspace/src/../x'));
});

test('a removed working directory leads nowhere', () => {
  const { store, table, workspace, src } = makeGuest();
  store.removeTree(workspace, 'src');
  fails('ENOENT', () => table.resolve('..', { from: { store, inode: src } }));
});

test('mount points must be absolute, normalised and single', () => {
  const store = new InodeStore();
  for (const path of ['workspace', '/a/../b', '/a/', '/a//b', '']) {
    fails('EINVAL', () => createMountTable([{ path, store, root: store.root }]));
  }
  fails('EBUSY', () => createMountTable([{ path: '/a', store, root: store.root }, { path: '/b', store, root: store.root }]));
});
