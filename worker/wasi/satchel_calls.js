/** The calls of the four Satchel modules that do more than carry arguments; `docs/abi.md` says what they mean. */

import { ERRNO, MOST_PROGRAM_BYTES } from '../generated/abi.js';
import { then } from './channel.js';
import { ProgramEnd } from './guest.js';
import { LocalFile } from './local_files.js';
import { READER, WRITER } from './ring.js';
import { DATA_BYTES, OP, WORD } from './wire.js';

/** @typedef {import('./guest.js').Guest} Guest */
/** @typedef {import('./preview1.js').Import} Import */

const PAIR_BYTES = 8;

/**
 * Send what starts a program, in as many parts as it takes: pairs of descriptors, then strings with their lengths.
 * @param {Guest} guest @param {number} op @param {number} flags @param {Uint8Array} pairs @param {Uint8Array[]} strings
 * @returns {import('./channel.js').Now<number>} errno
 */
function sendProgram(guest, op, flags, pairs, strings) {
  const length = strings.reduce((sum, string) => sum + 4 + string.length, pairs.length);
  if (length > MOST_PROGRAM_BYTES) return ERRNO.TOOBIG;
  const whole = new Uint8Array(length);
  whole.set(pairs);
  let end = pairs.length;
  for (const string of strings) {
    new DataView(whole.buffer).setUint32(end, string.length, true);
    whole.set(string, end + 4);
    end += 4 + string.length;
  }
  /** @param {number} at @returns {import('./channel.js').Now<number>} */
  const send = (at) => {
    const part = whole.subarray(at, at + guest.room);
    const isLast = at + part.length === length;
    if (isLast) guest.request(flags, pairs.length / PAIR_BYTES, at);
    else guest.request(at);
    guest.data.set(part);
    guest.words[WORD.LENGTH] = part.length;
    return isLast ? guest.call(op) : then(guest.call(OP.PROCESS_TEXT), () => send(at + part.length));
  };
  return send(0);
}

/** @param {Guest} guest @returns {Record<string, Import>} */
function processCalls(guest) {
  const { memory } = guest;
  /** @param {number[]} args pointer and length of each string */
  const strings = (...args) => [0, 2, 4, 6].map((i) => memory.bytes(/** @type {number} */ (args[i]), /** @type {number} */ (args[i + 1])));
  return {
    spawn(file, fileLength, argv, argvLength, env, envLength, cwd, cwdLength, fds, count, flags, out) {
      memory.u32(out);
      const pairs = memory.bytes(fds, (count >>> 0) * PAIR_BYTES);
      const texts = strings(file, fileLength, argv, argvLength, env, envLength, cwd, cwdLength);
      for (let i = 0; i < count >>> 0; i++) guest.share(memory.u32(fds + i * PAIR_BYTES + 4));
      return then(sendProgram(guest, OP.PROCESS_SPAWN, flags, pairs, texts), (errno) => {
        if (errno === ERRNO.SUCCESS) memory.setU32(out, guest.result(0));
        return errno;
      });
    },
    exec(file, fileLength, argv, argvLength, env, envLength, cwd, cwdLength, flags) {
      for (const fd of guest.locals.keys()) guest.share(fd);
      const texts = strings(file, fileLength, argv, argvLength, env, envLength, cwd, cwdLength);
      const sent = sendProgram(guest, OP.PROCESS_EXEC, flags, new Uint8Array(0), texts);
      return then(sent, (errno) => (errno === ERRNO.SUCCESS ? guest.finish(new ProgramEnd('exec', 0, 0)) : errno));
    },
    pipe(reader, writer) {
      memory.u32(reader);
      memory.u32(writer);
      guest.request(0);
      return then(guest.call(OP.PROCESS_PIPE), (errno) => {
        if (errno !== ERRNO.SUCCESS) return errno;
        const [readEnd, writeEnd, ring] = [guest.result(0), guest.result(1), guest.result(2)];
        guest.addRing(readEnd, ring, READER);
        guest.addRing(writeEnd, ring, WRITER);
        memory.setU32(reader, readEnd);
        memory.setU32(writer, writeEnd);
        return errno;
      });
    },
    dup(fd, minimum, out) {
      memory.u32(out);
      guest.share(fd);
      guest.request(fd, minimum);
      return then(guest.call(OP.PROCESS_DUP), (errno) => {
        if (errno !== ERRNO.SUCCESS) return errno;
        guest.copied(fd, guest.result(0));
        memory.setU32(out, guest.result(0));
        return errno;
      });
    },
    dup_to(fd, to) {
      guest.share(fd);
      guest.request(fd, to);
      return then(guest.call(OP.PROCESS_DUP_TO), (errno) => {
        if (errno === ERRNO.SUCCESS) guest.copied(fd, to);
        return errno;
      });
    },
  };
}

/** @param {Guest} guest @returns {Record<string, Record<string, Import>>} by module, then by name */
export function satchelCalls(guest) {
  const { memory, data, words } = guest;
  return {
    satchel_process_v1: processCalls(guest),
    satchel_fs_v1: {
      fd_lock(fd, operation) {
        // The lock ends with the last close, so from now on that is told at once.
        const local = guest.locals.get(fd);
        if (local instanceof LocalFile) local.isLocked = true;
        else guest.locals.delete(fd);
        guest.request(fd, operation);
        return guest.call(OP.FS_FD_LOCK);
      },
    },
    satchel_net_v1: {
      open(request, requestLength, body, bodyLength, out) {
        const texts = [memory.bytes(request, requestLength), memory.bytes(body, bodyLength)];
        const [head, content] = /** @type {[Uint8Array, Uint8Array]} */ (texts);
        if (head.length + content.length > guest.room) return ERRNO.TOOBIG;
        guest.request(head.length);
        data.set(head);
        data.set(content, head.length);
        words[WORD.LENGTH] = head.length + content.length;
        return then(guest.call(OP.NET_OPEN), (errno) => {
          if (errno === ERRNO.SUCCESS) memory.setU32(out, guest.result(0));
          return errno;
        });
      },
      read(handle, buffer, length, out) {
        guest.request(handle, Math.min(length >>> 0, DATA_BYTES));
        return then(guest.call(OP.NET_READ), (errno) => {
          if (errno !== ERRNO.SUCCESS) return errno;
          memory.set(buffer, data.subarray(0, guest.length));
          memory.setU32(out, guest.length);
          return errno;
        });
      },
    },
  };
}
