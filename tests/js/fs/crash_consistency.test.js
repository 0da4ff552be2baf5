// Kill at any byte: whatever was acknowledged is there afterwards, whole, or the transaction under way is, whole.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { openProject } from '../../../worker/fs/persistence.js';
import { FaultyDisk } from './faulty_disk.js';
import { changeSomething, randomNumbers, stateOf } from './store_states.js';

const estimate = async () => ({});

/** Work on a project until the disk dies or the steps are done; compaction runs beside the work.
 * @returns the states that may be found afterwards */
async function workUntilCrash(disk, acknowledged, steps) {
  const allowed = new Set([acknowledged]);
  let project;
  try {
    project = await openProject(disk.directory, { estimate });
  } catch (error) {
    if (disk.crashed) return allowed;
    throw error;
  }
  let compaction;
  for (const step of steps) {
    if (step === 'compact') {
      await project.compact({ force: true });
    } else if (step === 'compact beside') {
      await compaction;
      compaction = project.compact({ force: true });
      await new Promise((resolve) => setImmediate(resolve));
    } else {
      step(project.store);
      const state = stateOf(project.store);
      allowed.add(state);
      if (project.flush()) {
        allowed.clear();
        allowed.add(state);
      }
    }
    if (disk.crashed) break;
  }
  await compaction;
  return allowed;
}

function changes(random, count, fileBytes) {
  return (store) => {
    for (let i = 0; i < count; i++) changeSomething(store, random, fileBytes);
  };
}

test('a process that dies at any byte of a journal or pack write leaves the old state or the new one', async () => {
  const scenario = () => {
    const random = randomNumbers(7);
    const some = changes(random, 3, 60);
    return [some, some, 'compact', some, 'compact', some];
  };
  const newDisk = () => Object.assign(new FaultyDisk(), { flushCost: 1 });
  const rehearsal = newDisk();
  await workUntilCrash(rehearsal, '', scenario());
  assert.ok(rehearsal.written > 1000 && !rehearsal.crashed);
  for (let budget = 0; budget < rehearsal.written; budget++) {
    const disk = newDisk();
    disk.budget = budget;
    const allowed = await workUntilCrash(disk, '', scenario());
    assert.ok(disk.crashed);
    const project = await openProject(disk.afterCrash(null).directory, { estimate });
    assert.ok([...allowed].map(withoutTimes).includes(withoutTimes(stateOf(project.store))), `killed after ${budget} bytes`);
    const damage = project.report.problems.filter(({ kind }) => kind !== 'torn-tail' && kind !== 'pack-damage');
    assert.deepEqual(damage, [], `killed after ${budget} bytes`);
  }
});

/** Two runs of one scenario differ in their times only. */
function withoutTimes(state) {
  return state.replaceAll(/ \d{16,} \d{16,} /g, ' ');
}

for (const seed of [11, 12, 13, 14, 15, 16]) {
  test(`losing any part of what was not flushed loses nothing acknowledged, crash after crash (seed ${seed})`, async () => {
    const random = randomNumbers(seed);
    let disk = new FaultyDisk();
    let acknowledged = '';
    for (let round = 0; round < 60; round++) {
      disk.budget = random(2) === 0 ? random(3000) : random(200_000);
      const steps = Array.from({ length: 12 }, () => (random(4) === 0 ? 'compact beside' : changes(random, 1 + random(5), 4000)));
      const allowed = await workUntilCrash(disk, acknowledged, steps);
      disk = disk.afterCrash(random);
      const project = await openProject(disk.directory, { estimate });
      acknowledged = stateOf(project.store);
      assert.ok(allowed.has(acknowledged), `round ${round}: the state found is neither the old nor the new one`);
      assert.ok(project.flush());
      if (random(3) === 0) assert.ok(await project.compact({ force: true }));
      project.close();
      // What was found and read must not change by being opened once more.
      const again = await openProject(disk.directory, { estimate });
      assert.equal(stateOf(again.store), acknowledged, `round ${round}: opening twice`);
      again.close();
    }
  });
}
