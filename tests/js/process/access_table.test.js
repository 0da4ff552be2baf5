// The policy on the way of a call: what is asked, what is refused, what is free.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { AccessTable } from '../../../worker/process/access_table.js';
import { CREAT, Guest, OP, RIGHTS, TRUNC } from './guest.js';

const rule = (prefix, read, write = read) => ({ prefix, read, write });
const OPEN = rule('/', 'allow');

/** Files made before the policy holds. */
function scene(rules, decide = async () => true) {
  const guest = new Guest({ decide });
  const root = guest.preopen();
  for (const path of ['workspace/a', 'workspace/a/b', 'workspace/secret', 'workspace/ask']) guest.mkdir(root, path);
  for (const path of ['workspace/a/file', 'workspace/secret/key', 'workspace/ask/file', 'workspace/ask/two']) guest.make(root, path, 'text');
  guest.symlink('secret/key', guest.openDirectory(root, 'workspace'), 'alias');
  guest.process.access = new AccessTable({ rules });
  return { guest, root };
}

test('the longest prefix decides, by whole names', () => {
  const table = new AccessTable({ rules: [OPEN, rule('/workspace/', 'ask', 'deny'), rule('/workspace/src', 'allow', 'ask')] });
  const verdicts = (path) => [table.verdict('read', path), table.verdict('write', path)];
  assert.deepEqual(verdicts('/workspace'), ['ask', 'deny']);
  assert.deepEqual(verdicts('/workspace/x/y'), ['ask', 'deny']);
  assert.deepEqual(verdicts('/workspace/src'), ['allow', 'ask']);
  assert.deepEqual(verdicts('/workspace/src/x'), ['allow', 'ask']);
  assert.deepEqual(verdicts('/workspace/srcs'), ['ask', 'deny']);
  assert.deepEqual(verdicts('/workspaces'), ['allow', 'allow']);
  assert.deepEqual(verdicts('/'), ['allow', 'allow']);
  assert.equal(table.verdict('read', '/', true), 'ask');
  assert.equal(table.verdict('write', '/workspace/src', true), 'ask');
  assert.equal(new AccessTable({ rules: [rule('/tmp', 'allow')] }).verdict('read', '/etc'), 'deny', 'no rule is a no');
  assert.deepEqual(new AccessTable().free, { read: true, write: true });
  assert.deepEqual(new AccessTable({ rules: [rule('/tmp', 'allow')] }).free, { read: false, write: false });
});

test('a rule about one place does not open what is below it', () => {
  const rules = [rule('/', 'ask'), { ...rule('/workspace/docs', 'allow'), below: false }, { ...rule('/', 'allow'), below: false }];
  const table = new AccessTable({ rules });
  assert.equal(table.verdict('write', '/workspace/docs'), 'allow');
  assert.equal(table.verdict('write', '/workspace/docs', true), 'ask');
  assert.equal(table.verdict('write', '/', true), 'ask');
});

test('what may not be read can be seen, not read', () => {
  const { guest, root } = scene([OPEN, rule('/workspace/secret', 'deny', 'allow')]);
  const read = { rights: RIGHTS.FD_READ };
  assert.equal(guest.openAt(root, 'workspace/secret/key', read).errno, 'ACCES');
  assert.equal(guest.openAt(root, 'workspace/alias', read).errno, 'ACCES', 'through a link');
  assert.equal(guest.openAt(guest.openDirectory(root, 'workspace/secret'), 'key', read).errno, 'ACCES', 'from within');
  assert.equal(guest.statAt(root, 'workspace/secret/key').size, 4);
  assert.equal(guest.readlink(root, 'workspace/alias').errno, 'SUCCESS');
  assert.equal(guest.openAt(root, 'workspace/secret/key', { rights: RIGHTS.FD_WRITE }).errno, 'SUCCESS');
  assert.equal(guest.link(root, 'workspace/secret/key', root, 'tmp/key'), 'ACCES', 'a second name would give it away');
  assert.equal(guest.rename(root, 'workspace/secret/key', root, 'tmp/key'), 'ACCES');
  assert.equal(guest.rename(root, 'workspace/secret', root, 'tmp/s'), 'ACCES');
  assert.equal(guest.access(root, 'workspace/secret/key', 4), 'ACCES');
  assert.equal(guest.access(root, 'workspace/secret/key', 2), 'SUCCESS');
  assert.deepEqual(new Set(guest.audits), new Set(['read /workspace/secret/key ACCES', 'read /workspace/secret ACCES']));
});

test('what may not be written cannot be changed by any call', () => {
  const { guest, root } = scene([OPEN, rule('/workspace/secret', 'allow', 'deny')]);
  const held = guest.openAt(root, 'workspace/secret/key', { rights: RIGHTS.FD_READ | RIGHTS.FD_FILESTAT_SET_TIMES }).fd;
  const key = 'workspace/secret/key';
  const rows = [
    guest.openAt(root, key).errno, guest.openAt(root, key, { rights: RIGHTS.FD_FILESTAT_SET_SIZE }).errno, guest.openAt(root, key, { rights: 0, oflags: TRUNC }).errno,
    guest.openAt(root, 'workspace/secret/new', { oflags: CREAT }).errno, guest.mkdir(root, 'workspace/secret/new'), guest.unlink(root, key),
    guest.symlink('x', root, 'workspace/secret/new'), guest.link(root, 'workspace/a/file', root, 'workspace/secret/new'), guest.link(root, key, root, 'tmp/new'),
    guest.rename(root, key, root, 'tmp/new'), guest.rename(root, 'workspace/a/file', root, key), guest.rename(root, 'workspace/secret', root, 'workspace/other'),
    guest.chmod(root, key, 0o777), guest.timesAt(root, key, 0, 0, 1), guest.times(held, 0, 0, 1), guest.send(OP.FS_FD_CHMOD, [held, 0]).errno,
    guest.rmdir(root, 'workspace/secret'), guest.access(root, key, 2),
  ];
  assert.deepEqual(rows, rows.map(() => 'ACCES'));
  assert.equal(guest.contentOf(root, key), 'text');
  assert.equal(guest.contentOf(root, 'workspace/a/file'), 'text');
  assert.ok(guest.audits.length >= 16);
});

test('a rename counts all that moves with a directory', () => {
  const { guest, root } = scene([OPEN, rule('/workspace/a/b', 'allow', 'deny')]);
  assert.equal(guest.rename(root, 'workspace/a', root, 'workspace/moved'), 'ACCES');
  assert.equal(guest.rename(root, 'workspace/a/file', root, 'workspace/moved'), 'SUCCESS');
});

test('ask parks the call and goes on with the answer', async () => {
  /** @type {((allowed: boolean) => void)[]} */
  const waiting = [];
  const { guest, root } = scene([OPEN, rule('/workspace/ask', 'ask')], () => new Promise((resolve) => waiting.push(resolve)));
  const opening = guest.openAt(root, 'workspace/ask/file');
  assert.ok(opening instanceof Promise);
  assert.deepEqual(guest.asked, ['write /workspace/ask/file']);
  waiting[0](true);
  await new Promise(setImmediate);
  assert.deepEqual(guest.asked, ['write /workspace/ask/file', 'read /workspace/ask/file'], 'one question after the other');
  waiting[1](true);
  const { errno, fd, data } = await opening;
  assert.deepEqual([errno, data.subarray(64).toString()], ['SUCCESS', 'text']);
  assert.equal(guest.write(fd, 'more').errno, 'SUCCESS', 'what is open is open');
  const again = guest.send(OP.PATH_UNLINK_FILE, [root], Buffer.from('workspace/ask/file'));
  assert.equal(guest.asked.length, 3, 'an answer is for one call');
  waiting[2](false);
  assert.equal((await again).errno, 'ACCES');
  assert.deepEqual(guest.audits, ['write /workspace/ask/file ACCES']);
  assert.equal(guest.statAt(root, 'workspace/ask/file').errno, 'SUCCESS');
});

test('both ends of a rename are asked about, and a failing decider is a no', async () => {
  const { guest, root } = scene([OPEN, rule('/workspace/ask', 'allow', 'ask')]);
  const done = await guest.sendTwo(OP.PATH_RENAME, [root, 0, root], 'workspace/ask/file', 'workspace/ask/new');
  assert.equal(done.errno, 'SUCCESS');
  assert.deepEqual(guest.asked, ['write /workspace/ask/file', 'write /workspace/ask/new']);
  const broken = scene([rule('/', 'ask')], async () => {
    throw new Error('nobody there');
  });
  assert.equal((await broken.guest.openAt(broken.root, 'workspace/a/file')).errno, 'ACCES');
});

test('a process that ended meanwhile is not served', async () => {
  let allow = (/** @type {boolean} */ _) => {};
  const { guest, root } = scene([OPEN, rule('/workspace/ask', 'ask')], () => new Promise((resolve) => (allow = resolve)));
  const pending = guest.send(OP.PATH_UNLINK_FILE, [root], Buffer.from('workspace/ask/file'));
  assert.ok(pending instanceof Promise);
  guest.isKilled = true;
  allow(true);
  await new Promise(setImmediate);
  assert.equal(guest.statAt(root, 'workspace/ask/file').errno, 'SUCCESS');
});

test('places that hold nothing of the user are not asked about', () => {
  const { guest, root } = scene([rule('/', 'deny')]);
  for (const path of ['dev/null', 'dev/zero', 'etc/passwd', 'proc/self/status']) {
    assert.equal(guest.openAt(root, path, { rights: RIGHTS.FD_READ }).errno, 'SUCCESS', path);
  }
  assert.equal(guest.openAt(root, 'workspace/a/file', { rights: RIGHTS.FD_READ }).errno, 'ACCES');
  const jail = guest.preopen('/workspace/a', { confined: true });
  assert.equal(guest.openAt(jail, 'file', { rights: RIGHTS.FD_READ }).errno, 'ACCES');
  assert.equal(guest.audits.at(-1), 'read /workspace/a/file ACCES');
});
