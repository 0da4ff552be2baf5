/**
 * A terminal: the line discipline between a person's keys and the programs that read them (XBD 11, as far as it matters here).
 *
 * In canonical mode input is edited a line at a time (erase, word erase, kill, end of file); without, every byte is there at
 * once. There are no background processes, so signals go to all processes of the terminal, and nothing stops them.
 */

import { ERRNO, FDFLAGS, FILETYPE, SIGNAL, TERMINAL_MODE } from '../generated/abi.js';
import { PENDING, WORD } from '../wasi/wire.js';
import { encodeFilestat, OpenFile, STREAM_RIGHTS } from './open_file.js';

/** @typedef {import('./host_call.js').HostCall} HostCall */

const CTRL_D = 0x04;
const BACKSPACE = 0x08;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const CTRL_U = 0x15;
const CTRL_W = 0x17;
/** Of Ctrl-C, Ctrl-Z (which stops nothing, since nobody could make it go on) and Ctrl-\. @type {Readonly<Record<number, number>>} */
const SIGNALS = Object.freeze({ 0x03: SIGNAL.INT, 0x1a: SIGNAL.NONE, 0x1c: SIGNAL.QUIT });
const SPACE = 0x20;
const DELETE = 0x7f;
const ERASE_ONE = [BACKSPACE, SPACE, BACKSPACE];
/** Bytes a line may have before its newline; what is typed beyond is lost, as POSIX MAX_CANON has it. */
const MAX_LINE = 4095;
const ALL_MODES = Object.values(TERMINAL_MODE).reduce((all, bit) => all | bit, 0);

export class Terminal {
  mode = ALL_MODES;
  /** What can be read: lines in canonical mode, an empty one being the end of file. @type {Uint8Array[]} */
  #ready = [];
  /** The line being edited. @type {number[]} */
  #line = [];
  #isHungUp = false;
  /** @type {Set<() => void>} */
  #listeners = new Set();

  /**
   * @param {object} options
   * @param {number} options.rows
   * @param {number} options.columns
   * @param {(bytes: Uint8Array) => void} options.onOutput
   * @param {(go: () => void) => boolean} [options.holds] whether writers must wait until `go` is called
   * @param {(signal: number) => void} options.onSignal for every process of the terminal
   * @param {() => void} options.onClose no process has it open any more
   */
  constructor({ rows, columns, onOutput, onSignal, onClose, holds = () => false }) {
    this.rows = rows;
    this.columns = columns;
    this.onOutput = onOutput;
    this.holds = holds;
    this.onSignal = onSignal;
    this.file = new TerminalFile(this, onClose);
  }

  /** Keys were pressed. @param {Uint8Array} bytes */
  input(bytes) {
    for (const byte of bytes) this.#key(byte === RETURN && this.has('ICRNL') ? NEWLINE : byte);
    this.#changed();
  }

  /** Nobody will press keys any more. */
  hangUp() {
    this.#isHungUp = true;
    this.#changed();
  }

  /** @param {number} rows @param {number} columns */
  resize(rows, columns) {
    this.rows = rows;
    this.columns = columns;
    this.onSignal(SIGNAL.WINCH);
  }

  /** @param {keyof typeof TERMINAL_MODE} name */
  has(name) {
    return (this.mode & TERMINAL_MODE[name]) !== 0;
  }

  /** @param {number} mode */
  setMode(mode) {
    this.mode = mode & ALL_MODES;
    if (!this.has('ICANON') && this.#line.length > 0) this.#endLine();
    this.#changed();
  }

  /** What was typed and read by nobody. @returns {Uint8Array} */
  get unread() {
    return Uint8Array.from([...this.#ready, this.#line].flatMap((bytes) => [...bytes]));
  }

  get canRead() {
    return this.#ready.length > 0 || this.#isHungUp;
  }

  /** @param {Uint8Array} target @returns {number} bytes read, 0 at the end, -1 when there is nothing yet */
  read(target) {
    const [first] = this.#ready;
    if (first === undefined) return this.#isHungUp ? 0 : -1;
    const part = first.subarray(0, target.length);
    target.set(part);
    if (part.length === first.length) this.#ready.shift();
    else this.#ready[0] = first.subarray(part.length);
    return part.length;
  }

  /** @param {Uint8Array} bytes */
  write(bytes) {
    if (!this.has('OPOST') || !bytes.includes(NEWLINE)) {
      this.onOutput(bytes.slice());
      return;
    }
    const out = [];
    for (const byte of bytes) {
      if (byte === NEWLINE) out.push(RETURN);
      out.push(byte);
    }
    this.onOutput(Uint8Array.from(out));
  }

  /** @param {() => void} listener @returns {() => void} */
  listen(listener) {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** @param {number} byte */
  #key(byte) {
    const signal = SIGNALS[byte];
    if (signal !== undefined && this.has('ISIG')) {
      this.#line = [];
      this.#ready = [];
      this.#echo([byte, NEWLINE]);
      if (signal !== SIGNAL.NONE) this.onSignal(signal);
    } else if (!this.has('ICANON')) {
      this.#line.push(byte);
      this.#echo([byte]);
      this.#endLine();
    } else if (byte === DELETE || byte === BACKSPACE) this.#erase(1);
    else if (byte === CTRL_U) this.#erase(this.#line.length);
    else if (byte === CTRL_W) this.#eraseWord();
    else if (byte === CTRL_D) this.#endLine();
    else if (byte === NEWLINE || this.#line.length < MAX_LINE) {
      this.#line.push(byte);
      this.#echo([byte]);
      if (byte === NEWLINE) this.#endLine();
    }
  }

  /** What was typed can be read. */
  #endLine() {
    const line = Uint8Array.from(this.#line);
    this.#line = [];
    const last = this.#ready.at(-1);
    if (this.has('ICANON') || last === undefined) this.#ready.push(line);
    else {
      const joined = new Uint8Array(last.length + line.length);
      joined.set(last);
      joined.set(line, last.length);
      this.#ready[this.#ready.length - 1] = joined;
    }
  }

  /** @param {number} count of characters */
  #erase(count) {
    for (let i = 0; i < count && this.#line.length > 0; i++) {
      let byte = this.#line.pop() ?? 0;
      const columns = byte < SPACE ? 2 : 1;
      while ((byte & 0xc0) === 0x80 && this.#line.length > 0) byte = this.#line.pop() ?? 0;
      if (this.has('ECHO')) for (let column = 0; column < columns; column++) this.write(Uint8Array.from(ERASE_ONE));
    }
  }

  #eraseWord() {
    while (this.#line.at(-1) === SPACE) this.#erase(1);
    while (this.#line.length > 0 && this.#line.at(-1) !== SPACE) this.#erase(1);
  }

  /** @param {number[]} bytes */
  #echo(bytes) {
    if (!this.has('ECHO')) return;
    const visible = bytes.flatMap((byte) => (byte >= SPACE || byte === NEWLINE || byte === 0x09 ? [byte] : [0x5e, byte + 0x40]));
    this.write(Uint8Array.from(visible));
  }

  #changed() {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** The terminal as an open file; its descriptors share one. */
export class TerminalFile extends OpenFile {
  /** @param {Terminal} terminal @param {() => void} onClose */
  constructor(terminal, onClose) {
    super(FILETYPE.CHARACTER_DEVICE, STREAM_RIGHTS);
    this.terminal = terminal;
    this.onClose = onClose;
  }

  /** @override @param {HostCall} call @param {number} most */
  read(call, most) {
    const attempt = () => (most === 0 ? 0 : this.terminal.read(call.data.subarray(0, most)));
    const count = attempt();
    if (count < 0 && (this.flags & FDFLAGS.NONBLOCK) !== 0) return ERRNO.AGAIN;
    if (count < 0) return this.#readLater(call, attempt);
    call.words[WORD.LENGTH] = count;
    return ERRNO.SUCCESS;
  }

  /** @override @param {HostCall} call @param {number} length */
  write(call, length) {
    this.terminal.write(call.data.subarray(0, length));
    call.words[WORD.ARG] = length;
    return this.terminal.holds(() => call.cancelled() || call.finish(ERRNO.SUCCESS)) ? PENDING : ERRNO.SUCCESS;
  }

  /** @override @param {DataView} view */
  stat(view) {
    encodeFilestat(view, 0, 0, this.filetype, { mode: 0o620 });
  }

  /** @override */
  readiness() {
    return { read: this.terminal.canRead, write: true, hangup: false };
  }

  /** @override @param {() => void} listener */
  onReady(listener) {
    return this.terminal.listen(listener);
  }

  /** @override */
  close() {
    this.onClose();
  }

  /** @param {HostCall} call @param {() => number} attempt */
  #readLater(call, attempt) {
    const stop = this.terminal.listen(() => {
      const count = call.cancelled() ? -1 : attempt();
      if (count < 0 && !call.cancelled()) return;
      stop();
      if (count < 0) return;
      call.words[WORD.LENGTH] = count;
      call.finish(ERRNO.SUCCESS);
    });
    return PENDING;
  }
}
