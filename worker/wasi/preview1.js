/**
 * WASI preview 1 and the Satchel imports as functions that a module can be linked with.
 *
 * Most calls only carry arguments to the host and an answer back: they are rows of a table. The letters say what the guest's
 * parameters are, in their order:
 *
 *   w  a word           W  an i64: two words          _  no parameter, a word is left out
 *   p  a path or other bytes (pointer, length): data; of two, the length of the first goes into the eighth word
 *   S  pointer: the answer's data goes there          4  pointer: the next result, as u32
 *   B  pointer, length, pointer: the answer's data as far as it fits, and its length there; R as B, but RANGE when too long
 */

import { ALL_RIGHTS, CLOCKID, ERRNO, OFLAGS, SIGNAL, STRUCTS, SUBCLOCKFLAGS, EVENTTYPE, WHENCE } from '../generated/abi.js';
import { Ahead, codes } from './ahead.js';
import { then } from './channel.js';
import * as files from './file_io.js';
import { ProgramEnd } from './guest.js';
import { OP, WORD } from './wire.js';

/** @typedef {import('./guest.js').Guest} Guest */
/** @typedef {import('./channel.js').Now<number>} NowNumber */
/** @typedef {(...args: any[]) => NowNumber | void} Import */

const RANDOM_SLICE = 65_536;
const MAX_SLEEP_MS = 1_000_000_000;
const PATH_BYTES = 16_384;
const KNOWN_PATH_BYTES = 4096;

/** @type {Record<string, Record<string, [op: number, parameters: string]>>} */
const CARRIED = {
  wasi_snapshot_preview1: {
    fd_advise: [OP.FD_ADVISE, 'wWWw'], fd_allocate: [OP.FD_ALLOCATE, 'wWW'], fd_datasync: [OP.FD_DATASYNC, 'w'],
    fd_sync: [OP.FD_SYNC, 'w'], fd_fdstat_get: [OP.FD_FDSTAT_GET, 'wS'],
    fd_fdstat_set_flags: [OP.FD_FDSTAT_SET_FLAGS, 'ww'], fd_filestat_set_size: [OP.FD_FILESTAT_SET_SIZE, 'wW'],
    fd_filestat_set_times: [OP.FD_FILESTAT_SET_TIMES, 'wWWw'],
    path_create_directory: [OP.PATH_CREATE_DIRECTORY, 'wp'],
    path_filestat_set_times: [OP.PATH_FILESTAT_SET_TIMES, 'wwpWWw'], path_link: [OP.PATH_LINK, 'wwpwp'],
    path_readlink: [OP.PATH_READLINK, 'wpB'], path_remove_directory: [OP.PATH_REMOVE_DIRECTORY, 'wp'],
    path_rename: [OP.PATH_RENAME, 'wp_wp'], path_symlink: [OP.PATH_SYMLINK, 'pwp'],
    path_unlink_file: [OP.PATH_UNLINK_FILE, 'wp'], sock_accept: [OP.SOCK, 'w'], sock_recv: [OP.SOCK, 'w'],
    sock_send: [OP.SOCK, 'w'], sock_shutdown: [OP.SOCK, 'w'],
  },
  satchel_process_v1: {
    wait: [OP.PROCESS_WAIT, 'ww44'], kill: [OP.PROCESS_KILL, 'ww'], ids: [OP.PROCESS_IDS, '44'],
  },
  satchel_fs_v1: {
    fd_chmod: [OP.FS_FD_CHMOD, 'ww'], path_chmod: [OP.FS_PATH_CHMOD, 'wwpw'],
    path_access: [OP.FS_PATH_ACCESS, 'wwpw'], umask: [OP.FS_UMASK, 'w4'], fd_path: [OP.FS_FD_PATH, 'wR'],
  },
  satchel_net_v1: {
    close: [OP.NET_CLOSE, 'w'], head: [OP.NET_HEAD, 'wR'],
  },
  satchel_tty_v1: {
    isatty: [OP.TTY_IS, 'w'], size_get: [OP.TTY_SIZE, 'w44'], mode_get: [OP.TTY_MODE_GET, 'w4'],
    mode_set: [OP.TTY_MODE_SET, 'ww'],
  },
};

/** @param {Guest} guest @param {number} op @param {string} parameters @returns {Import} */
function carried(guest, op, parameters) {
  const firstResult = parameters.search(/[S4BR]/);
  const inputs = firstResult < 0 ? parameters : parameters.slice(0, firstResult);
  const outputs = firstResult < 0 ? '' : parameters.slice(firstResult);
  return (...args) => {
    const used = putArguments(guest, inputs, args);
    if (used < 0) return -used;
    for (let i = 0; i < outputs.length; i++) if (outputs[i] === '4') guest.memory.u32(args[used + i]);
    return then(guest.call(op), (errno) => (errno === ERRNO.SUCCESS ? takeResults(guest, outputs, args, used) : errno));
  };
}

/** @param {Guest} guest @param {string} inputs @param {any[]} args @returns {number} how many arguments were used, or minus an errno */
function putArguments(guest, inputs, args) {
  const { words, data, memory } = guest;
  let [word, arg, length, paths] = [0, 0, 0, 0];
  for (const letter of inputs) {
    if (letter === 'w') words[WORD.ARG + word++] = args[arg++];
    else if (letter === '_') word += 1;
    else if (letter === 'W') {
      guest.put64(word, args[arg++]);
      word += 2;
    } else {
      const bytes = memory.bytes(args[arg], args[arg + 1]);
      if (bytes.length > PATH_BYTES) return -ERRNO.NAMETOOLONG;
      data.set(bytes, length);
      if (paths++ === 0) words[WORD.ARG + 7] = bytes.length;
      length += bytes.length;
      arg += 2;
    }
  }
  words[WORD.LENGTH] = length;
  return arg;
}

/** @param {Guest} guest @param {string} outputs @param {any[]} args @param {number} arg the first one not used @returns {number} errno */
function takeResults(guest, outputs, args, arg) {
  const { memory } = guest;
  let result = 0;
  for (const letter of outputs) {
    if (letter === 'S') memory.set(args[arg++], guest.data.subarray(0, guest.words[WORD.AHEAD] || guest.length));
    else if (letter === '4') memory.setU32(args[arg++], guest.result(result++));
    else {
      const size = args[arg + 1] >>> 0;
      if (letter === 'R' && guest.length > size) return ERRNO.RANGE;
      const bytes = guest.data.subarray(0, Math.min(guest.length, size));
      memory.set(args[arg], bytes);
      memory.setU32(args[arg + 2], bytes.length);
    }
  }
  return ERRNO.SUCCESS;
}

/** @param {Guest} guest @param {Uint8Array[]} strings @param {number} pointers @param {number} buffer */
function putStrings({ memory }, strings, pointers, buffer) {
  strings.reduce((at, string, index) => {
    memory.setU32(pointers + index * 4, at);
    memory.set(at, string);
    return at + string.length;
  }, buffer);
  return ERRNO.SUCCESS;
}

/** @param {Guest} guest @param {Uint8Array[]} strings @param {number} count @param {number} size */
function putSizes({ memory }, strings, count, size) {
  memory.setU32(count, strings.length);
  memory.setU32(size, strings.reduce((sum, string) => sum + string.length, 0));
  return ERRNO.SUCCESS;
}

/** The same in every worker, so that one process can wait for a time that another named. */
const now = () => performance.timeOrigin + performance.now();

/** What the monotonic clock gave last. */
let lastTime = 0n;

/** Milliseconds of a clock. @type {Record<number, (guest: Guest) => number>} */
const CLOCKS = {
  [CLOCKID.REALTIME]: now,
  [CLOCKID.MONOTONIC]: now,
  [CLOCKID.PROCESS_CPUTIME_ID]: cpuTime,
  [CLOCKID.THREAD_CPUTIME_ID]: cpuTime,
};

/** Time since the start less the time spent waiting: a worker has no clock of its own. @param {Guest} guest */
function cpuTime({ startedAt, channel }) {
  return performance.now() - startedAt - channel.parked;
}

/** Nanoseconds of whole microseconds. @param {number} milliseconds */
function nanoseconds(milliseconds) {
  return BigInt(Math.floor(milliseconds * 1000)) * 1000n;
}

/** A count into `out`, or the errno that it stands for. @param {Guest} guest @param {NowNumber} result @param {number} out */
function counted(guest, result, out) {
  return then(result, (count) => {
    if (count < 0) return -count;
    guest.memory.setU32(out, count);
    return ERRNO.SUCCESS;
  });
}

/** @typedef {{ userdata: bigint, due: number }} Sleep */

/**
 * Subscriptions that are all for clocks, with the time of `now` they are due; null when the host has to look.
 * @param {Guest} guest @param {number} pointer @param {number} count @returns {Sleep[] | null}
 */
function sleeps(guest, pointer, count) {
  const { SIZEOF, userdata, tag, clock_id, clock_timeout, clock_flags } = STRUCTS.subscription;
  const { memory } = guest;
  const found = [];
  for (let at = pointer >>> 0; found.length < count; at += SIZEOF) {
    const flags = memory.u16(at + clock_flags);
    const isSleep = memory.u8(at + tag) === EVENTTYPE.CLOCK && memory.u32(at + clock_id) <= CLOCKID.MONOTONIC;
    if (!isSleep || flags > SUBCLOCKFLAGS.SUBSCRIPTION_CLOCK_ABSTIME) return null;
    const timeout = Number(memory.u64(at + clock_timeout)) / 1e6;
    // Not shorter by what the monotonic clock is ahead of the browser's, and by what a float leaves of it.
    const since = flags === SUBCLOCKFLAGS.SUBSCRIPTION_CLOCK_ABSTIME ? 0
      : Math.max(now(), timeout > 0 ? Number(lastTime) / 1e6 + 0.001 : 0);
    found.push({ userdata: memory.u64(at + userdata), due: since + timeout });
  }
  return found;
}

/** Sleep here: no timer of the host is needed. @param {Guest} guest @param {Sleep[]} waited @param {number} out @param {number} outCount @returns {NowNumber} */
function sleepUntil(guest, waited, out, outCount) {
  const first = Math.min(...waited.map(({ due }) => due));
  const rest = first - now();
  if (rest > 0) return then(guest.channel.sleep(Math.min(rest, MAX_SLEEP_MS)), () => sleepUntil(guest, waited, out, outCount));
  const { memory } = guest;
  const due = waited.filter((sleep) => sleep.due <= now());
  due.forEach((sleep, index) => {
    const event = (out >>> 0) + index * STRUCTS.event.SIZEOF;
    memory.bytes(event, STRUCTS.event.SIZEOF).fill(0);
    memory.setU64(event + STRUCTS.event.userdata, sleep.userdata);
  });
  memory.setU32(outCount, due.length);
  return ERRNO.SUCCESS;
}

/** Signals whose default is to do nothing, and those that stop. */
const IGNORED = new Set([SIGNAL.NONE, SIGNAL.CHLD, SIGNAL.CONT, SIGNAL.URG, SIGNAL.WINCH]);
const STOPPING = new Set([SIGNAL.STOP, SIGNAL.TSTP, SIGNAL.TTIN, SIGNAL.TTOU]);

/** @param {Guest} guest @returns {Record<string, Import>} */
export function preview1(guest) {
  const { memory, words, data } = guest;
  const openPath = carried(guest, OP.PATH_OPEN, 'wwpwWWw');
  const statPath = carried(guest, OP.PATH_FILESTAT_GET, 'wwpS');
  return {
    args_get: (pointers, buffer) => putStrings(guest, guest.argv, pointers, buffer),
    args_sizes_get: (count, size) => putSizes(guest, guest.argv, count, size),
    environ_get: (pointers, buffer) => putStrings(guest, guest.env, pointers, buffer),
    environ_sizes_get: (count, size) => putSizes(guest, guest.env, count, size),
    clock_res_get(id, out) {
      if (CLOCKS[id] === undefined) return ERRNO.INVAL;
      memory.setU64(out, 1000n);
      return ERRNO.SUCCESS;
    },
    clock_time_get(id, _precision, out) {
      const clock = CLOCKS[id];
      if (clock === undefined) return ERRNO.INVAL;
      const time = nanoseconds(clock(guest));
      // This one moves between any two calls, however coarse the browser's clock is: programs divide by the difference.
      if (id === CLOCKID.MONOTONIC) lastTime = time > lastTime ? time : lastTime + 1n;
      memory.setU64(out, id === CLOCKID.MONOTONIC ? lastTime : time);
      return ERRNO.SUCCESS;
    },
    fd_close: (fd) => guest.close(fd),
    fd_fdstat_set_rights(fd, base, inheriting) {
      guest.share(fd);
      guest.locals.delete(fd);
      guest.stats = guest.files = null;
      return carried(guest, OP.FD_FDSTAT_SET_RIGHTS, 'wWW')(fd, base, inheriting);
    },
    fd_filestat_get: (fd, out) => files.filestat(guest, fd, out),
    fd_read: (fd, iovs, count, out) => counted(guest, files.read(guest, fd, memory.buffers(iovs, count)), out),
    fd_pread: (fd, iovs, count, offset, out) =>
      counted(guest, files.pread(guest, fd, BigInt.asUintN(64, offset), memory.buffers(iovs, count)), out),
    fd_write: (fd, iovs, count, out) => counted(guest, files.write(guest, fd, memory.buffers(iovs, count)), out),
    fd_pwrite: (fd, iovs, count, offset, out) =>
      counted(guest, files.pwrite(guest, fd, BigInt.asUintN(64, offset), memory.buffers(iovs, count)), out),
    fd_prestat_get: (fd, out) => then(preopenName(guest, fd), (name) => {
      if (typeof name === 'number') return name;
      memory.setU32(out, 0);
      memory.setU32(out + STRUCTS.prestat.name_len, name.length);
      return ERRNO.SUCCESS;
    }),
    fd_prestat_dir_name: (fd, out, size) => then(preopenName(guest, fd), (name) => {
      if (typeof name === 'number') return name;
      if (name.length > size >>> 0) return ERRNO.NAMETOOLONG;
      memory.set(out, name);
      return ERRNO.SUCCESS;
    }),
    fd_readdir: (fd, buffer, size, cookie, out) => files.readdir(guest, fd, buffer, size, cookie, out),
    fd_renumber: (from, to) => then(carried(guest, OP.FD_RENUMBER, 'ww')(from, to) ?? 0, (errno) => {
      if (errno === ERRNO.SUCCESS) guest.moved(from, to);
      return errno;
    }),
    fd_seek: (fd, offset, whence, out) => files.seek(guest, fd, offset, whence, out),
    fd_tell: (fd, out) => files.seek(guest, fd, 0n, WHENCE.CUR, out),
    path_filestat_get(fd, flags, path, length, out) {
      const name = pathCodes(guest, path, length);
      const known = guest.stats?.find(name, [fd, flags], guest.channel.generation());
      if (guest.stats !== null && known !== undefined) {
        memory.set(out, guest.stats.stat(known.at));
        return ERRNO.SUCCESS;
      }
      return then(statPath(fd, flags, path, length, out) ?? 0, (errno) => {
        if (errno === ERRNO.SUCCESS) guest.stats = sentAhead(guest, name, [fd, flags]);
        return errno;
      });
    },
    path_open(fd, dirflags, path, length, oflags, base, inheriting, fdflags, out) {
      memory.u32(out);
      const name = pathCodes(guest, path, length);
      const key = [fd, dirflags, oflags, base, inheriting, fdflags];
      const here = files.openKnown(guest, name, key);
      if (here >= 0) {
        memory.setU32(out, here);
        return ERRNO.SUCCESS;
      }
      if (mayNameDescriptor(memory.bytes(path, length))) for (const known of guest.locals.keys()) guest.share(known);
      return then(openPath(fd, dirflags, path, length, oflags, base, inheriting, fdflags) ?? 0, (errno) => {
        if (errno !== ERRNO.SUCCESS) return errno;
        const fresh = guest.result(0);
        guest.locals.delete(fresh);
        const rights = Number(base & BigInt(ALL_RIGHTS));
        if ((oflags & OFLAGS.DIRECTORY) !== 0) files.openedDirectory(guest, fresh, rights);
        else files.opened(guest, fresh, rights);
        guest.files = guest.privateFile(fresh) === null ? null : sentAhead(guest, name, key);
        guest.nextFree(guest.result(2));
        memory.setU32(out, fresh);
        return errno;
      });
    },
    poll_oneoff(subscriptions, events, count, out) {
      const size = (count >>> 0) * STRUCTS.subscription.SIZEOF;
      if (size === 0 || size > guest.room) return ERRNO.INVAL;
      const waited = sleeps(guest, subscriptions, count >>> 0);
      if (waited !== null) return sleepUntil(guest, waited, events, out);
      // How much can be read depends on the offset.
      for (const fd of guest.locals.keys()) guest.share(fd);
      guest.request(count);
      data.set(memory.bytes(subscriptions, size));
      words[WORD.LENGTH] = size;
      return then(guest.call(OP.POLL_ONEOFF), (errno) => {
        if (errno !== ERRNO.SUCCESS) return errno;
        memory.set(events, data.subarray(0, guest.result(0) * STRUCTS.event.SIZEOF));
        memory.setU32(out, guest.result(0));
        return errno;
      });
    },
    proc_exit: (code) => guest.finish(new ProgramEnd('exit', code & 0xff, 0)),
    proc_raise(signal) {
      if (!(signal >= 0 && signal <= SIGNAL.SYS)) return ERRNO.INVAL;
      if (IGNORED.has(signal)) return ERRNO.SUCCESS;
      if (!STOPPING.has(signal)) return guest.die(signal);
      guest.request(signal);
      return guest.call(OP.PROC_RAISE);
    },
    random_get(pointer, length) {
      const bytes = memory.bytes(pointer, length);
      for (let at = 0; at < bytes.length; at += RANDOM_SLICE) crypto.getRandomValues(bytes.subarray(at, at + RANDOM_SLICE));
      return ERRNO.SUCCESS;
    },
    sched_yield: () => ERRNO.SUCCESS,
  };
}

/** @param {Guest} guest @param {number} fd @returns {import('./channel.js').Now<Uint8Array | number>} the name, or an errno */
function preopenName(guest, fd) {
  const known = guest.preopens.get(fd);
  if (known !== undefined) return known;
  guest.request(fd);
  return then(guest.call(OP.FD_PRESTAT_DIR_NAME), (errno) => (errno === ERRNO.SUCCESS ? guest.data.slice(0, guest.length) : errno));
}

/** A path as codes, short enough to be looked up here. @param {Guest} guest @param {number} path @param {number} length */
function pathCodes({ memory }, path, length) {
  return length >>> 0 > KNOWN_PATH_BYTES ? '' : codes(memory.bytes(path, length));
}

/** What came along with the answer in the block. @param {Guest} guest @param {string} path @param {unknown[]} key */
function sentAhead({ words, data, length }, path, key) {
  const at = /** @type {number} */ (words[WORD.AHEAD]);
  return at === 0 || path === '' ? null : new Ahead(data.slice(at, length), path, key, /** @type {number} */ (words[WORD.GENERATION]));
}

/** Whether it may lead to `/dev/fd/N`, the same open file as descriptor N. @param {Uint8Array} path */
function mayNameDescriptor(path) {
  for (let f = path.indexOf(0x66); f >= 0; f = path.indexOf(0x66, f + 1)) if (path[f + 1] === 0x64 && path[f + 2] === 0x2f) return true;
  return false;
}

/** @param {Guest} guest @param {string} module @returns {Record<string, Import>} the calls of an import module that are rows of the table */
export function carriedCalls(guest, module) {
  return Object.fromEntries(Object.entries(CARRIED[module] ?? {}).map(([name, [op, parameters]]) => [name, carried(guest, op, parameters)]));
}

