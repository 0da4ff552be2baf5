/**
 * The name space of a project's guests: its directories, and the read-only places every system has.
 *
 * One store holds all of these: installed commands (one 0755 file each in `/usr/bin`, again in `/bin`), `/etc`, `/dev`, `/proc`.
 * `/proc/self` and `/dev/fd` look different to each process: they show the viewer, the process whose call is being served.
 */

import { FileData, Quota } from '../fs/extents.js';
import { guestMounts } from '../fs/guest_layout.js';
import { S_IFCHR } from '../fs/inode.js';
import { InodeStore } from '../fs/inode_store.js';
import { DEFAULT_LIMITS } from '../fs/limits.js';
import { encodeText } from '../fs/names.js';
import { createMountTable } from '../fs/resolver.js';
import { DEVICE } from './devices.js';

/** @typedef {import('../fs/inode.js').Inode} Inode */
/** @typedef {import('../fs/inode.js').DirectoryEntry} DirectoryEntry */
/** @typedef {import('./host_call.js').Process} Process */
/** A command of a bundle, as the site's index lists it.
 * @typedef {{ name: string, summary?: string }} Command */

/** @type {Process | undefined} */
let viewer;
/** Command of each file in `/usr/bin`. @type {WeakMap<Inode, Command>} */
const commands = new WeakMap();

/** Whose call is being served. @param {Process} process */
export function setViewer(process) {
  viewer = process;
}

/** @template {Command} T @param {Inode} inode @returns {T | undefined} the installed command that a file stands for */
export function commandOf(inode) {
  return /** @type {T | undefined} */ (commands.get(inode));
}

const ETC = Object.freeze({
  passwd: 'root:x:0:0:root:/:/bin/sh\nuser:x:1000:1000:user:/home/user:/bin/sh\n',
  group: 'root:x:0:\nuser:x:1000:\n',
  hosts: '',
});
const NODES = Object.freeze({
  null: DEVICE.NULL, zero: DEVICE.ZERO, full: DEVICE.FULL, random: DEVICE.RANDOM, urandom: DEVICE.URANDOM, tty: DEVICE.TTY,
  stdin: DEVICE.FD, stdout: DEVICE.FD + 1, stderr: DEVICE.FD + 2,
});

/**
 * @param {InodeStore} store the project's
 * @param {Iterable<Command>} installed
 * @returns {import('../fs/resolver.js').MountTable}
 */
export function createGuestRoot(store, installed) {
  const system = new InodeStore();
  const make = (/** @type {Inode} */ parent, /** @type {string} */ name) => system.createDirectory(parent, name);
  const top = (/** @type {string} */ name) => make(system.root, name);
  const [usr, bin, etc, dev] = [top('usr'), top('bin'), top('etc'), top('dev')];
  addCommands(system, make(usr, 'bin'), bin, installed);
  make(make(usr, 'local'), 'bin');
  for (const [name, text] of Object.entries(ETC)) system.adoptFile(etc, name, encodeText(text));
  for (const [name, number] of Object.entries(NODES)) system.createNode(dev, name, S_IFCHR | 0o666, number);
  const self = make(top('proc'), 'self');
  addSelf(system, self);
  const descriptors = new DescriptorEntries(system);
  for (const parent of [dev, self]) make(parent, 'fd').entries = descriptors;
  const places = [...system.list(system.root)].map(({ name, inode }) => ({ path: `/${name}`, store: system, root: inode, readOnly: true }));
  return createMountTable([...guestMounts(store), ...places]);
}

/** @param {InodeStore} system @param {Inode} usrBin @param {Inode} bin @param {Iterable<Command>} installed */
function addCommands(system, usrBin, bin, installed) {
  for (const command of installed) {
    const inode = system.adoptFile(usrBin, command.name, encodeText(`#!satchel ${command.name}\n`), 0o755);
    commands.set(inode, command);
    system.link(inode, bin, command.name);
  }
}

/** The entries of `/dev/fd`: a device for each of the viewer's descriptors.
 * @extends {Map<string, DirectoryEntry>} */
class DescriptorEntries extends Map {
  /** @type {DirectoryEntry[]} */
  #made = [];

  /** @param {InodeStore} system */
  constructor(system) {
    super();
    this.system = system;
  }

  /** @override @param {string} name @returns {DirectoryEntry | undefined} */
  get(name) {
    const fd = /^(0|[1-9]\d{0,5})$/.test(name) ? Number(name) : -1;
    return viewer?.fds.get(fd) === undefined ? undefined : this.#entryOf(fd);
  }

  /** @override @returns {MapIterator<DirectoryEntry>} */
  values() {
    return [...(viewer?.fds.entries() ?? [])].map(([fd]) => this.#entryOf(fd)).values();
  }

  /** @param {number} fd @returns {DirectoryEntry} */
  #entryOf(fd) {
    let entry = this.#made[fd];
    if (entry === undefined) {
      const inode = this.system.newInode(S_IFCHR | 0o666);
      inode.rdev = DEVICE.FD + fd;
      inode.nlink = 1;
      this.#made[fd] = entry = { name: String(fd), inode, cookie: fd + 1 };
    }
    return entry;
  }
}

/** @param {InodeStore} system @param {Inode} directory */
function addSelf(system, directory) {
  const links = { cwd: () => viewer?.cwd ?? '/', exe: () => viewer?.program ?? '/' };
  for (const [name, get] of Object.entries(links)) {
    Object.defineProperty(system.createSymlink(directory, name, '/'), 'target', { get });
  }
  const files = { status: statusText, cmdline: () => viewer?.argv?.map((argument) => `${argument}\0`).join('') ?? '' };
  for (const [name, text] of Object.entries(files)) {
    const get = () => FileData.adopt(encodeText(text()), new Quota(DEFAULT_LIMITS));
    Object.defineProperty(system.createFile(directory, name, 0o444), 'data', { get });
  }
}

function statusText() {
  const name = viewer?.argv?.[0]?.split('/').pop() ?? '';
  return `Name:\t${name}\nUmask:\t${(viewer?.umask ?? 0).toString(8).padStart(4, '0')}\nState:\tR (running)\nPid:\t${viewer?.pid ?? 0}\n`
    + `PPid:\t${viewer?.parent ?? 0}\nUid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\n`;
}
