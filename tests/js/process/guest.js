// A process that consists of its host calls: a block, a table of descriptors, and the calls by name.
import { ALL_RIGHTS, ERRNO, FILETYPE, LOOKUPFLAGS, OFLAGS, RIGHTS, STRUCTS } from '../../../worker/generated/abi.js';
import { InodeStore } from '../../../worker/fs/inode_store.js';
import { AccessTable } from '../../../worker/process/access_table.js';
import { dispatch } from '../../../worker/process/dispatch.js';
import { Descriptor, FdTable } from '../../../worker/process/fd_table.js';
import { createGuestRoot } from '../../../worker/process/guest_root.js';
import { Directory } from '../../../worker/process/open_file.js';
import { DATA_BYTES, OP, PENDING, WORD } from '../../../worker/wasi/wire.js';

const NAMES = new Map(Object.entries(ERRNO).map(([name, number]) => [number, name]));
const NO_HANDLERS = new Map();
export const FOLLOW = LOOKUPFLAGS.SYMLINK_FOLLOW;
export const { CREAT, EXCL, TRUNC, DIRECTORY } = OFLAGS;

/** @param {number} errno */
export const nameOf = (errno) => NAMES.get(errno) ?? `errno ${errno}`;
/** A number or bigint as the two words of an i64. */
export const wide = (value) => {
  const bits = BigInt.asUintN(64, BigInt(value));
  return [Number(bits & 0xffffffffn) | 0, Number(bits >> 32n) | 0];
};
const encode = (path) => (typeof path === 'string' ? Buffer.from(path) : path);

export class Guest {
  /** @param {object} [options] */
  constructor({ store = new InodeStore(), access, commands = [], limits = {}, openFiles = 64, decide, terminal, root, shared = true } = {}) {
    this.store = store;
    this.asked = [];
    this.audits = [];
    this.isKilled = false;
    const buffer = shared ? new SharedArrayBuffer(64 + DATA_BYTES) : new ArrayBuffer(64 + DATA_BYTES);
    this.words = new Int32Array(buffer, 0, 16);
    this.data = new Uint8Array(buffer, 64);
    this.process = {
      pid: 7, parent: 1, fds: new FdTable(openFiles), umask: 0o022, cwd: '/workspace', argv: ['test'], program: '/usr/bin/test',
      access: new AccessTable(access), limits: { fileBytes: 2 ** 28, ...limits }, terminal,
      root: root ?? createGuestRoot(store, commands),
      decide: (kind, subject) => {
        this.asked.push(`${kind} ${subject}`);
        return decide(kind, subject);
      },
      audit: (kind, subject, errno) => this.audits.push(`${kind} ${subject} ${errno}`),
    };
    this.call = {
      process: this.process, words: this.words, data: this.data,
      cancelled: () => this.isKilled,
      finish: (errno) => this.finished(this.answer(errno)),
    };
    this.fds = this.process.fds;
  }

  /** A preopen at the next descriptor from 3 on; confined when it says so. */
  preopen(path = '/', { confined = false, readOnly = false } = {}) {
    const { store, inode } = this.process.root.resolve(path);
    const confinement = confined ? { inode, path, readOnly } : null;
    return this.fds.insert(new Descriptor(new Directory(store, inode, confinement), undefined, ALL_RIGHTS, path), 3);
  }

  answer(errno) {
    const { words } = this;
    return { errno: nameOf(errno), args: [...words.subarray(WORD.ARG, WORD.ARG + 8)], data: Buffer.from(this.data.slice(0, words[WORD.LENGTH])) };
  }

  /** One call. Its answer, or a promise of it when it waits. @param {number} op @param {number[]} args @param {Uint8Array} [data] */
  send(op, args, data = new Uint8Array()) {
    this.words.fill(0);
    this.words[WORD.OP] = op;
    this.words.set(args, WORD.ARG);
    this.data.set(data);
    this.words[WORD.LENGTH] = data.length;
    const promise = new Promise((resolve) => {
      this.finished = resolve;
    });
    const errno = dispatch(this.call, NO_HANDLERS);
    return errno === PENDING ? promise : this.answer(errno);
  }

  sendTwo(op, args, first, second) {
    const [a, b] = [encode(first), encode(second)];
    while (args.length < 7) args.push(0);
    return this.send(op, [...args, a.length], Buffer.concat([a, b]));
  }

  // The calls. Those that give an errno only give its name; the others an object.
  openAt(fd, path, { oflags = 0, rights = ALL_RIGHTS, inheriting = ALL_RIGHTS, flags = 0, lookup = FOLLOW } = {}) {
    const done = this.send(OP.PATH_OPEN, [fd, lookup, oflags, ...wide(rights), ...wide(inheriting), flags], encode(path));
    const shape = (answer) => ({ ...answer, fd: answer.args[0], cacheable: answer.args[1] === 1 });
    return done instanceof Promise ? done.then(shape) : shape(done);
  }

  /** @returns {number} */
  openDirectory(fd, path) {
    const { errno, fd: opened } = this.openAt(fd, path, { oflags: DIRECTORY, rights: ALL_RIGHTS & ~RIGHTS.FD_WRITE });
    if (errno !== 'SUCCESS') throw new Error(`${path}: ${errno}`);
    return opened;
  }

  close(fd) { return this.send(OP.FD_CLOSE, [fd]).errno; }
  read(fd, most = DATA_BYTES) { return this.send(OP.FD_READ, [fd, most]); }
  pread(fd, most, offset) { return this.send(OP.FD_PREAD, [fd, most, ...wide(offset)]); }
  write(fd, bytes) { return this.send(OP.FD_WRITE, [fd], encode(bytes)); }
  pwrite(fd, bytes, offset) { return this.send(OP.FD_PWRITE, [fd, ...wide(offset)], encode(bytes)); }
  stat(fd) { return filestat(this.send(OP.FD_FILESTAT_GET, [fd])); }
  statAt(fd, path, lookup = FOLLOW) { return filestat(this.send(OP.PATH_FILESTAT_GET, [fd, lookup], encode(path))); }
  readdir(fd, most, cookie) { return this.send(OP.FD_READDIR, [fd, most, ...wide(cookie)]); }
  resize(fd, size) { return this.send(OP.FD_FILESTAT_SET_SIZE, [fd, ...wide(size)]).errno; }
  allocate(fd, offset, length) { return this.send(OP.FD_ALLOCATE, [fd, ...wide(offset), ...wide(length)]).errno; }
  times(fd, atime, mtime, flags) { return this.send(OP.FD_FILESTAT_SET_TIMES, [fd, ...wide(atime), ...wide(mtime), flags]).errno; }
  timesAt(fd, path, atime, mtime, flags, lookup = FOLLOW) {
    return this.send(OP.PATH_FILESTAT_SET_TIMES, [fd, lookup, ...wide(atime), ...wide(mtime), flags], encode(path)).errno;
  }

  mkdir(fd, path) { return this.send(OP.PATH_CREATE_DIRECTORY, [fd], encode(path)).errno; }
  rmdir(fd, path) { return this.send(OP.PATH_REMOVE_DIRECTORY, [fd], encode(path)).errno; }
  unlink(fd, path) { return this.send(OP.PATH_UNLINK_FILE, [fd], encode(path)).errno; }
  readlink(fd, path) { return this.send(OP.PATH_READLINK, [fd], encode(path)); }
  symlink(target, fd, path) { return this.sendTwo(OP.PATH_SYMLINK, [fd], target, path).errno; }
  link(fd, from, toFd, to, lookup = 0) { return this.sendTwo(OP.PATH_LINK, [fd, lookup, toFd], from, to).errno; }
  rename(fd, from, toFd, to) { return this.sendTwo(OP.PATH_RENAME, [fd, 0, toFd], from, to).errno; }
  chmod(fd, path, mode, lookup = FOLLOW) { return this.send(OP.FS_PATH_CHMOD, [fd, lookup, mode], encode(path)).errno; }
  access(fd, path, mode) { return this.send(OP.FS_PATH_ACCESS, [fd, FOLLOW, mode], encode(path)).errno; }
  lock(fd, operation) { return this.send(OP.FS_FD_LOCK, [fd, operation]); }

  seek(fd, offset, whence) {
    const { errno, args } = this.send(OP.FD_SEEK, [fd, ...wide(offset), whence]);
    return errno === 'SUCCESS' ? args[1] * 2 ** 32 + (args[0] >>> 0) : errno;
  }

  fdstat(fd) {
    const { errno, data } = this.send(OP.FD_FDSTAT_GET, [fd]);
    if (errno !== 'SUCCESS') return { errno };
    const at = STRUCTS.fdstat;
    return { errno, filetype: data.readUInt8(at.filetype), flags: data.readUInt16LE(at.flags),
      base: Number(data.readBigUInt64LE(at.rights_base)), inheriting: Number(data.readBigUInt64LE(at.rights_inheriting)) };
  }

  setRights(fd, base, inheriting) { return this.send(OP.FD_FDSTAT_SET_RIGHTS, [fd, ...wide(base), ...wide(inheriting)]).errno; }
  setFlags(fd, flags) { return this.send(OP.FD_FDSTAT_SET_FLAGS, [fd, flags]).errno; }

  /** Make a file with some content. @param {number} fd @param {string} path @param {string} [text] */
  make(fd, path, text = '') {
    const { errno, fd: file } = this.openAt(fd, path, { oflags: CREAT | TRUNC });
    if (errno !== 'SUCCESS') throw new Error(`${path}: ${errno}`);
    this.write(file, text);
    this.close(file);
  }

  /** @param {number} fd @param {string} path @returns {string} */
  contentOf(fd, path) {
    const { errno, data } = this.openAt(fd, path, { rights: 2 });
    if (errno !== 'SUCCESS') throw new Error(`${path}: ${errno}`);
    this.close(this.words[WORD.ARG]);
    return data.subarray(STRUCTS.filestat.SIZEOF).toString();
  }
}

export function filestat({ errno, data }) {
  if (errno !== 'SUCCESS') return { errno };
  const at = STRUCTS.filestat;
  const u64 = (offset) => Number(data.readBigUInt64LE(offset));
  return { errno, dev: u64(at.dev), ino: u64(at.ino), filetype: data.readUInt8(at.filetype), mode: data.readUInt32LE(at.mode) & 0o7777,
    nlink: u64(at.nlink), size: u64(at.size), atim: data.readBigUInt64LE(at.atim), mtim: data.readBigUInt64LE(at.mtim),
    ctim: data.readBigUInt64LE(at.ctim) };
}

/** The entries of a listing's answer; the last one may be cut off. @param {Buffer} data */
export function dirents(data) {
  const { SIZEOF, next, ino, namlen, type } = STRUCTS.dirent;
  const entries = [];
  for (let at = 0; at + SIZEOF <= data.length; ) {
    const end = at + SIZEOF + data.readUInt32LE(at + namlen);
    if (end > data.length) break;
    entries.push({ name: data.toString('utf8', at + SIZEOF, end), cookie: Number(data.readBigUInt64LE(at + next)),
      ino: Number(data.readBigUInt64LE(at + ino)), type: data.readUInt8(at + type) });
    at = end;
  }
  return entries;
}

export { ALL_RIGHTS, FILETYPE, OP, RIGHTS };
