/**
 * The part of Emscripten's file system layer that `emscripten_mount.js` uses (Pyodide 314.0.7). Its own typings leave
 * nodes and name cache out.
 */

import type { Inode } from './inode.js';

export interface FsNode {
  id: number;
  parent: FsNode;
  name: string;
  mount: FsMount;
  name_next?: FsNode;
  mode: number;
  node_ops: object;
  stream_ops: object;
}

/** A node of a mounted inode store. */
export interface StoreNode extends FsNode {
  parent: StoreNode;
  inode: Inode;
}

export interface FsMount {
  mountpoint: string;
  opts: { root?: string };
}

export interface FsStream {
  node: StoreNode;
  position: number;
}

export interface FsNodeConstructor {
  new (parent: FsNode | null, name: string, mode: number, rdev: number): FsNode;
}

export interface EmscriptenFs {
  FSNode: FsNodeConstructor;
  ErrnoError: new (errno: number) => Error & { errno: number };
  nameTable: (FsNode | undefined)[];
  filesystems: { MEMFS: { stream_ops: { mmap: (...args: unknown[]) => { ptr: number; allocated: boolean } } } };
  hashName(parentId: number, name: string): number;
  hashAddNode(node: FsNode): void;
  destroyNode(node: FsNode): void;
  getPath(node: FsNode): string;
  lookupPath(path: string, options?: { parent?: boolean; follow?: boolean }): { path: string; node: FsNode };
  readlink(path: string): string;
  mount(type: { mount(mount: FsMount): FsNode }, options: object, path: string): FsNode;
  unmount(path: string): void;
}

/** What Emscripten's `setattr` may carry; absent, undefined and null all mean "leave it". Times are milliseconds. */
export interface FsAttributes {
  mode?: number | null;
  size?: number | null;
  atime?: number | null;
  mtime?: number | null;
}
