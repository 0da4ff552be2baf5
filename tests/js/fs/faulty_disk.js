// A disk for crash tests, after SQLite's method: it dies in the middle of a write, and of what was not flushed it keeps any part.
// For fault injection only; that the real thing works is shown in Chromium (tests/browser/test_opfs_store.py).

/** Thrown by every call once the disk has died. */
export class CrashError extends Error {}

const SECTOR = 512;

export class FaultyDisk {
  /** @type {Map<string, FaultyFile>} */
  files = new Map();
  crashed = false;
  /** Bytes that may still be written before the disk dies; other calls have a price in bytes. */
  budget = Infinity;
  /** Bytes the files may take together before writes fail for lack of space. */
  capacity = Infinity;
  written = 0;
  /** What a flush takes of the budget: enough that the disk often dies with everything written and nothing flushed. */
  flushCost = 300;

  /** The part of FileSystemDirectoryHandle that persistence uses. */
  get directory() {
    return {
      getFileHandle: async (name) => ({ createSyncAccessHandle: async () => this.#open(name) }),
    };
  }

  #open(name) {
    let file = this.files.get(name);
    if (file === undefined) this.files.set(name, (file = new FaultyFile(this)));
    return file;
  }

  get size() {
    return [...this.files.values()].reduce((sum, file) => sum + file.current.length, 0);
  }

  /** Count a change. @returns {number} how much of it is made before the disk dies */
  spend(amount) {
    if (this.crashed) throw new CrashError('the disk is gone');
    const made = Math.min(amount, this.budget);
    this.budget -= made;
    this.written += made;
    if (made < amount) this.crashed = true;
    return made;
  }

  /**
   * The disk as it is found after the crash.
   * @param {((below: number) => number) | null} random decides the fate of each unflushed change; null: all of them were made
   */
  afterCrash(random) {
    const found = new FaultyDisk();
    for (const [name, file] of this.files) {
      const copy = new FaultyFile(found);
      copy.current = copy.durable = random === null ? file.current : file.survivor(random);
      found.files.set(name, copy);
    }
    return found;
  }
}

class FaultyFile {
  durable = new Uint8Array(0);
  current = new Uint8Array(0);
  /** Changes since the last flush: a function from content to content each. */
  pending = [];

  constructor(disk) {
    this.disk = disk;
  }

  getSize() { return this.current.length; }

  read(target, { at }) {
    const bytes = this.current.subarray(at, at + target.length);
    target.set(bytes);
    return bytes.length;
  }

  write(source, { at }) {
    const growth = Math.max(0, at + source.length - this.current.length);
    if (this.disk.size + growth > this.disk.capacity) throw new DOMException('no space left', 'QuotaExceededError');
    const made = this.disk.spend(source.length);
    this.#change({ at, bytes: source.slice(0, made) });
    if (made < source.length) throw new CrashError('the disk died while writing');
    return made;
  }

  truncate(size) {
    if (this.disk.spend(1) === 0) throw new CrashError('the disk died');
    this.#change({ size });
  }

  flush() {
    const { flushCost } = this.disk;
    if (this.disk.spend(flushCost) < flushCost) throw new CrashError('the disk died');
    this.durable = this.current;
    this.pending = [];
  }

  close() {}

  #change(change) {
    this.pending.push(change);
    this.current = apply(this.current, change);
  }

  survivor(random) {
    let content = this.durable;
    for (const change of this.pending) {
      const fate = random(4);
      if (fate === 0) continue;
      if (fate === 1 || change.bytes === undefined) content = apply(content, change);
      else if (fate === 2) content = apply(content, { at: change.at, bytes: change.bytes.subarray(0, random(change.bytes.length + 1)) });
      else content = apply(content, { at: change.at, bytes: garble(change.bytes, random) });
    }
    return content;
  }
}

function apply(content, { at, bytes, size }) {
  const length = size ?? (bytes.length === 0 ? content.length : Math.max(content.length, at + bytes.length));
  const changed = new Uint8Array(length);
  changed.set(content.subarray(0, length));
  if (bytes !== undefined && bytes.length > 0) changed.set(bytes, at);
  return changed;
}

/** Some sectors were never written. */
function garble(bytes, random) {
  const result = bytes.slice();
  for (let at = 0; at < result.length; at += SECTOR) if (random(2) === 0) result.fill(random(256), at, at + SECTOR);
  return result;
}
