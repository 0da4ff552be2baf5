// A browser that cannot wait for the doorbell without blocking: then workers knock with a message.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PROGRAMS } from './programs.js';

test('everything works without Atomics.waitAsync', async () => {
  delete Atomics.waitAsync;
  const { createRig, request, settled } = await import('./host_rig.js');
  const { host, run } = createRig({ ...PROGRAMS });
  assert.equal(host.server.canWait, false);
  assert.equal((await run(['plumb', '300'])).stdout, '307200\n');
  assert.equal((await run(['cat'], { input: new Uint8Array(500_000) })).bytes.length, 500_000);
  assert.equal((await run(['nest', '5'])).code, 5);
  const program = await host.spawn(request(['spin']));
  program.kill();
  assert.equal((await program.exited).code, 137);
  assert.equal((await settled(host)).pipes, 0);
  host.close();
});
