// Boot snapshots in a directory whose file another worker may hold; the real thing is in tests/browser/test_boot.py.
import assert from 'node:assert/strict';
import { test } from 'node:test';

globalThis.self = globalThis;
globalThis.location = new URL('http://site.example/app/agent.worker.js');
const { readSnapshot, storedSnapshots, writeSnapshot } = await import('../../../worker/boot/snapshot.js');

const NAME = 'build-jspi.bin';
const BODY = new Uint8Array([1, 2, 3]);
const problem = (name) => new DOMException('no', name);

/** A directory as OPFS lends it, with one file at most, which is held by another for the next `held` requests. */
class Directory {
  content = null;
  held = 0;

  async *keys() {
    if (this.content !== null) yield NAME;
  }

  async getFileHandle(_name, { create = false } = {}) {
    if (this.content === null && !create) throw problem('NotFoundError');
    this.content ??= new Uint8Array(0);
    return { createSyncAccessHandle: async () => this.#open() };
  }

  async removeEntry() {
    this.#take();
    if (this.content === null) throw problem('NotFoundError');
    this.content = null;
  }

  #open() {
    this.#take();
    return {
      getSize: () => this.content.length,
      read: (bytes, { at }) => bytes.set(this.content.subarray(at, at + bytes.length)),
      write: (bytes, { at }) => {
        const grown = new Uint8Array(Math.max(this.content.length, at + bytes.length));
        grown.set(this.content);
        grown.set(bytes, at);
        this.content = grown;
      },
      flush() {},
      close() {},
    };
  }

  #take() {
    if (this.held === 0) return;
    this.held -= 1;
    throw problem('NoModificationAllowedError');
  }
}

for (const held of [0, 3]) {
  test(`what is written is read, and removed, when the file is held ${held} times`, async () => {
    const directory = new Directory();
    const place = storedSnapshots(directory);
    directory.held = held;
    await writeSnapshot(place, NAME, BODY);
    directory.held = held;
    assert.deepEqual(await readSnapshot(place, NAME), BODY);
    directory.held = held;
    await place.remove(NAME);
    assert.equal(directory.content, null);
    assert.equal(await readSnapshot(place, NAME), null);
  });
}

test('one that is held for good is let be, and there is none for this boot', async () => {
  const directory = new Directory();
  const place = storedSnapshots(directory);
  await writeSnapshot(place, NAME, BODY);
  directory.held = Infinity;
  assert.equal(await readSnapshot(place, NAME), null);
  assert.notEqual(directory.content, null);
});

test('a damaged one is removed', async () => {
  const directory = new Directory();
  const place = storedSnapshots(directory);
  await writeSnapshot(place, NAME, BODY);
  directory.content[directory.content.length - 1] ^= 1;
  assert.equal(await readSnapshot(place, NAME), null);
  assert.equal(directory.content, null);
});
