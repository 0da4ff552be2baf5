/**
 * The calls of preview 1 that take a descriptor.
 *
 * Each is a row of the table at the end: what it does, the right it needs, and under which name an open file's kind says
 * why it cannot.
 */

import { ADVICE, ERRNO, RIGHTS, STRUCTS, WHENCE } from '../generated/abi.js';
import { FsError } from '../fs/errno.js';
import { encodeText } from '../fs/names.js';
import { OP, WORD } from '../wasi/wire.js';
import { gate } from './access_table.js';
import { changeRefusal, first } from './lookup.js';
import { ALL_FDFLAGS, argument, Directory, filetypeOf, i64, RegularFile, setU64, viewOf } from './open_file.js';
import { timesArgument } from './path_calls.js';

/** @typedef {import('../fs/inode.js').Inode} Inode */
/** @typedef {import('./open_file.js').OpenFile} OpenFile */
/** @typedef {import('./open_file.js').ErrnoTable} ErrnoTable */
/** @typedef {import('./fd_table.js').Descriptor} Descriptor */
/** @typedef {import('./host_call.js').HostCall} HostCall */
/** @typedef {import('./host_call.js').Handler} Handler */
/** @typedef {(call: HostCall, file: any, descriptor: Descriptor) => number} FdHandler `file` is of a kind that has the right */

/** Largest offset that is one. */
const MAX_OFFSET = 2 ** 63;

/** @param {HostCall} call @returns {number} LENGTH of the request */
function length(call) {
  return /** @type {number} */ (call.words[WORD.LENGTH]);
}

/** @type {FdHandler} */
function fdstatGet(call, file, descriptor) {
  const view = viewOf(call);
  const at = STRUCTS.fdstat;
  setU64(view, at.filetype, file.filetype);
  view.setUint16(at.flags, file.flags, true);
  setU64(view, at.rights_base, descriptor.base);
  setU64(view, at.rights_inheriting, descriptor.inheriting);
  call.words[WORD.LENGTH] = at.SIZEOF;
  return 0;
}

/** @type {FdHandler} */
function fdstatSetFlags(call, file) {
  const flags = argument(call, 1);
  if ((flags & ~ALL_FDFLAGS) !== 0) return ERRNO.INVAL;
  file.flags = flags;
  return 0;
}

/** Rights can only be given up. @type {FdHandler} */
function fdstatSetRights(call, _file, descriptor) {
  const base = argument(call, 1);
  const inheriting = argument(call, 3);
  if (((base & ~descriptor.base) | (inheriting & ~descriptor.inheriting) | argument(call, 2) | argument(call, 4)) !== 0) {
    return ERRNO.NOTCAPABLE;
  }
  descriptor.base = base;
  descriptor.inheriting = inheriting;
  return 0;
}

/** @type {FdHandler} */
function filestatGet(call, file) {
  file.stat(viewOf(call));
  call.words[WORD.LENGTH] = STRUCTS.filestat.SIZEOF;
  return 0;
}

/** May the attributes of an open file be changed? Its content may if it was opened for that, which asked the policy.
 * @param {HostCall} call @param {RegularFile | Directory} file @returns {number} 0, an errno or PENDING */
export function attributeRefusal(call, file) {
  first.store = file.store;
  first.inode = file.inode;
  first.parent = file instanceof RegularFile ? file.parent : undefined;
  first.name = file instanceof RegularFile ? file.name : '';
  const directory = file instanceof RegularFile ? file.directory : file;
  return changeRefusal(call.process, directory, file.store) || gate(call, 'write', directory, first);
}

/** @param {OpenFile} file @returns {file is RegularFile | Directory} */
export function isInStore(file) {
  return file instanceof RegularFile || file instanceof Directory;
}

/** @type {FdHandler} */
function filestatSetTimes(/** @type {HostCall} */ call, /** @type {OpenFile} */ file) {
  if (!isInStore(file)) return 0;
  const times = timesArgument(call, 1, file.store.now);
  if (times === null) return ERRNO.INVAL;
  const errno = attributeRefusal(call, file);
  if (errno === 0 && (times.atime !== undefined || times.mtime !== undefined)) file.store.setAttributes(file.inode, times);
  return errno;
}

/** @param {HostCall} call @param {RegularFile} file @param {number} size @returns {number} */
function sizeRefusal(call, file, size) {
  if (size < 0) return ERRNO.INVAL;
  return size > Math.min(call.process.limits.fileBytes, file.store.quota.limits.fileBytes) ? ERRNO.FBIG : 0;
}

/** @type {FdHandler} */
function filestatSetSize(/** @type {HostCall} */ call, /** @type {RegularFile} */ file) {
  const size = i64(call, 1);
  const errno = sizeRefusal(call, file, size);
  if (errno === 0) file.store.truncate(file.inode, size);
  return errno;
}

/** @type {FdHandler} */
function allocate(/** @type {HostCall} */ call, /** @type {RegularFile} */ file) {
  const [offset, count] = [i64(call, 1), i64(call, 3)];
  if (offset < 0 || count <= 0) return ERRNO.INVAL;
  const errno = sizeRefusal(call, file, offset + count);
  if (errno === 0) file.store.allocate(file.inode, offset, count);
  return errno;
}

/** @type {FdHandler} */
function advise(call) {
  const [offset, count, advice] = [i64(call, 1), i64(call, 3), argument(call, 5)];
  return offset < 0 || count < 0 || offset + count >= MAX_OFFSET || advice < 0 || advice > ADVICE.NOREUSE ? ERRNO.INVAL : 0;
}

/** @type {FdHandler} */
function seek(call, file) {
  const whence = argument(call, 3);
  return whence < 0 || whence > WHENCE.END ? ERRNO.INVAL : file.seek(call, i64(call, 1), whence);
}

/** An entry of a listing. @param {DataView} view @param {number} at @param {number} next @param {number} ino @param {number} type
 * @param {number} nameLength */
function encodeDirent(view, at, next, ino, type, nameLength) {
  const field = STRUCTS.dirent;
  setU64(view, at + field.next, next);
  setU64(view, at + field.ino, ino);
  view.setUint32(at + field.namlen, nameLength, true);
  view.setUint32(at + field.type, type, true);
}

const cut = new Uint8Array(STRUCTS.dirent.SIZEOF + 255);
const cutView = new DataView(cut.buffer);

/**
 * The entries behind a cookie: `.` and `..` have cookies 1 and 2, then each its own plus 2.
 * @param {HostCall} call @param {Directory} directory @param {number} cookie
 * @param {(name: string, inode: Inode, cookie: number) => boolean} take gives whether there was room
 */
function listEntries(call, directory, cookie, take) {
  const { store, inode, place, confinement } = directory;
  const { root } = call.process;
  if (cookie < 1 && !take('.', inode, 1)) return;
  const isTop = inode.parent === null || inode === confinement?.inode;
  if (cookie < 2 && !take('..', isTop ? inode : confinement === null ? root.above(place).inode : /** @type {Inode} */ (inode.parent), 2)) {
    return;
  }
  const isNamespace = confinement === null && root.isNamespace(store);
  let after = Math.max(0, cookie - 2);
  const resumed = directory.listing?.after === after ? directory.listing : null;
  const entries = resumed?.entries ?? store.list(inode, after);
  directory.listing = null;
  let entry = resumed?.next ?? nextOf(entries);
  for (; entry !== undefined; entry = nextOf(entries)) {
    if (inode.entries?.get(entry.name)?.cookie !== entry.cookie) continue;
    const shown = isNamespace ? root.child(place, entry.name)?.inode ?? entry.inode : entry.inode;
    if (!take(entry.name, shown, entry.cookie + 2)) {
      directory.listing = { after, entries, next: entry };
      return;
    }
    after = entry.cookie;
  }
}

/** @template T @param {Iterator<T, void>} iterator @returns {T | undefined} */
function nextOf(iterator) {
  return iterator.next().value ?? undefined;
}

/** Write a name where there is room for 255 bytes. @param {Uint8Array} target @param {number} at @param {string} name @returns {number} bytes */
function writeName(target, at, name) {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code >= 0x80) {
      const bytes = encodeText(name);
      target.set(bytes, at);
      return bytes.length;
    }
    target[at + i] = code;
  }
  return name.length;
}

/** @type {FdHandler} */
function readdir(/** @type {HostCall} */ call, /** @type {Directory} */ directory) {
  const { data } = call;
  const view = viewOf(call);
  const most = Math.min(argument(call, 1) >>> 0, data.length);
  const header = STRUCTS.dirent.SIZEOF;
  let used = 0;
  listEntries(call, directory, i64(call, 2), (name, inode, cookie) => {
    const type = filetypeOf(inode);
    const fits = used + cut.length <= most;
    const nameLength = fits ? writeName(data, used + header, name) : writeName(cut, header, name);
    encodeDirent(fits ? view : cutView, fits ? used : 0, cookie, inode.ino, type, nameLength);
    const end = Math.min(most, used + header + nameLength);
    if (!fits) data.set(cut.subarray(0, end - used), used);
    const isWhole = end - used === header + nameLength;
    used = end;
    return isWhole;
  });
  call.words[WORD.LENGTH] = used;
  return 0;
}

/** @type {FdHandler} */
function prestatDirName(call, _file, descriptor) {
  if (descriptor.preopen === null) return ERRNO.BADF;
  const name = encodeText(descriptor.preopen);
  call.data.set(name);
  call.words[WORD.LENGTH] = name.length;
  return 0;
}

/** @type {Handler} */
function close(call) {
  return call.process.fds.close(argument(call, 0)) ? 0 : ERRNO.BADF;
}

/** @type {Handler} */
function renumber(call) {
  call.process.fds.renumber(argument(call, 0), argument(call, 1));
  return 0;
}

/** @param {HostCall} call @param {number} index @returns {number} @throws {FsError} EINVAL */
function position(call, index) {
  const offset = i64(call, index);
  if (offset < 0) throw new FsError('EINVAL', 'the offset is negative');
  return offset;
}

/** Look the descriptor up, then check its rights. @param {FdHandler} handler @param {number} [right] @param {keyof ErrnoTable} [use]
 * @returns {Handler} */
export function onDescriptor(handler, right = 0, use = 'stat') {
  return (call) => {
    const descriptor = call.process.fds.get(argument(call, 0));
    if (descriptor === undefined) return ERRNO.BADF;
    return descriptor.refusal(right, use) || handler(call, descriptor.file, descriptor);
  };
}

/** @type {FdHandler} */
const done = () => 0;

/** @type {ReadonlyMap<number, Handler>} */
export const FD_HANDLERS = new Map([
  [OP.FD_ADVISE, onDescriptor(advise, RIGHTS.FD_ADVISE, 'advise')],
  [OP.FD_ALLOCATE, onDescriptor(allocate, RIGHTS.FD_ALLOCATE, 'allocate')],
  [OP.FD_CLOSE, close],
  // What is written is in the store at once; making the store durable is its owner's affair.
  [OP.FD_DATASYNC, onDescriptor(done, RIGHTS.FD_DATASYNC, 'sync')],
  [OP.FD_SYNC, onDescriptor(done, RIGHTS.FD_SYNC, 'sync')],
  [OP.FD_FDSTAT_GET, onDescriptor(fdstatGet)],
  [OP.FD_FDSTAT_SET_FLAGS, onDescriptor(fdstatSetFlags, RIGHTS.FD_FDSTAT_SET_FLAGS, 'flags')],
  [OP.FD_FDSTAT_SET_RIGHTS, onDescriptor(fdstatSetRights)],
  [OP.FD_FILESTAT_GET, onDescriptor(filestatGet, RIGHTS.FD_FILESTAT_GET, 'stat')],
  [OP.FD_FILESTAT_SET_SIZE, onDescriptor(filestatSetSize, RIGHTS.FD_FILESTAT_SET_SIZE, 'resize')],
  [OP.FD_FILESTAT_SET_TIMES, onDescriptor(filestatSetTimes, RIGHTS.FD_FILESTAT_SET_TIMES, 'times')],
  [OP.FD_READ, onDescriptor((call, file) => file.read(call, argument(call, 1) >>> 0), RIGHTS.FD_READ, 'read')],
  [OP.FD_PREAD, onDescriptor((call, file) => file.pread(call, argument(call, 1) >>> 0, position(call, 2)),
    RIGHTS.FD_READ | RIGHTS.FD_SEEK, 'pread')],
  [OP.FD_WRITE, onDescriptor((call, file) => file.write(call, length(call)), RIGHTS.FD_WRITE, 'write')],
  [OP.FD_PWRITE, onDescriptor((call, file) => file.pwrite(call, length(call), position(call, 1)),
    RIGHTS.FD_WRITE | RIGHTS.FD_SEEK, 'pwrite')],
  [OP.FD_PRESTAT_DIR_NAME, onDescriptor(prestatDirName)],
  [OP.FD_READDIR, onDescriptor(readdir, RIGHTS.FD_READDIR, 'list')],
  [OP.FD_RENUMBER, renumber],
  [OP.FD_SEEK, seekOrTell],
  // There are no sockets.
  [OP.SOCK, onDescriptor(() => ERRNO.NOTSOCK)],
]);

/** Telling needs the lesser right. @param {HostCall} call @returns {number} */
function seekOrTell(call) {
  const tells = (argument(call, 1) | argument(call, 2)) === 0 && argument(call, 3) === WHENCE.CUR;
  const descriptor = call.process.fds.get(argument(call, 0));
  const lesser = tells && descriptor !== undefined && (descriptor.base & RIGHTS.FD_SEEK) === 0;
  return (lesser ? tell : fullSeek)(call);
}
const fullSeek = onDescriptor(seek, RIGHTS.FD_SEEK, 'seek');
const tell = onDescriptor(seek, RIGHTS.FD_TELL, 'seek');
