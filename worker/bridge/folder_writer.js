/**
 * A real folder to commit to, by its directory handle. For `satchel.adapters.browser.folder`.
 *
 * A file is written through `createWritable`: the browser collects the bytes beside it and puts them in place in one step when the
 * stream is closed. File System Access has no links and no modes.
 */

import { parted } from './folder_reader.js';

/** What is at a path. @typedef {{ kind: 'file' | 'directory', data: Uint8Array | undefined }} Found */

export class FolderWriter {
  /** @param {FileSystemDirectoryHandle} handle */
  constructor(handle) {
    this.handle = handle;
    this.name = handle.name;
  }

  /**
   * @param {string} path
   * @returns {Promise<Found | undefined>} undefined when nothing is there, or a parent is missing or a file.
   */
  async read(path) {
    const [parentPath, name] = parted(path);
    const parent = await absentAsNull(this.directory(parentPath, false));
    if (parent === null) return undefined;
    try {
      const file = await (await parent.getFileHandle(name)).getFile();
      return { kind: 'file', data: new Uint8Array(await file.arrayBuffer()) };
    } catch (error) {
      if (isNamed(error, 'NotFoundError')) return undefined;
      if (isNamed(error, 'TypeMismatchError')) return { kind: 'directory', data: undefined };
      throw error;
    }
  }

  /**
   * Replace or make a file, parents included. Rejects with TypeMismatchError when a directory is in the way.
   * @param {string} path
   * @param {Uint8Array<ArrayBuffer>} bytes
   */
  async write(path, bytes) {
    const [parentPath, name] = parted(path);
    const parent = await this.directory(parentPath, true);
    const stream = await (await parent.getFileHandle(name, { create: true })).createWritable();
    try {
      await stream.write(bytes);
    } catch (error) {
      await stream.abort();
      throw error;
    }
    await stream.close();
  }

  /**
   * Remove a file. Rejects with NotFoundError when it is gone, TypeMismatchError when it is a directory.
   * @param {string} path
   */
  async remove(path) {
    const [parentPath, name] = parted(path);
    const parent = await this.directory(parentPath, false);
    await parent.getFileHandle(name);
    await parent.removeEntry(name);
  }

  /**
   * Remove a directory that is empty.
   * @param {string} path
   * @returns {Promise<boolean>} Whether it was removed.
   */
  async removeDirectory(path) {
    const [parentPath, name] = parted(path);
    try {
      const parent = await this.directory(parentPath, false);
      await parent.getDirectoryHandle(name);
      await parent.removeEntry(name);
      return true;
    } catch {
      return false;
    }
  }

  /**
   * @param {string} path
   * @param {boolean} create
   */
  async directory(path, create) {
    let directory = this.handle;
    for (const name of path === '' ? [] : path.split('/')) directory = await directory.getDirectoryHandle(name, { create });
    return directory;
  }
}

/**
 * @template T
 * @param {Promise<T>} finding
 * @returns {Promise<T | null>}
 */
async function absentAsNull(finding) {
  try {
    return await finding;
  } catch (error) {
    if (isNamed(error, 'NotFoundError') || isNamed(error, 'TypeMismatchError')) return null;
    throw error;
  }
}

/**
 * @param {unknown} error
 * @param {string} name
 */
function isNamed(error, name) {
  return error instanceof DOMException && error.name === name;
}
