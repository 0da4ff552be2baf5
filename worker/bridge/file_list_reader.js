/**
 * A folder that came as a flat list of files, where the browser has no directory handles. For `satchel.adapters.browser.folder`.
 *
 * The first component of every path is the folder's own name. Empty directories are not in such a list.
 */

import { parted } from './folder_reader.js';
import { copyFiles } from './import_copy.js';

/** @typedef {import('./import_copy.js').EmscriptenFs} EmscriptenFs */
/** @typedef {import('./folder_reader.js').Entry} Entry */
/** @typedef {import('../generated/protocol').PickedFile} PickedFile */

export class FileListReader {
  /**
   * @param {EmscriptenFs} fs
   * @param {PickedFile[]} files
   */
  constructor(fs, files) {
    this.fs = fs;
    this.name = files[0]?.path.split('/')[0] ?? '';
    /** @type {Map<string, File>} */
    this.files = new Map();
    /** Entries by directory and name. @type {Map<string, Map<string, Entry>>} */
    this.directories = new Map([['', new Map()]]);
    for (const { path, file } of files) this.add(path.slice(this.name.length + 1), file);
  }

  /**
   * @param {string} path
   * @param {File} file
   */
  add(path, file) {
    const [parent, name] = parted(path);
    this.files.set(path, file);
    this.entries(parent).set(name, { name, kind: 'file', size: file.size, mtimeMs: file.lastModified });
  }

  /**
   * @param {string} directory
   * @returns {Map<string, Entry>} Made, with the directories above it, where it is new.
   */
  entries(directory) {
    const known = this.directories.get(directory);
    if (known !== undefined) return known;
    /** @type {Map<string, Entry>} */
    const entries = new Map();
    this.directories.set(directory, entries);
    const [parent, name] = parted(directory);
    this.entries(parent).set(name, { name, kind: 'directory' });
    return entries;
  }

  /** @param {string} path */
  async list(path) {
    const entries = this.directories.get(path);
    if (entries === undefined) throw new DOMException(`${path} is no directory of the folder`, 'NotFoundError');
    return JSON.stringify([...entries.values()]);
  }

  /** @param {string} path */
  async read(path) {
    return new Uint8Array(await (await this.file(path)).arrayBuffer());
  }

  /**
   * @param {string} paths JSON of `string[]`.
   * @param {string} destination
   */
  async copyInto(paths, destination) {
    return JSON.stringify(await copyFiles(this.fs, JSON.parse(paths), destination, (path) => this.file(path)));
  }

  close() {
    this.files.clear();
    this.directories.clear();
  }

  /** @param {string} path */
  async file(path) {
    const file = this.files.get(path);
    if (file === undefined) throw new DOMException(`${path} is not in the folder`, 'NotFoundError');
    return file;
  }
}
