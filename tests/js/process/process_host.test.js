// The engine under node: real threads and real shared memory. What only a browser has is in tests/browser/test_processes.py.
import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';

import { createRig, drain, request, settled, text } from './host_rig.js';
import { PROGRAMS } from './programs.js';

const asked = [];
const refused = [];
let verdict = true;
const rig = createRig(
  { ...PROGRAMS, plain: 'neither', script: '#!/workspace/exit 9\n', outer: '#! /workspace/script\n', loop: '#!/workspace/loop\n', lost: '#!/bin/nosuch\n' },
  {
    decide: async (kind, subject) => {
      asked.push([kind, subject]);
      return verdict;
    },
    audit: (kind, subject, _pid, errno) => refused.push([kind, subject, errno]),
  },
);
const { host, run, spawn } = rig;

after(() => host.close());
afterEach(async () => {
  const { workers, ...rest } = await settled(host);
  assert.deepEqual(rest, { processes: 0, fds: 0, pipes: 0, pending: 0, queued: 0 });
  assert.equal(workers.busy, 0);
});

const fails = (code, promise) => assert.rejects(promise, (error) => error.name === 'FsError' && error.code === code);

test('what cannot be run says why', async () => {
  await fails('ENOENT', spawn('nosuch'));
  await fails('ENOENT', spawn('lost'));
  await fails('ENOEXEC', spawn('plain'));
  await fails('ELOOP', spawn('loop'));
  await fails('EACCES', spawn('/workspace'));
  await fails('ENOMEM', host.spawn(request(['true'], { limits: { memoryBytes: 65_536 } })));
  await fails('ENOENT', host.spawn(request(['true'], { cwd: '/nowhere' })));
  await fails('ENOENT', host.spawn(request(['true'], { preopens: [{ guest: '/' }, { guest: '/nowhere' }] })));
  rig.store.setAttributes(rig.root.resolve('/workspace/exit').inode, { mode: 0o644 });
  await fails('EACCES', spawn('exit'));
  rig.store.setAttributes(rig.root.resolve('/workspace/exit').inode, { mode: 0o755 });
});

test('a script hands its argument to the interpreter, which may be a script', async () => {
  assert.equal((await run(['script'])).code, 9);
  assert.equal((await run(['outer', '4'])).code, 9);
});

test('a module may come as bytes, and is compiled anew when a file changes', async () => {
  const { code } = await run(['named', '4'], { module: PROGRAMS.exit, program: 'named' });
  assert.equal(code, 4);
  rig.store.adoptFile(rig.workspace, 'changing', PROGRAMS.true.slice(), 0o755);
  assert.equal((await run(['changing', '5'])).code, 0);
  rig.store.adoptFile(rig.workspace, 'changing', PROGRAMS.exit.slice(), 0o755);
  assert.equal((await run(['changing', '5'])).code, 5);
});

test('input goes in while output comes out', async () => {
  const input = new Uint8Array(3_000_000).map((_, i) => i % 253);
  const { code, bytes } = await run(['cat'], { input });
  assert.equal(code, 0);
  assert.deepEqual(new Uint8Array(bytes), input);
});

test('writing to a program that has ended fails, also when it is under way', async () => {
  const program = await spawn('head');
  await program.write(new TextEncoder().encode('ab'));
  await program.exited;
  await assert.rejects(program.write(new Uint8Array(10)), { name: 'BrokenPipe' });
  const sleeping = await spawn('sleep', '5000');
  const writing = sleeping.write(new Uint8Array(1_000_000));
  sleeping.kill();
  await assert.rejects(writing, { name: 'BrokenPipe' });
  assert.deepEqual(await sleeping.exited, { code: 137, signal: 9, cause: 'signal', detail: '' });
});

test('what was typed or written and read by nobody can be had back at the end', async () => {
  for (const terminal of [undefined, { rows: 24, columns: 80 }]) {
    const program = await host.spawn(request(['sleep', '20'], { terminal }));
    await program.write(new TextEncoder().encode('next\nand a half'));
    await program.exited;
    assert.equal(text(program.unreadInput()), 'next\nand a half');
  }
  const all = await spawn('cat');
  await all.write(new TextEncoder().encode('read'));
  all.closeInput();
  await all.exited;
  assert.equal(all.unreadInput().length, 0);
});

test('parts of a pipeline are programs of their own, and none runs when one cannot', async () => {
  const [first, last] = await host.spawnPipeline([request(['cat']), request(['count'])]);
  assert.notEqual(first.pid, last.pid);
  await first.write(new Uint8Array(100_000));
  first.closeInput();
  assert.equal(await first.read('stdout'), null);
  assert.equal(text(await drain(last, 'stdout')), '100000\n');
  await assert.rejects(last.write(new Uint8Array(1)), { name: 'BrokenPipe' });
  await fails('ENOENT', host.spawnPipeline([request(['cat']), request(['nosuch'])]));
});

test('an end shared by many closes with its last descriptor', async () => {
  const [fan, count] = await host.spawnPipeline([request(['fan', '4']), request(['count'])]);
  fan.closeInput();
  assert.equal(text(await drain(count, 'stdout')), `${4 * 300 * 1024}\n`);
  assert.equal((await fan.exited).code, 4);
});

test('killing the first ends all that came from it', async () => {
  const program = await spawn('fan', '6');
  await program.read('stdout');
  program.kill();
  assert.equal((await program.exited).code, 137);
  await drain(program, 'stdout');
});

test('too many are refused in words, also at once', async () => {
  const sleeping = await Promise.all(Array.from({ length: 4 }, () => host.spawn(request(['sleep', '10000']))));
  await assert.rejects(host.spawn(request(['true'], { limits: { processes: 4 } })), /EAGAIN: 4 processes are running, and 4 may/);
  await fails('EAGAIN', host.spawnPipeline(Array.from({ length: 13 }, () => request(['cat']))));
  for (const program of sleeping) program.kill();
});

test('what the policy leaves open is asked, a no is told and noted', async () => {
  const access = { exec: 'ask' };
  assert.equal((await run(['become'], { access })).code, 7);
  assert.deepEqual(asked.splice(0), [['exec', 'exit 7']]);
  verdict = false;
  assert.equal((await run(['become'], { access })).code, 99);
  assert.deepEqual(refused.splice(0), [['exec', 'exit 7', 'NOTCAPABLE']]);
  asked.splice(0);
  assert.equal((await run(['become'], { access: { exec: 'deny' } })).code, 99);
  assert.deepEqual(asked, []);
  refused.splice(0);
});

test('who is ended while it asks or waits starts nothing', async () => {
  for (const program of ['become', 'nest']) {
    let answer = () => {};
    const isAsked = new Promise((resolve) => {
      const decide = () => new Promise((given) => { answer = given; resolve(undefined); });
      void host.spawn(request([program, '1'], { access: { exec: 'ask' }, decide })).then((started) => (parent = started));
    });
    let parent;
    await isAsked;
    parent.kill();
    assert.equal((await parent.exited).code, 137);
    answer(true);
    await drain(parent, 'stdout');
    assert.equal((await settled(host)).processes, 0, program);
  }
});

test('a program that cannot be found leaves no lookup behind that nobody waits for', async () => {
  const unknown = createRig({ ...PROGRAMS, broken: '\0asm\x01\0\0\0 but no more' });
  const rejected = [];
  const note = (error) => rejected.push(error);
  process.on('unhandledRejection', note);
  const starting = unknown.host.spawnPipeline([request(['broken']), request(['none'])]);
  const [outcome] = await Promise.allSettled([starting]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  process.off('unhandledRejection', note);
  unknown.host.close();
  assert.equal(outcome.reason?.code, 'ENOENT');
  assert.deepEqual(rejected, []);
});

test('the end of all that came from a program is told', async () => {
  const over = [];
  const program = await host.spawn(request(['fan', '3'], { onOver: () => over.push('over') }));
  await drain(program, 'stdout');
  await program.exited;
  await settled(host);
  assert.deepEqual(over, ['over']);
});

test('pipes beyond those that workers share go through the host, and do the same', async () => {
  const taken = [];
  while (taken.at(-1)?.number !== -1) taken.push(host.arena.take());
  assert.equal((await run(['plumb', '300'])).stdout, '307200\n');
  assert.equal((await run(['self'])).stdout, '12345\n');
  const [writer, reader] = await host.spawnPipeline([request(['yes']), request(['head'])]);
  writer.closeInput();
  assert.equal(text(await drain(reader, 'stdout')), 'y\n');
  assert.equal((await writer.exited).code, 141);
  for (const { ring, number } of taken) host.arena.release(ring, number);
});

test('a policy that is replaced holds for what runs', async () => {
  const program = await spawn('fan', '8');
  program.setAccess({ exec: 'deny' });
  await drain(program, 'stdout');
  assert.ok([8, 176].includes((await program.exited).code), 'it had started all, or was refused one (NOTCAPABLE)');
  refused.splice(0);
});

test('a worker that cannot be started ends who waits for it, with the reason', async () => {
  const broken = createRig({ ...PROGRAMS }, {
    spawnWorker: () => {
      const worker = { onmessage: null, onerror: null, postMessage() {}, terminate() {} };
      setTimeout(() => worker.onerror?.({ message: 'no such script' }), 0);
      return worker;
    },
  });
  const { code, cause, detail } = await broken.run(['true']);
  assert.deepEqual([code, cause], [134, 'trap']);
  assert.match(detail, /no such script/);
  broken.host.close();
});

test('nothing can be started once the host is closed', async () => {
  const other = createRig({ ...PROGRAMS });
  const program = await other.spawn('spin');
  other.host.close();
  assert.equal((await program.exited).cause, 'cancelled');
  await fails('ECANCELED', other.spawn('true'));
});
