/**
 * Character devices of `/dev`: what opening one gives.
 *
 * `/dev/stdin` and `/dev/fd/N` are other names of a descriptor: opening one gives the same open file again.
 */

import { ERRNO, FILETYPE, RIGHTS } from '../generated/abi.js';
import { FsError } from '../fs/errno.js';
import { WORD } from '../wasi/wire.js';
import { Descriptor } from './fd_table.js';
import { DEVICE_RIGHTS, encodeInode, OpenFile } from './open_file.js';

/** @typedef {import('../fs/inode.js').Inode} Inode */
/** @typedef {import('../fs/inode_store.js').InodeStore} InodeStore */
/** @typedef {import('./host_call.js').HostCall} HostCall */
/** @typedef {import('./host_call.js').Process} Process */

/** Device numbers: those of Linux (major << 8 | minor), and from FD on the descriptors. */
export const DEVICE = Object.freeze({ NULL: 0x103, ZERO: 0x105, FULL: 0x107, RANDOM: 0x108, URANDOM: 0x109, TTY: 0x500, FD: 0x1_0000 });

export class Device extends OpenFile {
  /** @param {InodeStore} store @param {Inode} inode @param {number} flags */
  constructor(store, inode, flags) {
    super(FILETYPE.CHARACTER_DEVICE, DEVICE_RIGHTS, flags);
    this.store = store;
    this.inode = inode;
  }

  /** @override @param {HostCall} call @param {number} most */
  read(call, most) {
    const number = this.inode.rdev;
    const length = number === DEVICE.NULL ? 0 : Math.min(most, call.data.length);
    if (number === DEVICE.ZERO || number === DEVICE.FULL) call.data.fill(0, 0, length);
    // Random bytes cannot be put into shared memory directly.
    else if (length > 0) call.data.set(crypto.getRandomValues(new Uint8Array(length)));
    call.words[WORD.LENGTH] = length;
    return 0;
  }

  /** @override @param {HostCall} call @param {number} length */
  write(call, length) {
    if (this.inode.rdev === DEVICE.FULL && length > 0) return ERRNO.NOSPC;
    call.words[WORD.ARG] = length;
    return 0;
  }

  /** @override @param {HostCall} call @param {number} most */
  pread(call, most) {
    return this.read(call, most);
  }

  /** @override @param {HostCall} call @param {number} length */
  pwrite(call, length) {
    return this.write(call, length);
  }

  /** There is one position only. @override @param {HostCall} call */
  seek(call) {
    call.words[WORD.ARG] = call.words[WORD.ARG + 1] = 0;
    return 0;
  }

  /** @override @param {DataView} view */
  stat(view) {
    encodeInode(view, this.store, this.inode);
  }
}

/** Whether a device is another name of a descriptor. @param {Inode} inode */
export function isDescriptorDevice(inode) {
  return inode.rdev >= DEVICE.FD;
}

/** @param {Process} process @param {InodeStore} store @param {Inode} inode a device @param {number} base rights wanted
 * @param {number} flags FDFLAGS @returns {Descriptor} not in the table yet
 * @throws {FsError} ENXIO when there is nothing behind it, EACCES when the descriptor behind it may do less */
export function openDevice(process, store, inode, base, flags) {
  const number = inode.rdev;
  if (number > 0 && number < DEVICE.TTY) return new Descriptor(new Device(store, inode, flags), base, 0);
  if (number === DEVICE.TTY && process.terminal !== undefined) return new Descriptor(process.terminal, base, 0);
  const original = isDescriptorDevice(inode) ? process.fds.get(number - DEVICE.FD) : undefined;
  if (original === undefined) throw new FsError('ENXIO', 'there is nothing behind the device');
  if ((base & ~original.base & (RIGHTS.FD_READ | RIGHTS.FD_WRITE)) !== 0) throw new FsError('EACCES', 'the descriptor may do less');
  return new Descriptor(original.file, base & original.base, original.inheriting);
}
