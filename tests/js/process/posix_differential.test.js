// Host calls against system calls: the same random operations on a guest and on a real directory, same answers, same tree.
import assert from 'node:assert/strict';
import * as disk from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';

import { FDFLAGS, FSTFLAGS } from '../../../worker/generated/abi.js';
import { ALL_RIGHTS, CREAT, DIRECTORY, dirents, EXCL, FILETYPE, FOLLOW, Guest, RIGHTS, TRUNC } from './guest.js';

const OPERATIONS = 3000;
const SEEDS = [1, 2, 3, 4];
const SLOTS = 6;
const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_DIRECTORY, O_NOFOLLOW } = disk.constants;
const KINDS = new Map([[FILETYPE.REGULAR_FILE, 'file'], [FILETYPE.DIRECTORY, 'directory'], [FILETYPE.SYMBOLIC_LINK, 'link']]);
/** What POSIX says where preview 1 has rights. */
const WITHOUT_RIGHT = { ftruncate: 'EINVAL' };

/** mulberry32 */
function randomNumbers(seed) {
  let a = seed;
  return (below) => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

class GuestCalls {
  constructor() {
    this.guest = new Guest();
    const root = this.guest.preopen();
    for (const path of ['workspace/base', 'workspace/base/keep']) this.guest.mkdir(root, path);
    this.base = this.guest.openDirectory(root, 'workspace/base');
    this.slots = Array(SLOTS).fill(99);
  }

  /** @param {string} call @param {any[]} args @returns {any} a value, or an error's name in `{ error }` */
  run(call, ...args) {
    const result = this[call](...args);
    const errno = typeof result === 'string' ? result : result?.errno ?? 'SUCCESS';
    if (errno === 'NOTCAPABLE') return { error: WITHOUT_RIGHT[call] ?? 'EBADF' };
    if (errno !== 'SUCCESS') return { error: `E${errno}` };
    return result?.value ?? 'ok';
  }

  open(slot, path, flags) {
    const access = flags & (O_WRONLY | O_RDWR);
    const withheld = (access === O_WRONLY ? RIGHTS.FD_READ : 0)
      | (access === O_RDONLY ? RIGHTS.FD_WRITE | RIGHTS.FD_ALLOCATE | RIGHTS.FD_FILESTAT_SET_SIZE : 0);
    const oflags = (flags & O_CREAT && CREAT) | (flags & O_EXCL && EXCL) | (flags & O_TRUNC && TRUNC) | (flags & O_DIRECTORY && DIRECTORY);
    const answer = this.guest.openAt(this.base, path, { oflags, rights: ALL_RIGHTS & ~withheld, flags: flags & O_APPEND ? FDFLAGS.APPEND : 0,
      lookup: flags & O_NOFOLLOW ? 0 : FOLLOW });
    if (answer.errno === 'SUCCESS') {
      this.guest.close(this.slots[slot]);
      this.slots[slot] = answer.fd;
    }
    return answer.errno;
  }

  close(slot) {
    const errno = this.guest.close(this.slots[slot]);
    this.slots[slot] = 99;
    return errno;
  }

  read(slot, length) { return bytesOf(this.guest.read(this.slots[slot], length)); }
  pread(slot, length, position) { return bytesOf(this.guest.pread(this.slots[slot], length, position)); }
  write(slot, bytes) { return countOf(this.guest.write(this.slots[slot], bytes)); }
  pwrite(slot, bytes, position) { return countOf(this.guest.pwrite(this.slots[slot], bytes, position)); }
  ftruncate(slot, size) { return this.guest.resize(this.slots[slot], size); }
  fsync(slot) { return this.guest.send(5, [this.slots[slot]]).errno; }
  fstat(slot) { return statValue(this.guest.stat(this.slots[slot])); }
  stat(path) { return statValue(this.guest.statAt(this.base, path)); }
  lstat(path) { return statValue(this.guest.statAt(this.base, path, 0)); }
  mkdir(path) { return this.guest.mkdir(this.base, path); }
  rmdir(path) { return this.guest.rmdir(this.base, path); }
  unlink(path) { return this.guest.unlink(this.base, path); }
  rename(from, to) { return this.guest.rename(this.base, from, this.base, to); }
  link(from, to) { return this.guest.link(this.base, from, this.base, to); }
  symlink(target, path) { return this.guest.symlink(target, this.base, path); }
  chmod(path, mode) { return this.guest.chmod(this.base, path, mode); }
  readlink(path) { return bytesOf(this.guest.readlink(this.base, path)); }

  utimes(path, seconds, follow) {
    const time = BigInt(seconds) * 1_000_000_000n;
    const errno = this.guest.timesAt(this.base, path, time, time + 5_000_000_000n, FSTFLAGS.ATIM | FSTFLAGS.MTIM, follow ? FOLLOW : 0);
    const { mtim } = this.guest.statAt(this.base, path, follow ? FOLLOW : 0);
    return { errno, value: mtim };
  }

  readdir(path) {
    const { errno, fd } = this.guest.openAt(this.base, path, { oflags: DIRECTORY, rights: RIGHTS.FD_READ | RIGHTS.FD_READDIR });
    if (errno !== 'SUCCESS') return errno;
    const entries = dirents(this.guest.readdir(fd, 65_536, 2).data);
    this.guest.close(fd);
    return { value: entries.map(({ name, type }) => `${name} ${KINDS.get(type)}`).sort() };
  }
}

const bytesOf = (answer) => (answer.errno === 'SUCCESS' ? { value: answer.data.toString('latin1') } : answer);
const countOf = (answer) => (answer.errno === 'SUCCESS' ? { value: answer.args[0] } : answer);
const statValue = (stat) => (stat.errno !== 'SUCCESS' ? stat : { value: statLine(KINDS.get(stat.filetype), stat.mode, stat.size, stat.nlink) });
const statLine = (kind, mode, size, nlink) =>
  (kind === 'directory' ? `${kind} ${mode.toString(8)}` : `${kind} ${mode.toString(8)} ${size} bytes ${nlink} links`);

class DiskCalls {
  /** @param {string} root */
  constructor(root) {
    this.root = `${root}/base`;
    for (const path of [this.root, `${this.root}/keep`]) disk.mkdirSync(path, 0o755);
    this.slots = Array(SLOTS).fill(null);
  }

  run(call, ...args) {
    try {
      return this[call](...args) ?? 'ok';
    } catch (error) {
      if (typeof error.code !== 'string' || error.syscall === undefined) throw error;
      return { error: error.code };
    }
  }

  at(path) { return path === '' ? '' : `${this.root}/${path}`; }

  fd(slot) {
    if (this.slots[slot] === null) throw Object.assign(new Error('not open'), { code: 'EBADF', syscall: 'none' });
    return this.slots[slot];
  }

  open(slot, path, flags) {
    const fd = disk.openSync(this.at(path), flags, 0o644);
    if (this.slots[slot] !== null) disk.closeSync(this.slots[slot]);
    this.slots[slot] = fd;
  }

  close(slot) {
    disk.closeSync(this.fd(slot));
    this.slots[slot] = null;
  }

  read(slot, length) { return this.pread(slot, length, null); }

  pread(slot, length, position) {
    const buffer = Buffer.alloc(length);
    return buffer.toString('latin1', 0, disk.readSync(this.fd(slot), buffer, 0, length, position));
  }

  write(slot, bytes) { return disk.writeSync(this.fd(slot), bytes, 0, bytes.length, null); }
  pwrite(slot, bytes, position) { return disk.writeSync(this.fd(slot), bytes, 0, bytes.length, position); }
  ftruncate(slot, size) { disk.ftruncateSync(this.fd(slot), size); }
  fsync(slot) { disk.fsyncSync(this.fd(slot)); }
  fstat(slot) { return lineOf(disk.fstatSync(this.fd(slot))); }
  stat(path) { return lineOf(disk.statSync(this.at(path))); }
  lstat(path) { return lineOf(disk.lstatSync(this.at(path))); }
  mkdir(path) { disk.mkdirSync(this.at(path), 0o755); }
  rmdir(path) { disk.rmdirSync(this.at(path)); }
  unlink(path) { disk.unlinkSync(this.at(path)); }
  rename(from, to) { disk.renameSync(this.at(from), this.at(to)); }
  link(from, to) { disk.linkSync(this.at(from), this.at(to)); }
  symlink(target, path) { disk.symlinkSync(target, this.at(path)); }
  chmod(path, mode) { disk.chmodSync(this.at(path), mode); }
  readlink(path) { return disk.readlinkSync(this.at(path)); }

  utimes(path, seconds, follow) {
    disk[follow ? 'utimesSync' : 'lutimesSync'](this.at(path), seconds, seconds + 5);
    return (follow ? disk.statSync : disk.lstatSync)(this.at(path), { bigint: true }).mtimeNs;
  }

  readdir(path) {
    const kind = (entry) => (entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : 'link');
    return disk.readdirSync(this.at(path), { withFileTypes: true }).map((entry) => `${entry.name} ${kind(entry)}`).sort();
  }
}

const lineOf = (stat) => statLine(stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : 'link', stat.mode & 0o7777, stat.size, stat.nlink);

/** All paths below the base with what is there. */
function treeOf(calls) {
  const lines = [];
  const walk = (path) => {
    for (const entry of calls.run('readdir', path)) {
      const inner = `${path}/${entry.split(' ')[0]}`;
      lines.push(`${inner} ${calls.run('lstat', inner)}`);
      if (entry.endsWith('directory')) walk(inner);
    }
  };
  walk('.');
  return lines;
}

function randomCall(random) {
  const name = () => 'abcd'[random(4)];
  const shapes = [(p) => p, (p) => p, (p) => p, (p) => p, (p) => `${p}/`, (p) => `./${p}`, (p) => `${p}/.`, (p) => `${p}//`, (p) => `${p}/../${name()}`,
    (p) => `${p}/..`, () => '.', () => '../base', (p) => `../base/${p}`];
  const path = () => shapes[random(shapes.length)](Array.from({ length: 1 + random(3) }, name).join('/'));
  const slot = () => random(SLOTS);
  const position = () => [random(50), random(70_000), 65_530 + random(12)][random(3)];
  const bytes = () => Buffer.alloc(random(random(8) === 0 ? 60_000 : 30), 97 + random(26));
  const flag = (value, odds) => (random(odds) === 0 ? value : 0);
  const openFlags = () => {
    const flags = [O_RDONLY, O_WRONLY, O_RDWR][random(3)] | flag(O_NOFOLLOW, 5);
    return random(5) === 0 ? (flags & ~(O_WRONLY | O_RDWR)) | O_DIRECTORY : flags | flag(O_CREAT, 2) | flag(O_EXCL, 4) | flag(O_TRUNC, 4) | flag(O_APPEND, 4);
  };
  const calls = [
    () => ['open', slot(), path(), openFlags()], () => ['open', slot(), path(), openFlags()], () => ['open', slot(), path(), openFlags()],
    () => ['close', slot()], () => ['read', slot(), 1 + random(100)], () => ['pread', slot(), 1 + random(100), position()], () => ['write', slot(), bytes()],
    () => ['write', slot(), bytes()], () => ['pwrite', slot(), bytes(), position()], () => ['ftruncate', slot(), position()], () => ['fsync', slot()],
    () => ['fstat', slot()], () => ['stat', path()], () => ['lstat', path()], () => ['mkdir', path()], () => ['mkdir', path()], () => ['rmdir', path()],
    () => ['unlink', path()], () => ['rename', path(), path()], () => ['rename', path(), path()], () => ['link', path(), path()],
    () => ['symlink', [path(), `../${name()}`, name(), `${name()}/`][random(4)], path()], () => ['chmod', path(), [0o700, 0o755, 0o4711][random(3)]],
    () => ['readlink', path()], () => ['utimes', path(), random(2 ** 30), random(2) === 0], () => ['readdir', path()],
  ];
  return calls[random(calls.length)]();
}

for (const seed of SEEDS) {
  test(`${OPERATIONS} random calls answer as the system does (seed ${seed})`, () => {
    const random = randomNumbers(seed);
    const directory = disk.mkdtempSync(`${tmpdir()}/satchel-calls-`);
    const previousUmask = process.umask(0o022);
    disk.chmodSync(directory, 0o755);
    const theirs = new DiskCalls(directory);
    try {
      const ours = new GuestCalls();
      const appending = new Set();
      const errors = new Map();
      for (let i = 0; i < OPERATIONS; i++) {
        const [call, ...args] = randomCall(random);
        // Linux appends in pwrite as well, against POSIX.
        if (call === 'pwrite' && appending.has(args[0])) continue;
        const expected = theirs.run(call, ...args);
        const what = `operation ${i}: ${call}(${args.map((a) => (Buffer.isBuffer(a) ? `${a.length} bytes` : a)).join(', ')})`;
        const answer = ours.run(call, ...args);
        // O_CREAT through a link whose target ends in a slash: Linux says EISDIR before it looks what is there.
        if (call === 'open' && expected.error === 'EISDIR' && ['ELOOP', 'ENOTDIR'].includes(answer.error)) continue;
        assert.deepEqual(answer, expected, what);
        if (call === 'open' && expected === 'ok') appending[args[2] & O_APPEND ? 'add' : 'delete'](args[0]);
        if (expected.error !== undefined) errors.set(expected.error, (errors.get(expected.error) ?? 0) + 1);
        if (i % 250 === 249) assert.deepEqual(treeOf(ours), treeOf(theirs), `tree after ${what}`);
      }
      for (const code of ['ENOENT', 'ENOTDIR', 'EEXIST', 'EISDIR', 'EBADF', 'EINVAL']) assert.ok(errors.get(code) > 0, `no ${code} in the sample`);
    } finally {
      for (const fd of theirs.slots) if (fd !== null) disk.closeSync(fd);
      process.umask(previousUmask);
      disk.rmSync(directory, { recursive: true });
    }
  });
}
