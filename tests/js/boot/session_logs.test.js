// Session logs on a disk that is still held by a worker which was just ended, and files that are replaced under a kill.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { replaceFile, SessionLogs } from '../../../worker/bridge/session_logs.js';

const bytesOf = (text) => new TextEncoder().encode(text);

/** A directory of one file that counts the operations on it and dies before the one numbered `deathAt`. */
class Disk {
  /** @param {string} content @param {{ deathAt?: number, lockedTimes?: number }} [options] */
  constructor(content, { deathAt = Infinity, lockedTimes = 0 } = {}) {
    this.content = bytesOf(content);
    this.deathAt = deathAt;
    this.lockedTimes = lockedTimes;
    this.operations = 0;
  }

  get text() {
    return new TextDecoder().decode(this.content);
  }

  live() {
    if (this.operations >= this.deathAt) throw new Error('killed');
    this.operations += 1;
  }

  async getFileHandle(name, { create = false } = {}) {
    if (name === 'missing.log' && !create) throw new DOMException('none', 'NotFoundError');
    return { createSyncAccessHandle: async () => this.open() };
  }

  open() {
    if (this.lockedTimes > 0) {
      this.lockedTimes -= 1;
      throw new DOMException('held', 'NoModificationAllowedError');
    }
    return {
      getSize: () => this.content.length,
      read: (into, { at }) => {
        const part = this.content.subarray(at, at + into.length);
        into.set(part);
        return part.length;
      },
      write: (bytes, { at }) => {
        this.live();
        const grown = new Uint8Array(Math.max(this.content.length, at + bytes.length));
        grown.set(this.content);
        grown.set(bytes, at);
        this.content = grown;
        return bytes.length;
      },
      truncate: (size) => {
        this.live();
        this.content = this.content.slice(0, size);
      },
      flush: () => this.live(),
      close() {},
    };
  }
}

test('a log that the worker before still holds is opened as soon as it is free', async () => {
  const logs = new SessionLogs(null, new Disk('SATCHEL', { lockedTimes: 3 }));
  assert.equal((await logs.open('session', false)).size(), 7);
});

test('a log that does not exist is not made by looking for it', async () => {
  await assert.rejects(new SessionLogs(null, new Disk('')).open('missing', false), { name: 'NotFoundError' });
});

test('a file that is replaced holds the old or the new text, whenever the program is killed', async () => {
  for (const next of ['{"v":1}', '{"v":1,"sessions":["more","than","before"]}']) {
    const before = '{"v":1,"last":"first"}';
    let deathAt = 0;
    for (let killed = true; killed; deathAt += 1) {
      const disk = new Disk(before, { deathAt });
      killed = await replaceFile(disk, 'index.json', bytesOf(next)).then(() => false, () => true);
      assert.ok([before, next].includes(disk.text.trimEnd()), `killed before operation ${deathAt}: ${disk.text}`);
      if (!killed) assert.equal(disk.text, next);
    }
    assert.ok(deathAt > 3, 'it was killed at several places');
  }
});
