/** A real folder to import from, by its directory handle. For `satchel.adapters.browser.folder`. */

import { rememberFolder } from './handle_registry.js';
import { copyFiles } from './import_copy.js';
import { projectOf } from './store_paths.js';

/** @typedef {import('./import_copy.js').EmscriptenFs} EmscriptenFs */

/**
 * One name of a directory. Links do not appear: browsers follow or hide them.
 * @typedef {{ name: string, kind: 'file' | 'directory', size?: number, mtimeMs?: number }} Entry
 */

export class FolderReader {
  /**
   * @param {EmscriptenFs} fs
   * @param {FileSystemDirectoryHandle} handle
   */
  constructor(fs, handle) {
    this.fs = fs;
    this.handle = handle;
    this.name = handle.name;
    /** Directories by their path, as they are met. @type {Map<string, FileSystemDirectoryHandle>} */
    this.directories = new Map([['', handle]]);
    /** Files as they were listed, so that copying one needs no further round trip to find it. @type {Map<string, File>} */
    this.listed = new Map();
    this.remembered = false;
  }

  /**
   * @param {string} path
   * @returns {Promise<string>} JSON of `Entry[]`, in no particular order.
   */
  async list(path) {
    const directory = await this.directory(path);
    /** @type {Promise<Entry>[]} */
    const entries = [];
    for await (const [name, handle] of directory.entries()) {
      const inside = path === '' ? name : `${path}/${name}`;
      if (handle.kind === 'directory') {
        this.directories.set(inside, /** @type {FileSystemDirectoryHandle} */ (handle));
        entries.push(Promise.resolve({ name, kind: 'directory' }));
      } else {
        entries.push(this.describe(inside, /** @type {FileSystemFileHandle} */ (handle)));
      }
    }
    return JSON.stringify(await Promise.all(entries));
  }

  /**
   * @param {string} path
   * @param {FileSystemFileHandle} handle
   * @returns {Promise<Entry>} Without size when the file cannot be opened now; the copy reports that.
   */
  async describe(path, handle) {
    try {
      const file = await handle.getFile();
      this.listed.set(path, file);
      return { name: handle.name, kind: 'file', size: file.size, mtimeMs: file.lastModified };
    } catch {
      return { name: handle.name, kind: 'file' };
    }
  }

  /** @param {string} path */
  async read(path) {
    return new Uint8Array(await (await this.file(path)).arrayBuffer());
  }

  /**
   * Copy files, and remember this folder as the one that the destination's project came from.
   * @param {string} paths JSON of `string[]`.
   * @param {string} destination
   * @returns {Promise<string>} JSON of what `copyFiles` gives.
   */
  async copyInto(paths, destination) {
    if (!this.remembered) {
      this.remembered = true;
      // Where handles cannot be stored the user can still take the changes as a patch or an archive.
      await rememberFolder(projectOf(destination), this.handle).catch(() => {});
    }
    /** @type {import('./import_copy.js').OpenFile} */
    const open = (path, afresh) => this.open(path, afresh);
    return JSON.stringify(await copyFiles(this.fs, JSON.parse(paths), destination, open));
  }

  close() {
    this.directories.clear();
    this.listed.clear();
  }

  /**
   * @param {string} path
   * @param {boolean} afresh Not as it was listed.
   */
  async open(path, afresh) {
    const listed = this.listed.get(path);
    this.listed.delete(path);
    return listed !== undefined && !afresh ? listed : this.file(path);
  }

  /**
   * @param {string} path
   * @returns {Promise<FileSystemDirectoryHandle>}
   */
  async directory(path) {
    const known = this.directories.get(path);
    if (known !== undefined) return known;
    const [parent, name] = parted(path);
    const found = await (await this.directory(parent)).getDirectoryHandle(name);
    this.directories.set(path, found);
    return found;
  }

  /** @param {string} path */
  async file(path) {
    const [parent, name] = parted(path);
    return (await (await this.directory(parent)).getFileHandle(name)).getFile();
  }
}

/**
 * @param {string} path
 * @returns {[parent: string, name: string]}
 */
export function parted(path) {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? ['', path] : [path.slice(0, slash), path.slice(slash + 1)];
}
