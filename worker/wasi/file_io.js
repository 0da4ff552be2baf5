/**
 * Reading, writing and seeking for the guest: from what is known here where that is possible, else through the host.
 *
 * Counts and errnos share a number: a count is not negative, an errno comes as its negative. One call to the host moves at
 * most a block; a regular file is read on until the buffers are full, as programs expect of it, and a blocking write
 * goes on until all is written.
 */

import { ERRNO, RIGHTS, SIGNAL, STRUCTS, WHENCE } from '../generated/abi.js';
import { then } from './channel.js';
import { behind, scatter, totalLength } from './guest_memory.js';
import { LocalDirectory, LocalFile, LocalRing } from './local_files.js';
import { PIPE_BUF, READER, WRITER } from './ring.js';
import { DATA_BYTES, OP, WORD } from './wire.js';

/** @typedef {import('./guest.js').Guest} Guest */
/** @typedef {import('./channel.js').Now<number>} NowNumber */
/** @typedef {Uint8Array<ArrayBuffer>[]} Buffers */

/** Small reads fetch this much and keep it. */
const READ_AHEAD = 32_768;
/** Most that one call of the guest moves through the host. */
const CALL_BYTES = 256 * DATA_BYTES;
/** Without one of these there is an errno to be had from the host. */
const LOCAL_RIGHTS = RIGHTS.FD_READ | RIGHTS.FD_SEEK | RIGHTS.FD_TELL | RIGHTS.FD_FILESTAT_GET;
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** @param {Guest} guest @param {number} fd @param {Buffers} buffers @returns {NowNumber} count, or minus an errno */
export function read(guest, fd, buffers) {
  const local = guest.locals.get(fd);
  if (local instanceof LocalRing && local.side === READER && buffers.length > 0) return guest.readRing(local.ring, buffers);
  const file = guest.privateFile(fd);
  if (file === null || buffers.length === 0) return hostRead(guest, fd, buffers, 0, local instanceof LocalFile);
  return then(readAt(guest, fd, file.offset, buffers), (count) => {
    if (count > 0) file.offset += count;
    return count;
  });
}

/** @param {Guest} guest @param {number} fd @param {bigint} position unsigned @param {Buffers} buffers @returns {NowNumber} */
export function pread(guest, fd, position, buffers) {
  if (guest.privateFile(fd) !== null && position <= MAX_SAFE && buffers.length > 0) return readAt(guest, fd, Number(position), buffers);
  return hostPread(guest, fd, position, buffers, 0);
}

/** @param {Guest} guest @param {number} fd of a private file @param {number} position @param {Buffers} buffers not empty @returns {NowNumber} */
function readAt(guest, fd, position, buffers) {
  const file = /** @type {LocalFile} */ (guest.privateFile(fd));
  const known = file.fromWindow(position, totalLength(buffers), guest.channel.generation());
  if (known === null) return hostPread(guest, fd, BigInt(position), buffers, 0);
  scatter(known, buffers);
  return known.length;
}

/** @param {Guest} guest @param {number} fd @param {Buffers} buffers @param {number} done @param {boolean} isRegular @returns {NowNumber} */
function hostRead(guest, fd, buffers, done, isRegular) {
  const rest = behind(buffers, done);
  const most = Math.min(totalLength(rest), DATA_BYTES);
  guest.request(fd, most);
  return then(guest.call(OP.FD_READ), (errno) => {
    if (errno !== ERRNO.SUCCESS) return done > 0 ? done : -errno;
    const { length } = guest;
    scatter(guest.data.subarray(0, length), rest);
    const isMore = isRegular && length === most && goesOn(buffers, done + length);
    return isMore ? hostRead(guest, fd, buffers, done + length, isRegular) : done + length;
  });
}

/** @param {Buffers} buffers @param {number} done bytes of them */
function goesOn(buffers, done) {
  return done > 0 && done < Math.min(totalLength(buffers), CALL_BYTES);
}

/** @param {Guest} guest @param {number} fd @param {bigint} position @param {Buffers} buffers @param {number} done @returns {NowNumber} */
function hostPread(guest, fd, position, buffers, done) {
  const rest = behind(buffers, done);
  const wanted = totalLength(rest);
  const file = guest.privateFile(fd);
  const ahead = file !== null && wanted < READ_AHEAD;
  const most = ahead ? READ_AHEAD : Math.min(wanted, DATA_BYTES);
  guest.request(fd, most);
  guest.put64(2, position);
  return then(guest.call(OP.FD_PREAD), (errno) => {
    if (errno !== ERRNO.SUCCESS) return done > 0 ? done : -errno;
    const answer = guest.data.subarray(0, guest.length);
    if (ahead) {
      const generation = /** @type {number} */ (guest.words[WORD.GENERATION]);
      file.setWindow(answer.slice(), Number(position), answer.length < most, generation);
    }
    scatter(answer, rest);
    const count = Math.min(answer.length, wanted);
    const isMore = count === most && goesOn(buffers, done + count);
    return isMore ? hostPread(guest, fd, position + BigInt(count), buffers, done + count) : done + count;
  });
}

/** @param {Guest} guest @param {number} fd @param {Buffers} buffers @returns {NowNumber} */
export function write(guest, fd, buffers) {
  const local = guest.locals.get(fd);
  if (local instanceof LocalRing && local.side === WRITER && buffers.length > 0) {
    return guest.writeRing(local.ring, totalLength(buffers) <= PIPE_BUF ? joined(buffers) : buffers);
  }
  guest.share(fd);
  return hostWrite(guest, fd, OP.FD_WRITE, null, buffers, 0);
}

/** @param {Guest} guest @param {number} fd @param {bigint} position @param {Buffers} buffers @returns {NowNumber} */
export function pwrite(guest, fd, position, buffers) {
  return hostWrite(guest, fd, OP.FD_PWRITE, position, buffers, 0);
}

/** So that a small write arrives in one piece. @param {Buffers} buffers @returns {Buffers} */
function joined(buffers) {
  if (buffers.length < 2) return buffers;
  const whole = new Uint8Array(totalLength(buffers));
  let at = 0;
  for (const buffer of buffers) {
    whole.set(buffer, at);
    at += buffer.length;
  }
  return [whole];
}

/** @param {Guest} guest @param {number} fd @param {number} op @param {bigint | null} position @param {Buffers} buffers @param {number} done @returns {NowNumber} */
function hostWrite(guest, fd, op, position, buffers, done) {
  guest.request(fd);
  if (position !== null) guest.put64(1, position + BigInt(done));
  const length = gather(buffers, done, guest.data.subarray(0, guest.room));
  guest.words[WORD.LENGTH] = length;
  return then(guest.call(op), (errno) => {
    if (errno === ERRNO.PIPE) guest.die(SIGNAL.PIPE);
    if (errno !== ERRNO.SUCCESS) return done > 0 ? done : -errno;
    const count = guest.result(0);
    const isMore = count === length && goesOn(buffers, done + count);
    return isMore ? hostWrite(guest, fd, op, position, buffers, done + count) : done + count;
  });
}

/** Fill `target` with what lies behind the first `done` bytes. @param {Buffers} buffers @param {number} done @param {Uint8Array} target */
function gather(buffers, done, target) {
  let at = 0;
  for (const buffer of behind(buffers, done)) {
    const part = buffer.subarray(0, target.length - at);
    target.set(part, at);
    at += part.length;
    if (at === target.length) break;
  }
  return at;
}

/** @param {Guest} guest @param {number} fd @param {bigint} offset signed @param {number} whence @param {number} out */
export function seek(guest, fd, offset, whence, out) {
  const file = guest.privateFile(fd);
  const base = file === null ? null
    : whence === WHENCE.SET ? 0
    : whence === WHENCE.CUR ? file.offset
    : whence === WHENCE.END && file.statGeneration === guest.channel.generation() ? file.size : null;
  if (file === null || base === null) return hostSeek(guest, fd, offset, whence, out);
  const to = BigInt(base) + offset;
  if (to < 0n || to > MAX_SAFE) return ERRNO.INVAL;
  guest.memory.setU64(out, to);
  file.offset = Number(to);
  return ERRNO.SUCCESS;
}

/** @param {Guest} guest @param {number} fd @param {bigint} offset @param {number} whence @param {number} out @returns {NowNumber} */
function hostSeek(guest, fd, offset, whence, out) {
  guest.share(fd);
  guest.request(fd);
  guest.put64(1, offset);
  guest.words[WORD.ARG + 3] = whence;
  return then(guest.call(OP.FD_SEEK), (errno) => {
    if (errno === ERRNO.SUCCESS) guest.memory.setU64(out, guest.get64(0));
    return errno;
  });
}

/** @param {Guest} guest @param {number} fd @param {number} out */
export function filestat(guest, fd, out) {
  const local = guest.locals.get(fd);
  const file = local instanceof LocalRing || local === undefined ? null : local;
  if (file !== null && file.statGeneration === guest.channel.generation()) {
    guest.memory.set(out, file.stat);
    return ERRNO.SUCCESS;
  }
  guest.request(fd);
  return then(guest.call(OP.FD_FILESTAT_GET), (errno) => {
    if (errno !== ERRNO.SUCCESS) return errno;
    const stat = guest.data.slice(0, STRUCTS.filestat.SIZEOF);
    guest.memory.set(out, stat);
    file?.setStat(stat, /** @type {number} */ (guest.words[WORD.GENERATION]));
    return errno;
  });
}

/**
 * After a successful `path_open`: keep what came along.
 * @param {Guest} guest @param {number} fd @param {number} rights of the descriptor
 */
export function opened(guest, fd, rights) {
  const kind = guest.result(1);
  if (kind === 0) return;
  const length = guest.words[WORD.AHEAD] || guest.length;
  const { SIZEOF } = STRUCTS.filestat;
  const isKnown = kind === 1 && guest.channel.generation() !== null && length >= SIZEOF;
  const file = new LocalFile(isKnown && (rights & LOCAL_RIGHTS) === LOCAL_RIGHTS);
  guest.locals.set(fd, file);
  if (!file.isPrivate) return;
  const generation = /** @type {number} */ (guest.words[WORD.GENERATION]);
  file.setStat(guest.data.slice(0, SIZEOF), generation);
  file.setWindow(guest.data.slice(SIZEOF, length), 0, length - SIZEOF >= file.size, generation);
}

/** The same for what is known to be a directory. @param {Guest} guest @param {number} fd @param {number} rights */
export function openedDirectory(guest, fd, rights) {
  const stat = guest.data.slice(0, STRUCTS.filestat.SIZEOF);
  const isKnown = (rights & RIGHTS.FD_FILESTAT_GET) !== 0;
  guest.locals.set(fd, new LocalDirectory(stat, isKnown ? /** @type {number} */ (guest.words[WORD.GENERATION]) : -1));
}

/**
 * Open a file that came along with another one, without the host.
 * @param {Guest} guest @param {string} path as codes @param {unknown[]} key the other arguments of `path_open` @returns {number} its
 * descriptor; -1 when only the host can open it
 */
export function openKnown(guest, path, key) {
  const ahead = guest.files;
  const known = ahead?.find(path, key, guest.channel.generation());
  if (!ahead || known === undefined) return -1;
  const file = new LocalFile(true);
  file.setStat(ahead.stat(known.at), ahead.generation);
  file.setWindow(ahead.content(known.at), 0, true, ahead.generation);
  return guest.openHere(known.index, file);
}

/**
 * Directory entries until the buffer is full or the end is reached: a buffer that is not full means the end.
 * @param {Guest} guest @param {number} fd @param {number} buffer @param {number} size @param {bigint} cookie @param {number} out
 * @param {number} [done] @returns {NowNumber}
 */
export function readdir(guest, fd, buffer, size, cookie, out, done = 0) {
  const most = Math.min((size >>> 0) - done, DATA_BYTES);
  guest.request(fd, most);
  guest.put64(2, cookie);
  return then(guest.call(OP.FD_READDIR), (errno) => {
    if (errno !== ERRNO.SUCCESS) return errno;
    const { length, memory } = guest;
    memory.set(buffer + done, guest.data.subarray(0, length));
    const last = length === most && done + length < size >>> 0 ? lastWholeEntry(guest, buffer + done, length) : null;
    if (last !== null) return readdir(guest, fd, buffer, size, last.next, out, done + last.end);
    memory.setU32(out, done + length);
    return errno;
  });
}

/** @param {Guest} guest @param {number} start @param {number} length */
function lastWholeEntry({ memory }, start, length) {
  const { SIZEOF, next, namlen } = STRUCTS.dirent;
  let found = null;
  for (let at = 0; at + SIZEOF <= length; ) {
    const end = at + SIZEOF + memory.u32(start + at + namlen);
    if (end > length) break;
    found = { next: memory.u64(start + at + next), end };
    at = end;
  }
  return found;
}
