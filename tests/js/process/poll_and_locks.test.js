// Calls that wait: poll_oneoff and advisory locks.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CLOCKID, EVENTTYPE, LOCK_OPERATION, STRUCTS } from '../../../worker/generated/abi.js';
import { Descriptor } from '../../../worker/process/fd_table.js';
import { OpenFile, STREAM_RIGHTS } from '../../../worker/process/open_file.js';
import { nextDeadline, runDueTimers } from '../../../worker/process/poll_calls.js';
import { CREAT, Guest, nameOf, OP, RIGHTS } from './guest.js';

const MS = 1_000_000;
const { SHARED, EXCLUSIVE, NONBLOCK, UNLOCK } = LOCK_OPERATION;

/** A stream whose readiness the test sets. */
class Stream extends OpenFile {
  listeners = new Set();
  ready = { read: false, write: false, hangup: false };

  constructor() {
    super(0, STREAM_RIGHTS);
  }

  readiness() { return this.ready; }
  available() { return 5; }

  onReady(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  change(ready) {
    Object.assign(this.ready, ready);
    for (const listener of [...this.listeners]) listener();
  }
}

function scene() {
  const guest = new Guest();
  const stream = new Stream();
  const fd = guest.fds.insert(new Descriptor(stream));
  const root = guest.preopen();
  const file = guest.openAt(root, 'tmp/file', { oflags: CREAT }).fd;
  guest.write(file, 'content');
  return { guest, stream, fd, root, file };
}

const clock = (timeout, { id = CLOCKID.MONOTONIC, absolute = false } = {}) => ({ tag: EVENTTYPE.CLOCK, timeout, id, absolute });
const readable = (fd) => ({ tag: EVENTTYPE.FD_READ, fd });
const writable = (fd) => ({ tag: EVENTTYPE.FD_WRITE, fd });
const now = () => BigInt(Math.round((performance.timeOrigin + performance.now()) * MS));

/** Events as [index of the subscription, errno, bytes, hangup]. */
async function poll(guest, ...subscriptions) {
  const at = STRUCTS.subscription;
  const request = Buffer.alloc(at.SIZEOF * subscriptions.length);
  for (const [i, { tag, timeout = 0, id = 0, absolute = false, fd = 0 }] of subscriptions.entries()) {
    const own = request.subarray(i * at.SIZEOF);
    own.writeBigUInt64LE(2n ** 63n + BigInt(i), at.userdata);
    own.writeUInt8(tag, at.tag);
    if (tag !== EVENTTYPE.CLOCK) {
      own.writeUInt32LE(fd, at.fd);
      continue;
    }
    own.writeUInt32LE(id, at.clock_id);
    own.writeBigUInt64LE(BigInt(timeout), at.clock_timeout);
    own.writeUInt16LE(absolute ? 1 : 0, at.clock_flags);
  }
  const { errno, data, args } = await guest.send(OP.POLL_ONEOFF, [subscriptions.length], request);
  if (errno !== 'SUCCESS') return errno;
  const event = STRUCTS.event;
  assert.equal(data.length, args[0] * event.SIZEOF);
  return Array.from({ length: args[0] }, (_, i) => {
    const own = data.subarray(i * event.SIZEOF);
    const index = Number(own.readBigUInt64LE(event.userdata) - 2n ** 63n);
    assert.equal(own.readUInt8(event.type), subscriptions[index].tag);
    return [index, nameOf(own.readUInt16LE(event.error)), Number(own.readBigUInt64LE(event.nbytes)), own.readUInt16LE(event.flags)];
  });
}

test('no subscription is INVAL, as are more than fit', async () => {
  const { guest } = scene();
  assert.equal(await poll(guest), 'INVAL');
  assert.equal(guest.send(OP.POLL_ONEOFF, [-1]).errno, 'INVAL');
  assert.equal(guest.send(OP.POLL_ONEOFF, [100_000]).errno, 'INVAL');
});

test('clocks: the earliest ends the wait, relative and absolute', async () => {
  const { guest } = scene();
  for (const options of [{}, { id: CLOCKID.REALTIME }]) {
    const start = performance.now();
    assert.deepEqual(await poll(guest, clock(500 * MS, options), clock(30 * MS, options)), [[1, 'SUCCESS', 0, 0]]);
    const took = performance.now() - start;
    assert.ok(took >= 29 && took < 400, `${took} ms`);
    const absolute = { ...options, absolute: true };
    const begun = performance.now();
    assert.deepEqual(await poll(guest, clock(now() + BigInt(20 * MS), absolute)), [[0, 'SUCCESS', 0, 0]]);
    assert.ok(performance.now() - begun >= 18);
    assert.deepEqual(await poll(guest, clock(5, absolute), clock(2n ** 64n - 1n), clock(0)), [[0, 'SUCCESS', 0, 0], [2, 'SUCCESS', 0, 0]]);
  }
  assert.deepEqual(await poll(guest, clock(0, { id: CLOCKID.PROCESS_CPUTIME_ID }), clock(0, { id: 77 })), [[0, 'INVAL', 0, 0], [1, 'INVAL', 0, 0]]);
  assert.equal(nextDeadline(), Infinity, 'no timer is left');
});

test('descriptors that are ready, that are none, that lack the right', async () => {
  const { guest, fd, file, root, stream } = scene();
  guest.seek(file, 2, 0);
  assert.deepEqual(await poll(guest, readable(file), readable(99), writable(file), readable(fd), clock(60_000 * MS)),
    [[0, 'SUCCESS', 5, 0], [1, 'BADF', 0, 0], [2, 'SUCCESS', 65_536, 0]]);
  guest.setRights(file, RIGHTS.FD_READ, 0);
  assert.deepEqual(await poll(guest, readable(file), writable(file), readable(root)), [[0, 'NOTCAPABLE', 0, 0], [1, 'NOTCAPABLE', 0, 0], [2, 'BADF', 0, 0]]);
  stream.ready = { read: true, write: false, hangup: true };
  assert.deepEqual(await poll(guest, readable(fd), writable(fd)), [[0, 'SUCCESS', 5, 1], [1, 'SUCCESS', 65_536, 1]]);
  assert.deepEqual(await poll(guest, { tag: 9 }), [[0, 'INVAL', 0, 0]]);
});

test('waits for a stream, or for the clock', async () => {
  const { guest, fd, stream } = scene();
  const waiting = poll(guest, clock(10_000 * MS), readable(fd), writable(fd));
  assert.equal(stream.listeners.size, 1);
  stream.change({});
  stream.change({ read: true });
  assert.deepEqual(await waiting, [[1, 'SUCCESS', 5, 0]]);
  assert.equal(stream.listeners.size, 0);
  stream.ready.read = false;
  assert.deepEqual(await poll(guest, readable(fd), clock(10 * MS)), [[1, 'SUCCESS', 0, 0]]);
  assert.deepEqual([stream.listeners.size, nextDeadline()], [0, Infinity]);
});

test('timers can be run by whoever blocks the event loop', async () => {
  const { guest } = scene();
  const waiting = poll(guest, clock(5 * MS));
  assert.ok(nextDeadline() <= 5);
  const end = performance.now() + 8;
  while (performance.now() < end);
  let done = false;
  runDueTimers();
  void waiting.then(() => (done = true));
  await Promise.resolve().then(() => {}).then(() => {}).then(() => {}).then(() => {});
  assert.ok(done, 'without a turn of the loop');
});

test('a poll of a process that ended goes away', async () => {
  const { guest, fd, stream } = scene();
  void poll(guest, readable(fd), clock(10_000 * MS));
  guest.isKilled = true;
  stream.change({ read: true });
  assert.deepEqual([stream.listeners.size, nextDeadline()], [0, Infinity]);
});

/** Processes that have one file open, each with two descriptors of its own. */
function lockers(count) {
  const first = new Guest();
  first.make(first.preopen(), 'tmp/lock');
  return Array.from({ length: count }, (_, i) => {
    const guest = i === 0 ? first : new Guest({ store: first.store, root: first.process.root });
    const root = i === 0 ? 3 : guest.preopen();
    return { guest, fd: guest.openAt(root, 'tmp/lock').fd, other: guest.openAt(root, 'tmp/lock').fd };
  });
}
const lock = ({ guest, fd }, operation) => {
  const answer = guest.lock(fd, operation);
  return answer instanceof Promise ? answer.then(({ errno }) => errno) : answer.errno;
};

test('locks: shared with shared, exclusive alone', () => {
  const [a, b] = lockers(2);
  assert.equal(lock(a, SHARED), 'SUCCESS');
  assert.equal(lock(b, SHARED), 'SUCCESS');
  assert.equal(lock(b, EXCLUSIVE | NONBLOCK), 'AGAIN');
  assert.equal(lock(a, UNLOCK), 'SUCCESS');
  assert.equal(lock(a, UNLOCK), 'SUCCESS', 'nothing to let go of');
  assert.equal(lock(b, EXCLUSIVE | NONBLOCK), 'SUCCESS', 'made exclusive');
  assert.equal(lock(a, SHARED | NONBLOCK), 'AGAIN');
  assert.equal(lock({ ...b, fd: b.other }, SHARED | NONBLOCK), 'AGAIN', 'locks are the open file\'s, not the process\'s');
  assert.equal(lock(b, SHARED), 'SUCCESS');
  assert.equal(lock(a, SHARED | NONBLOCK), 'SUCCESS');
  for (const operation of [0, SHARED | EXCLUSIVE, 16]) assert.equal(lock(a, operation), 'INVAL');
  assert.equal(lock({ ...a, fd: 99 }, SHARED), 'BADF');
});

test('locks wait, in order, and go with the last descriptor', async () => {
  const [a, b, c, d] = lockers(4);
  assert.equal(lock(a, EXCLUSIVE), 'SUCCESS');
  const order = [];
  const second = lock(b, EXCLUSIVE).then(() => order.push('b'));
  const third = lock(c, SHARED).then(() => order.push('c'));
  void lock(d, EXCLUSIVE).then(() => order.push('d'));
  d.guest.isKilled = true;
  const copy = a.guest.fds.dup(a.fd, 0);
  a.guest.close(a.fd);
  await new Promise(setImmediate);
  assert.deepEqual(order, [], 'a descriptor is left');
  a.guest.close(copy);
  await second;
  assert.deepEqual(order, ['b']);
  b.guest.fds.closeAll();
  await third;
  assert.deepEqual(order, ['b', 'c']);
  assert.equal(lock(a, SHARED | NONBLOCK), 'BADF');
  c.guest.fds.closeAll();
  assert.equal(lock({ ...a, fd: a.other }, EXCLUSIVE | NONBLOCK), 'SUCCESS', 'who ended does not hold it');
});
