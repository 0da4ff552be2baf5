// A mounted project whose storage is full: how often the user hears of it, and how often it is tried again.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OpenProject, ProblemReports } from '../../../worker/bridge/open_project.js';
import { InodeStore } from '../../../worker/fs/inode_store.js';

/** Stands in for Emscripten's file system, which the second-by-second keeping does not touch. */
const fs = { FSNode: class {}, ErrnoError: class {}, readlink() {}, mkdirTree() {}, mount() {}, unmount() {} };

/** A project on a store that does as the test says; what the user heard of it. */
function openOn(kept) {
  const heard = [];
  const reports = new ProblemReports(({ during, kind }) => heard.push(`${during}: ${kind}`));
  const whole = { store: new InodeStore(), flush: () => true, compact: async () => false, close() {}, ...kept(reports) };
  const project = new OpenProject(fs, 'p'.repeat(32), whole, reports, () => {});
  return { project, heard };
}

const seconds = async (project, count) => {
  for (let i = 0; i < count; i++) {
    project.tick();
    await new Promise((done) => setImmediate(done));
  }
};

test('a compaction that finds no room is told once, though every save works', async () => {
  const problem = { during: 'compacting', kind: 'no-space', message: 'full' };
  let room = false;
  const { project, heard } = openOn((reports) => ({
    async compact() {
      if (!room) reports.report(problem);
      return room;
    },
  }));
  await seconds(project, 5);
  assert.deepEqual(heard, ['compacting: no-space']);
  room = true;
  await seconds(project, 1);
  room = false;
  await seconds(project, 3);
  assert.deepEqual(heard, ['compacting: no-space', 'compacting: no-space'], 'after a success it is news again');
  project.close();
});

test('a save that fails is told once until one works', async () => {
  const problem = { during: 'saving', kind: 'no-space', message: 'full' };
  let room = false;
  const { project, heard } = openOn((reports) => ({
    flush() {
      if (!room) reports.report(problem);
      return room;
    },
  }));
  await seconds(project, 3);
  room = true;
  await seconds(project, 1);
  room = false;
  await seconds(project, 3);
  assert.deepEqual(heard, ['saving: no-space', 'saving: no-space']);
  project.close();
});

test('a compaction that breaks is reported, not thrown into the void', async () => {
  const { project, heard } = openOn(() => ({ compact: async () => { throw new Error('gone'); } }));
  await seconds(project, 2);
  await project.compact();
  assert.deepEqual(heard, ['compacting: write-failed']);
  project.close();
});
