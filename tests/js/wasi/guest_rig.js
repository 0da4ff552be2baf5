// The guest's side of the calls over the real handlers, without workers: calls by name, as a program makes them.
import { ERRNO, RIGHTS, STRUCTS } from '../../../worker/generated/abi.js';
import { Guest } from '../../../worker/wasi/guest.js';
import { preview1 } from '../../../worker/wasi/preview1.js';
import { satchelCalls } from '../../../worker/wasi/satchel_calls.js';
import { blockParts, SHARED_BYTES, usedBytes } from '../../../worker/wasi/channel.js';
import { WORD } from '../../../worker/wasi/wire.js';
import { dispatch } from '../../../worker/process/dispatch.js';
import { nameOf } from '../process/guest.js';

const NONE = new Map();
const [PATH, OUT, IOVEC, BUFFER] = [1024, 64, 32, 4096];

/** What `SharedChannel` and `SyscallServer` do between them, in one step. */
class DirectChannel {
  parked = 0;

  constructor(host, sendsAhead) {
    Object.assign(this, blockParts(new SharedArrayBuffer(SHARED_BYTES)), { host, sendsAhead, calls: 0 });
  }

  reset() {}

  generation() { return this.host.store.generation; }

  call(op) {
    const { words, data, host } = this;
    this.calls += 1;
    if (!this.sendsAhead) words[WORD.WANTS_AHEAD] = 0;
    words[WORD.OP] = op;
    const { closes, closesAt } = usedBytes(words);
    for (const fd of new Int32Array(data.slice(closesAt, closesAt + closes * 4).buffer)) {
      if (fd < 0) host.fds.openKept(~fd);
      else host.fds.close(fd);
    }
    words[WORD.AHEAD] = 0;
    const errno = dispatch(host.call, NONE);
    words[WORD.GENERATION] = this.generation();
    return errno;
  }
}

/** The guest's side of a process. */
export class Program {
  /** @param {import('../process/guest.js').Guest} host the host's side @param {{ sendsAhead?: boolean }} [options] */
  constructor(host, { sendsAhead = true } = {}) {
    this.host = host;
    this.channel = new DirectChannel(host, sendsAhead);
    Object.assign(host.call, { words: this.channel.words, data: this.channel.data });
    this.guest = new Guest(this.channel, null, 1);
    this.memory = new WebAssembly.Memory({ initial: 4 });
    this.guest.memory.attach(this.memory);
    this.calls = preview1(this.guest);
    this.more = satchelCalls(this.guest);
  }

  get view() { return new DataView(this.memory.buffer); }

  #path(path) {
    const bytes = Buffer.from(path);
    new Uint8Array(this.memory.buffer).set(bytes, PATH);
    return [PATH, bytes.length];
  }

  /** @returns {number | string} descriptor, or an errno's name */
  open(directory, path, { oflags = 0, rights = RIGHTS.FD_READ | RIGHTS.FD_SEEK | RIGHTS.FD_TELL | RIGHTS.FD_FILESTAT_GET, lookup = 1 } = {}) {
    const errno = this.calls.path_open(directory, lookup, ...this.#path(path), oflags, BigInt(rights), 0n, 0, OUT);
    return errno === ERRNO.SUCCESS ? this.view.getUint32(OUT, true) : nameOf(errno);
  }

  /** @returns {string} */
  read(fd, most = 4096) {
    this.view.setUint32(IOVEC, BUFFER, true);
    this.view.setUint32(IOVEC + 4, most, true);
    const errno = this.calls.fd_read(fd, IOVEC, 1, OUT);
    return errno === ERRNO.SUCCESS ? Buffer.from(this.memory.buffer, BUFFER, this.view.getUint32(OUT, true)).toString() : nameOf(errno);
  }

  close(fd) { return nameOf(this.calls.fd_close(fd)); }
  renumber(from, to) { return nameOf(this.calls.fd_renumber(from, to)); }
  tell(fd) { return this.#number(this.calls.fd_tell(fd, OUT)); }
  stat(fd) { return this.#filestat(this.calls.fd_filestat_get(fd, BUFFER)); }
  statAt(directory, path, lookup = 1) { return this.#filestat(this.calls.path_filestat_get(directory, lookup, ...this.#path(path), BUFFER)); }
  unlink(directory, path) { return nameOf(this.calls.path_unlink_file(directory, ...this.#path(path))); }

  #number(errno) { return errno === ERRNO.SUCCESS ? Number(this.view.getBigUint64(OUT, true)) : nameOf(errno); }

  #filestat(errno) {
    if (errno !== ERRNO.SUCCESS) return nameOf(errno);
    const at = (field) => Number(this.view.getBigUint64(BUFFER + STRUCTS.filestat[field], true));
    return { ino: at('ino'), size: at('size'), nlink: at('nlink'), filetype: this.view.getUint8(BUFFER + STRUCTS.filestat.filetype) };
  }
}
