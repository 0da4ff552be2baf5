// The store and the resolver against a real file system: random operations, same errors, same tree.
import assert from 'node:assert/strict';
import * as disk from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { FsError } from '../../../worker/fs/errno.js';
import { InodeStore } from '../../../worker/fs/inode_store.js';
import { createMountTable } from '../../../worker/fs/resolver.js';

const OPERATIONS = 2500;
const SEEDS = [1, 2, 3, 4];

/** A small seeded generator (mulberry32). */
function randomNumbers(seed) {
  let a = seed;
  return (below) => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** The operations as POSIX calls on an inode store. */
class StoreCalls {
  constructor() {
    this.store = new InodeStore();
    this.table = createMountTable([{ path: '/', store: this.store, root: this.store.root }]);
  }

  find(path, follow = true) {
    return this.table.resolve(`/${path}`, { follow });
  }

  existing(path, follow = true) {
    const { inode, name } = this.find(path, follow);
    if (inode === undefined) throw new FsError('ENOENT', name);
    return inode;
  }

  file(path) {
    const { inode, parent, name } = this.find(path);
    if (inode?.isDirectory) throw new FsError('EISDIR');
    return inode ?? this.store.createFile(parent, name, 0o644);
  }

  place(path) {
    const { parent, name, inode } = this.find(path, false);
    if (inode !== undefined) throw new FsError('EEXIST');
    return [parent, name];
  }

  writeFile(path, bytes) {
    const inode = this.file(path);
    this.store.truncate(inode, 0);
    this.store.write(inode, bytes, 0);
  }

  writeAt(path, bytes, position) {
    const inode = this.existing(path);
    if (inode.isDirectory) throw new FsError('EISDIR');
    this.store.write(inode, bytes, position);
  }

  truncate(path, size) { this.store.truncate(this.existing(path), size); }
  mkdir(path) { this.store.createDirectory(...this.place(path), 0o755); }
  chmod(path, mode) { this.store.setAttributes(this.existing(path), { mode }); }
  symlink(target, path) { this.store.createSymlink(...this.place(path), target); }

  link(from, to) {
    const inode = this.existing(from, false);
    const place = this.place(to);
    this.store.link(inode, ...place);
  }

  unlink(path) {
    this.existing(path, false);
    const { parent, name } = this.find(path, false);
    this.store.unlink(parent, name);
  }

  rmdir(path) {
    this.existing(path, false);
    const { parent, name } = this.find(path, false);
    this.store.removeDirectory(parent, name);
  }

  rename(from, to) {
    const source = this.find(from, false);
    const target = this.find(to, false);
    this.store.rename(source.parent, source.name, target.parent, target.name);
  }

  tree() {
    const ids = new Map();
    const describe = (inode) => {
      const { mode, nlink, size } = this.store.stat(inode);
      if (inode.isSymlink) return { mode, target: inode.target, id: idOf(ids, inode.ino), nlink };
      if (inode.isFile) {
        const bytes = new Uint8Array(size);
        this.store.read(inode, bytes, 0);
        return { mode, size, bytes: Buffer.from(bytes).toString('hex'), id: idOf(ids, inode.ino), nlink };
      }
      const names = [...this.store.list(inode)].map(({ name }) => name).sort();
      return { mode, entries: Object.fromEntries(names.map((n) => [n, describe(this.store.lookup(inode, n))])) };
    };
    return describe(this.store.root);
  }
}

/** The same operations on a directory of this machine. */
class DiskCalls {
  constructor(root) {
    this.root = root;
    disk.chmodSync(root, 0o755);
  }

  at(path) { return join(this.root, path); }
  writeFile(path, bytes) { disk.writeFileSync(this.at(path), bytes, { mode: 0o644 }); }

  writeAt(path, bytes, position) {
    const fd = disk.openSync(this.at(path), disk.constants.O_WRONLY);
    try {
      disk.writeSync(fd, bytes, 0, bytes.length, position);
    } finally {
      disk.closeSync(fd);
    }
  }

  truncate(path, size) { disk.truncateSync(this.at(path), size); }
  mkdir(path) { disk.mkdirSync(this.at(path), { mode: 0o755 }); }
  chmod(path, mode) { disk.chmodSync(this.at(path), mode); }
  symlink(target, path) { disk.symlinkSync(target, this.at(path)); }
  link(from, to) { disk.linkSync(this.at(from), this.at(to)); }
  unlink(path) { disk.unlinkSync(this.at(path)); }
  rmdir(path) { disk.rmdirSync(this.at(path)); }
  rename(from, to) { disk.renameSync(this.at(from), this.at(to)); }

  tree() {
    const ids = new Map();
    const describe = (path) => {
      const { mode, nlink, size, ino } = disk.lstatSync(path);
      if ((mode & 0o170000) === 0o120000) return { mode, target: disk.readlinkSync(path), id: idOf(ids, ino), nlink };
      if ((mode & 0o170000) === 0o100000) {
        return { mode, size, bytes: disk.readFileSync(path).toString('hex'), id: idOf(ids, ino), nlink };
      }
      const names = disk.readdirSync(path).sort();
      return { mode, entries: Object.fromEntries(names.map((n) => [n, describe(join(path, n))])) };
    };
    return describe(this.root);
  }
}

/** Inode numbers differ; which names share one must not. */
function idOf(ids, ino) {
  if (!ids.has(ino)) ids.set(ino, ids.size);
  return ids.get(ino);
}

function outcomeOf(call) {
  try {
    call();
    return 'ok';
  } catch (error) {
    if (typeof error.code !== 'string') throw error;
    return error.code;
  }
}

function randomCall(random) {
  const name = () => 'abcd'[random(4)];
  const path = () => Array.from({ length: 1 + random(3) }, name).join('/');
  const bytes = (limit) => Buffer.alloc(1 + random(limit), 1 + random(255));
  const position = () => [random(100), random(70_000), 65_536 * random(3), 65_530 + random(12)][random(4)];
  const calls = [
    () => ['writeFile', path(), bytes(random(10) === 0 ? 150_000 : 500)],
    () => ['writeAt', path(), bytes(random(4) === 0 ? 70_000 : 20), position()],
    () => ['truncate', path(), position()],
    () => ['mkdir', path()],
    () => ['mkdir', path()],
    () => ['unlink', path()],
    () => ['rmdir', path()],
    () => ['rename', path(), path()],
    () => ['rename', path(), path()],
    () => ['symlink', [path(), `../${name()}`, `./${name()}/../${name()}`][random(3)].replace('../', random(2) ? '' : './'), path()],
    () => ['link', path(), path()],
    () => ['chmod', path(), [0o700, 0o755, 0o711, 0o4755][random(4)]],
  ];
  return calls[random(calls.length)]();
}

for (const seed of SEEDS) {
  test(`${OPERATIONS} random operations give the same errors and tree as a real directory (seed ${seed})`, () => {
    const random = randomNumbers(seed);
    const root = disk.mkdtempSync(join(tmpdir(), 'satchel-fs-'));
    const previousUmask = process.umask(0);
    try {
      const ours = new StoreCalls();
      const theirs = new DiskCalls(root);
      const seen = new Map();
      for (let i = 0; i < OPERATIONS; i++) {
        const [call, ...args] = randomCall(random);
        const expected = outcomeOf(() => theirs[call](...args));
        const what = `operation ${i}: ${call}(${args.map((a) => (typeof a === 'string' ? a : (a.length ?? a))).join(', ')})`;
        assert.equal(outcomeOf(() => ours[call](...args)), expected, what);
        seen.set(expected, (seen.get(expected) ?? 0) + 1);
        if (i % 250 === 249) assert.deepEqual(ours.tree(), theirs.tree(), `tree after ${what}`);
      }
      for (const code of ['ok', 'ENOENT', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY']) assert.ok(seen.get(code) > 0, `no ${code} in the sample`);
    } finally {
      process.umask(previousUmask);
      disk.rmSync(root, { recursive: true });
    }
  });
}
