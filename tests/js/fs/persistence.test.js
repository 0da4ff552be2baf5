// A project on disk without crashes: what comes back, what damage and full disks do, how fast it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { writeFiles } from '../../../worker/fs/bulk.js';
import { crc32 } from '../../../worker/fs/crc32.js';
import { openProject } from '../../../worker/fs/persistence.js';
import { FaultyDisk } from './faulty_disk.js';
import { changeSomething, randomNumbers, stateOf } from './store_states.js';

const estimate = async () => ({});
const open = (disk, options = {}) => openProject(disk.directory, { estimate, ...options });

function fileWith(store, name, bytes) {
  const inode = store.createFile(store.root, name);
  store.write(inode, bytes, 0);
  return inode;
}

const content = (disk, name) => disk.files.get(name).current;

/** A project with three transactions, the second of them known by its text. */
async function threeTransactions(disk) {
  const project = await open(disk);
  const states = [''];
  for (const text of ['first', 'second', 'third']) {
    fileWith(project.store, text, new TextEncoder().encode(`${text} content`));
    assert.ok(project.flush());
    states.push(stateOf(project.store));
  }
  project.close();
  return states;
}

function flipByteIn(disk, name, text) {
  const bytes = content(disk, name);
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(text);
  assert.ok(at >= 0);
  bytes[at] ^= 0x20;
}

test('CRC-32 is the one of zlib, whole or in pieces', () => {
  const bytes = new TextEncoder().encode('123456789');
  assert.equal(crc32(bytes), 0xcbf43926);
  const long = Uint8Array.from({ length: 1000 }, (_, i) => i * 7);
  for (const cut of [0, 1, 7, 8, 9, 500, 1000]) assert.equal(crc32(long.subarray(cut), crc32(long.subarray(0, cut))), crc32(long));
});

test('random work comes back exactly, from the journal, from a pack and from both', async () => {
  for (const compactions of [[], [3], [1, 3], [0, 1, 2, 4]]) {
    const random = randomNumbers(compactions.length + 1);
    const disk = new FaultyDisk();
    let project = await open(disk);
    for (let i = 0; i < 5; i++) {
      for (let k = 0; k < 40; k++) changeSomething(project.store, random, 100_000);
      assert.ok(project.flush());
      if (compactions.includes(i)) assert.ok(await project.compact({ force: true }));
      const state = stateOf(project.store);
      const { bytes, inodes } = project.store.usage();
      project.close();
      project = await open(disk);
      assert.equal(stateOf(project.store), state);
      assert.deepEqual([project.store.usage().bytes, project.store.usage().inodes], [bytes, inodes]);
      assert.deepEqual(project.report.problems, []);
    }
  }
});

test('a new project has a root of now', async () => {
  const { root } = (await open(new FaultyDisk())).store;
  assert.ok(Math.abs(Number(root.mtime / 1_000_000n) - Date.now()) < 1000);
});

test('shared content is written once, and still shared after coming back', async () => {
  const disk = new FaultyDisk();
  let project = await open(disk);
  const tree = project.store.createDirectory(project.store.root, 'tree');
  writeFiles(project.store, tree, [{ path: 'f', bytes: new Uint8Array(300_000).fill(3) }]);
  project.store.cloneTree(tree, project.store.root, 'a');
  project.flush();
  project.store.cloneTree(tree, project.store.root, 'b');
  project.flush();
  assert.ok(content(disk, 'journal-a').length < 310_000);
  await project.compact({ force: true });
  assert.ok(content(disk, 'pack-b').length < 310_000);
  project.close();
  project = await open(disk);
  assert.equal(project.store.usage().bytes, 300_000);
});

test('work beside a compaction goes on and is kept; the pack holds the state it was begun with', async () => {
  const disk = new FaultyDisk();
  const project = await open(disk);
  const file = fileWith(project.store, 'f', new Uint8Array(200_000).fill(1));
  const compaction = project.compact({ force: true });
  await new Promise((resolve) => setImmediate(resolve));
  project.store.write(file, new Uint8Array(200_000).fill(2), 0);
  assert.ok(project.flush());
  assert.ok(await compaction);
  assert.equal(project.store.usage().bytes, 200_000, 'nothing stays held');
  const state = stateOf(project.store);
  project.close();
  const packOnly = new FaultyDisk();
  packOnly.files.set('pack-b', disk.files.get('pack-b'));
  const begun = await open(packOnly);
  const bytes = new Uint8Array(200_000);
  begun.store.read(begun.store.lookup(begun.store.root, 'f'), bytes, 0);
  assert.ok(bytes.every((byte) => byte === 1));
  assert.equal(stateOf((await open(disk)).store), state);
});

test('a journal is compacted when it has outgrown half the pack, not before', async () => {
  const project = await open(new FaultyDisk());
  fileWith(project.store, 'small', new Uint8Array(1000));
  project.flush();
  assert.equal(await project.compact(), false);
  fileWith(project.store, 'large', new Uint8Array(5_000_000));
  project.flush();
  assert.ok(project.wantsCompaction);
  assert.equal(await project.compact(), true);
  assert.ok(!project.wantsCompaction);
});

test('a torn tail is dropped and reported; what came before is there', async () => {
  const disk = new FaultyDisk();
  const states = await threeTransactions(disk);
  const file = disk.files.get('journal-a');
  file.current = file.current.slice(0, file.current.length - 5);
  const heard = [];
  const project = await open(disk, { onReport: (problem) => heard.push(problem.kind) });
  assert.equal(stateOf(project.store), states[2]);
  assert.deepEqual(heard, ['torn-tail']);
  project.close();
  assert.deepEqual((await open(disk)).report.problems, [], 'reported once');
});

test('damage in the middle of the journal is reported, never skipped, and the rest is kept aside', async () => {
  const disk = new FaultyDisk();
  const states = await threeTransactions(disk);
  const original = content(disk, 'journal-a').slice();
  flipByteIn(disk, 'journal-a', 'second content');
  const project = await open(disk);
  assert.equal(stateOf(project.store), states[1]);
  assert.deepEqual(project.report.problems.map(({ kind }) => kind), ['journal-damage']);
  const [name] = [...disk.files.keys()].filter((key) => key.startsWith('damaged-journal'));
  assert.match(project.report.problems[0].message, new RegExp(name));
  assert.equal(content(disk, name).length, original.length - content(disk, 'journal-a').length);
  fileWith(project.store, 'after', new Uint8Array(10));
  assert.ok(project.flush());
  const state = stateOf(project.store);
  project.close();
  const again = await open(disk);
  assert.equal(stateOf(again.store), state);
  assert.deepEqual(again.report.problems, []);
});

test('a damaged pack is replaced by the one before it and the journals; every flipped byte is noticed', async () => {
  const disk = new FaultyDisk();
  const project = await open(disk);
  const random = randomNumbers(5);
  for (let i = 0; i < 3; i++) {
    for (let k = 0; k < 10; k++) changeSomething(project.store, random, 500);
    assert.ok(await project.compact({ force: true }));
  }
  const state = stateOf(project.store);
  project.close();
  const length = content(disk, 'pack-b').length;
  for (let at = 0; at < length; at += 1 + Math.floor(length / 150)) {
    const damaged = disk.afterCrash(null);
    const bytes = content(damaged, 'pack-b').slice();
    bytes[at] ^= 1;
    damaged.files.get('pack-b').current = bytes;
    const found = await open(damaged);
    // The last four header words are padding, which means nothing.
    const isPadding = at >= 84 && at < 128;
    assert.equal(stateOf(found.store), state, `byte ${at}`);
    assert.deepEqual(found.report.problems.map(({ kind }) => kind), isPadding ? [] : ['pack-damage'], `byte ${at}`);
  }
});

test('with every copy damaged the project does not open, and the files stay as they are', async () => {
  const disk = new FaultyDisk();
  const project = await open(disk);
  fileWith(project.store, 'f', new TextEncoder().encode('precious'));
  for (let i = 0; i < 3; i++) {
    project.store.createFile(project.store.root, `g${i}`);
    await project.compact({ force: true });
  }
  project.close();
  flipByteIn(disk, 'pack-a', 'precious');
  flipByteIn(disk, 'pack-b', 'precious');
  const before = new Map([...disk.files].map(([name, file]) => [name, file.current.slice()]));
  await assert.rejects(open(disk), { name: 'ProjectDamagedError' });
  for (const [name, bytes] of before) assert.deepEqual(content(disk, name), bytes, name);
});

test('a full disk is reported; memory and disk stay whole, and the changes are saved when there is room', async () => {
  const disk = new FaultyDisk();
  const heard = [];
  const project = await open(disk, { onReport: ({ kind }) => heard.push(kind) });
  fileWith(project.store, 'old', new Uint8Array(1000));
  assert.ok(project.flush());
  const saved = stateOf(project.store);
  disk.capacity = disk.size + 5000;
  fileWith(project.store, 'new', new Uint8Array(100_000).fill(4));
  assert.equal(project.flush(), false);
  assert.deepEqual(heard, ['no-space']);
  assert.equal(stateOf((await open(disk.afterCrash(null))).store), saved);
  const state = stateOf(project.store);
  assert.equal(await project.compact({ force: true }), false);
  disk.capacity = Infinity;
  assert.ok(project.flush());
  assert.equal(stateOf((await open(disk.afterCrash(null))).store), state);
  disk.capacity = disk.size + 1000;
  assert.equal(await project.compact({ force: true }), false, 'no room for a pack');
  assert.ok(project.store.usage().bytes <= 101_000);
  disk.capacity = Infinity;
  project.store.createFile(project.store.root, 'later');
  assert.ok(project.flush());
  assert.equal(stateOf((await open(disk.afterCrash(null))).store), stateOf(project.store));
  assert.ok(await project.compact({ force: true }));
  assert.equal(stateOf((await open(disk.afterCrash(null))).store), stateOf(project.store));
});

test('compaction asks for free space first', async () => {
  const heard = [];
  const options = { estimate: async () => ({ quota: 10_000, usage: 9000 }), onReport: ({ kind }) => heard.push(kind) };
  const project = await open(new FaultyDisk(), options);
  fileWith(project.store, 'f', new Uint8Array(5000));
  assert.equal(await project.compact({ force: true }), false);
  assert.deepEqual(heard, ['no-space']);
});

test('10,000 files of 1 kB restore in twice the target of 250 ms at the most', async (context) => {
  const disk = new FaultyDisk();
  let project = await open(disk);
  writeFiles(project.store, project.store.root, Array.from({ length: 10_000 }, (_, i) => ({
    path: `d${i % 100}/f${i}`, bytes: new Uint8Array(1000).fill(i),
  })));
  await project.compact({ force: true });
  project.close();
  const times = [];
  for (let i = 0; i < 5; i++) {
    project = await open(disk);
    times.push(project.report.milliseconds);
    assert.equal(project.report.inodes, 10_101);
    project.close();
  }
  context.diagnostic(`${times.map(Math.round).join(', ')} ms`);
  assert.ok(Math.min(...times) < 500);
});

test('a compaction that failed waits longer each time, or until the journal has grown', async () => {
  let now = 0;
  let attempts = 0;
  let quota = 1000;
  const estimate = async () => {
    attempts += 1;
    return { quota, usage: 1000 };
  };
  const project = await open(new FaultyDisk(), { estimate, milliseconds: () => now });
  const grow = (name, size) => {
    fileWith(project.store, name, new Uint8Array(size));
    assert.ok(project.flush());
  };
  const tryFor = async (seconds) => {
    const before = attempts;
    for (let i = 0; i < seconds; i++) {
      now += 1000;
      await project.compact();
    }
    return attempts - before;
  };
  grow('large', 5_000_000);
  assert.equal(await tryFor(1), 1);
  assert.equal(await tryFor(29), 0);
  assert.equal(await tryFor(1), 1, '30 s later');
  assert.equal(await tryFor(59), 0);
  assert.equal(await tryFor(1), 1, '60 s after that');
  assert.ok((await tryFor(3600)) < 12, 'every 10 minutes in the end');
  await tryFor(600);
  assert.equal(await tryFor(5), 0);
  grow('more', 1_500_000);
  assert.equal(await tryFor(5), 1, 'the journal grew by a quarter');
  assert.equal(await project.compact({ force: true }), false);
  quota = 100_000_000;
  assert.equal(await project.compact({ force: true }), true);
  grow('other', 6_000_000);
  assert.ok(project.wantsCompaction, 'a success ends the waiting');
});

test('a compaction never rejects', async () => {
  const disk = new FaultyDisk();
  const heard = [];
  const options = { estimate: () => Promise.reject(new Error('no estimate')), onReport: ({ kind }) => heard.push(kind) };
  const project = await open(disk, options);
  fileWith(project.store, 'f', new Uint8Array(5000));
  assert.equal(await project.compact({ force: true }), true, 'room that is not known may be there');
  disk.budget = 0;
  assert.equal(await project.compact({ force: true }), false);
  assert.deepEqual(heard, ['write-failed']);
});
