/**
 * The descriptors of one process: small numbers for open files, with the rights each one carries.
 */

import { ALL_RIGHTS, ERRNO, RIGHTS } from '../generated/abi.js';
import { FsError } from '../fs/errno.js';

/** @typedef {import('./open_file.js').OpenFile} OpenFile */
/** @typedef {import('./open_file.js').ErrnoTable} ErrnoTable */

const TRANSFER = RIGHTS.FD_READ | RIGHTS.FD_WRITE;

export class Descriptor {
  /** @param {OpenFile} file @param {number} base rights of it @param {number} inheriting rights of what is opened through it
   * @param {string | null} preopen name under which the guest finds it */
  constructor(file, base = file.rights, inheriting = ALL_RIGHTS, preopen = null) {
    this.file = file;
    this.base = base;
    this.inheriting = inheriting;
    this.preopen = preopen;
  }

  /** Why it cannot be used so: NOTCAPABLE (BADF where it was not opened to read, or to write), or its kind's errno when no
   * descriptor of that kind could; 0 when it can. @param {number} right @param {keyof ErrnoTable} use @returns {number} */
  refusal(right, use) {
    if ((this.base & right) === right) return 0;
    if ((this.file.rights & right) !== right) return this.file.errnos[use];
    return use !== 'poll' && (right & ~this.base & TRANSFER) !== 0 ? ERRNO.BADF : ERRNO.NOTCAPABLE;
  }

  /** Another descriptor of the same open file. @param {string | null} [preopen] */
  duplicate(preopen = null) {
    return new Descriptor(this.file, this.base, this.inheriting, preopen);
  }
}

export class FdTable {
  /** @type {(Descriptor | undefined)[]} */
  #table = [];
  /** No number below it is free. */
  #lowest = 0;
  #count = 0;
  /** Files that the guest may open by itself; those it has opened are gone. @type {(Descriptor | undefined)[]} */
  #kept = [];

  /** @param {number} limit numbers from here on are never given out */
  constructor(limit) {
    this.limit = limit;
  }

  /** How many are open. */
  get count() {
    return this.#count;
  }

  /** @param {number} fd @returns {Descriptor | undefined} */
  get(fd) {
    return this.#table[fd];
  }

  /** Open descriptors in order. @returns {Generator<[number, Descriptor]>} */
  *entries() {
    for (const [fd, descriptor] of this.#table.entries()) if (descriptor !== undefined) yield [fd, descriptor];
  }

  /** The number `insert` would give. @param {number} [minimum] @throws {FsError} EMFILE */
  vacant(minimum = 0) {
    let fd = Math.max(minimum, this.#lowest);
    while (this.#table[fd] !== undefined) fd += 1;
    if (fd >= this.limit) throw new FsError('EMFILE', `a process has at most ${this.limit} descriptors`);
    if (minimum <= this.#lowest) this.#lowest = fd;
    return fd;
  }

  /** The number that comes next, -1 when there is none. */
  get free() {
    let fd = this.#lowest;
    while (this.#table[fd] !== undefined) fd += 1;
    this.#lowest = fd;
    return fd < this.limit ? fd : -1;
  }

  /** @param {Descriptor} descriptor @param {number} [minimum] @returns {number} the lowest free number @throws {FsError} EMFILE */
  insert(descriptor, minimum = 0) {
    const fd = this.vacant(minimum);
    this.put(fd, descriptor);
    return fd;
  }

  /** Make `fd` that descriptor; what it was is closed. @param {number} fd below the limit @param {Descriptor} descriptor not in a table yet */
  put(fd, descriptor) {
    descriptor.file.refs += 1;
    this.close(fd);
    while (this.#table.length < fd) this.#table.push(undefined);
    this.#table[fd] = descriptor;
    this.#count += 1;
  }

  /** @param {number} fd @returns {boolean} whether it was open */
  close(fd) {
    const descriptor = this.#table[fd];
    if (descriptor === undefined) return false;
    this.#table[fd] = undefined;
    this.#count -= 1;
    this.#lowest = Math.min(this.#lowest, fd);
    descriptor.file.refs -= 1;
    if (descriptor.file.refs === 0) descriptor.file.close();
    return true;
  }

  /** Keep files that are open already for the guest to open; those kept before are dropped. @param {Descriptor[]} descriptors */
  keep(descriptors) {
    for (const descriptor of this.#kept) descriptor?.file.close();
    this.#kept = descriptors;
  }

  /** The guest has opened one. @param {number} index */
  openKept(index) {
    const descriptor = this.#kept[index];
    if (descriptor === undefined) return;
    this.#kept[index] = undefined;
    this.insert(descriptor);
  }

  closeAll() {
    this.keep([]);
    for (let fd = 0; fd < this.#table.length; fd++) this.close(fd);
    this.#table = [];
    this.#lowest = 0;
  }

  /** Both must be open. @param {number} from closed afterwards @param {number} to @throws {FsError} EBADF */
  renumber(from, to) {
    const descriptor = this.#open(from);
    this.#open(to);
    if (from === to) return;
    this.put(to, descriptor);
    this.close(from);
  }

  /** @param {number} fd @param {number} minimum @returns {number} @throws {FsError} EBADF, EINVAL, EMFILE */
  dup(fd, minimum) {
    const descriptor = this.#open(fd);
    if (minimum < 0 || minimum >= this.limit) throw new FsError('EINVAL', 'no such descriptor number');
    return this.insert(descriptor.duplicate(), minimum);
  }

  /** @param {number} fd @param {number} to @throws {FsError} EBADF */
  dupTo(fd, to) {
    const descriptor = this.#open(fd);
    if (to < 0 || to >= this.limit) throw new FsError('EBADF', 'no such descriptor number');
    if (fd !== to) this.put(to, descriptor.duplicate());
  }

  /** @param {number} fd @returns {Descriptor} @throws {FsError} EBADF */
  #open(fd) {
    const descriptor = this.#table[fd];
    if (descriptor === undefined) throw new FsError('EBADF', `descriptor ${fd} is not open`);
    return descriptor;
  }
}
