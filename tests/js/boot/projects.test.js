import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoredProjects } from '../../../worker/bridge/projects.js';

/** A directory of the private file system, as far as listing needs it. */
const directory = (entries) => ({
  keys: async function* () {
    yield* Object.keys(entries);
  },
  getDirectoryHandle: async (name) => entries[name],
  getFileHandle: async (name) => {
    if (entries[name] === undefined) throw new DOMException('missing', 'NotFoundError');
    return { getFile: async () => new File([entries[name]], name) };
  },
});

test('a project whose record is damaged or gone stays in the list and is told of once', async () => {
  const problems = [];
  const record = { id: 'a'.repeat(32), name: 'good', createdMs: 1, openedMs: 2 };
  const projects = new StoredProjects({}, directory({
    [record.id]: directory({ 'record.json': JSON.stringify(record) }),
    ['b'.repeat(32)]: directory({ 'record.json': '{' }),
    ['c'.repeat(32)]: directory({}),
  }), (problem) => problems.push(problem));
  for (const _ of [1, 2]) {
    const listed = JSON.parse(await projects.list());
    assert.deepEqual(listed.map(({ name }) => name), ['good', 'bbbbbbbb', 'cccccccc']);
  }
  assert.deepEqual(problems.map(({ kind }) => kind), ['record-damage', 'record-damage']);
});
