/**
 * `satchel_fs_v1`: modes, access, the creation mask, locks, the path of an open directory.
 */

import { ACCESS_MODE, ERRNO, RIGHTS } from '../generated/abi.js';
import { encodeText } from '../fs/names.js';
import { OP, WORD } from '../wasi/wire.js';
import { gate } from './access_table.js';
import { attributeRefusal, isInStore, onDescriptor } from './fd_calls.js';
import { lockFile } from './file_locks.js';
import { changeRefusal, directoryPath, find, first, followArgument, foundPath } from './lookup.js';
import { argument, Directory } from './open_file.js';
import { directoryOf, MAY_READ, MAY_WRITE, onlyPath } from './path_calls.js';

/** @typedef {import('./host_call.js').HostCall} HostCall */
/** @typedef {import('./host_call.js').Handler} Handler */
/** @typedef {import('./open_file.js').OpenFile} OpenFile */

const MAY_EXECUTE = 0o100;

/** @param {HostCall} call @param {OpenFile} file @returns {number} */
function fdChmod(call, file) {
  if (!isInStore(file)) return ERRNO.INVAL;
  const errno = attributeRefusal(call, file);
  if (errno === 0) file.store.setAttributes(file.inode, { mode: argument(call, 1) });
  return errno;
}

/** The path of a call into `first`. @param {HostCall} call @param {number} right @returns {Directory} */
function findArgument(call, right) {
  const directory = directoryOf(call, right);
  find(call.process, directory, onlyPath(call), followArgument(call), first);
  return directory;
}

/** @type {Handler} */
function pathChmod(call) {
  const directory = findArgument(call, RIGHTS.PATH_FILESTAT_SET_TIMES);
  if (first.inode === undefined) return ERRNO.NOENT;
  if (first.inode.isSymlink) return ERRNO.NOTSUP;
  const errno = changeRefusal(call.process, directory, first.store) || gate(call, 'write', directory, first);
  if (errno === 0) first.store.setAttributes(first.inode, { mode: argument(call, 2) });
  return errno;
}

/** What is asked about is not tried: `ask` counts as allowed, and a no is not noted. @type {Handler} */
function pathAccess(call) {
  const directory = findArgument(call, RIGHTS.PATH_FILESTAT_GET);
  const mode = argument(call, 2);
  const { store, inode } = first;
  if ((mode & ~(ACCESS_MODE.READ | ACCESS_MODE.WRITE | ACCESS_MODE.EXECUTE)) !== 0) return ERRNO.INVAL;
  if (inode === undefined) return ERRNO.NOENT;
  const { process } = call;
  const writes = (mode & ACCESS_MODE.WRITE) !== 0;
  const reads = (mode & ACCESS_MODE.READ) !== 0;
  const isSystem = directory.confinement === null && process.root.isReadOnly(store);
  if (writes && (inode.isFile || inode.isDirectory)) {
    const errno = changeRefusal(process, directory, store);
    if (errno !== 0) return errno;
  }
  const bits = (reads ? MAY_READ : 0) | (writes ? MAY_WRITE : 0) | ((mode & ACCESS_MODE.EXECUTE) !== 0 ? MAY_EXECUTE : 0);
  if ((inode.mode & bits) !== bits) return ERRNO.ACCES;
  if (isSystem || (!reads && !writes)) return 0;
  const path = foundPath(process, directory, first);
  const denied = (writes && process.access.verdict('write', path) === 'deny')
    || (reads && inode.isFile && process.access.verdict('read', path) === 'deny');
  return denied ? ERRNO.ACCES : 0;
}

/** @type {Handler} */
function umask(call) {
  const { process, words } = call;
  const mask = argument(call, 0) & 0o777;
  words[WORD.ARG] = process.umask;
  process.umask = mask;
  return 0;
}

/** @param {HostCall} call @param {OpenFile} file @returns {number} */
function fdPath(call, file) {
  if (!(file instanceof Directory)) return ERRNO.NOTDIR;
  const path = encodeText(directoryPath(call.process, file, file.store, file.inode));
  call.data.set(path);
  call.words[WORD.LENGTH] = path.length;
  return 0;
}

/** @type {ReadonlyMap<number, Handler>} */
export const FS_HANDLERS = new Map([
  [OP.FS_FD_CHMOD, onDescriptor(fdChmod)],
  [OP.FS_PATH_CHMOD, pathChmod],
  [OP.FS_PATH_ACCESS, pathAccess],
  [OP.FS_UMASK, umask],
  [OP.FS_FD_LOCK, onDescriptor((call, file) => (isInStore(file) ? lockFile(call, file, file.inode, argument(call, 1)) : ERRNO.BADF))],
  [OP.FS_FD_PATH, onDescriptor(fdPath)],
]);
