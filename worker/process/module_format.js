/**
 * What has to be known of a module before it runs: that it can be linked, and that its memory has a limit.
 *
 * Reads the sections of the binary format (core specification 5.5) that say so; whether the code is valid is for the
 * engine to find out.
 */

import { MODULES, NO_RESULT } from '../generated/abi.js';

/** Why a module cannot be run. */
export class ModuleError extends Error {
  /** @param {'NOEXEC' | 'NOMEM'} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const PAGE_BYTES = 65_536;
const SECTION = Object.freeze({ TYPE: 1, IMPORT: 2, FUNCTION: 3, MEMORY: 5, EXPORT: 7 });
const KINDS = ['function', 'table', 'memory', 'global', 'tag'];
const FUNCTION_TYPE = 0x60;
const START_TYPE = ' -> ';
/** @type {Record<number, string>} */
const VALUE_TYPES = { 0x7f: 'i32', 0x7e: 'i64', 0x7d: 'f32', 0x7c: 'f64' };
const decoder = new TextDecoder();

/** Reads the format's numbers and names from a position on. */
class Reader {
  /** @param {Uint8Array} bytes @param {number} at @param {number} end */
  constructor(bytes, at, end) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  byte() {
    if (this.at >= this.end) throw new ModuleError('NOEXEC', 'the module is cut off');
    return /** @type {number} */ (this.bytes[this.at++]);
  }

  u32() {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new ModuleError('NOEXEC', 'the module is damaged');
  }

  name() {
    const length = this.u32();
    this.at += length;
    return decoder.decode(this.bytes.slice(this.at - length, this.at));
  }

  /** @template T @param {() => T} element @returns {T[]} */
  list(element) {
    return Array.from({ length: this.u32() }, element);
  }
}

/** Sections by number, outside of which nothing is looked at. @param {Uint8Array} bytes */
function sections(bytes) {
  const reader = new Reader(bytes, 8, bytes.length);
  /** @type {Map<number, { start: number, content: Reader }>} */
  const found = new Map();
  while (reader.at < reader.end) {
    const start = reader.at;
    const id = reader.byte();
    const length = reader.u32();
    if (length > reader.end - reader.at) throw new ModuleError('NOEXEC', 'the module is cut off');
    found.set(id, { start, content: new Reader(bytes, reader.at, reader.at + length) });
    reader.at += length;
  }
  return found;
}

/** The types of functions, as `i32 i64 -> i32`; null where others stand among them. @param {Reader | undefined} types */
function functionTypes(types) {
  if (types === undefined) return [];
  const values = () => {
    const names = [];
    for (let rest = types.u32(); rest > 0; rest--) names.push(VALUE_TYPES[types.byte()]);
    return names.includes(undefined) ? null : names.join(' ');
  };
  const all = [];
  for (let rest = types.u32(); rest > 0; rest--) {
    const parameters = types.byte() === FUNCTION_TYPE ? values() : null;
    const results = parameters === null ? null : values();
    if (results === null) return null;
    all.push(`${parameters} -> ${results}`);
  }
  return all;
}

/** @param {Reader | undefined} imports @param {string[] | null} types @returns {number[]} types of the functions
 * @throws {ModuleError} naming the import that cannot be had */
function checkImports(imports, types) {
  return imports === undefined ? [] : imports.list(() => {
    const [from, name, kind] = [imports.name(), imports.name(), imports.byte()];
    const parameters = kind === 0 ? parametersOf(from, name) : undefined;
    if (parameters === undefined) {
      throw new ModuleError('NOEXEC', `it imports the ${KINDS[kind] ?? 'item'} ${from}.${name}, which does not exist`);
    }
    const type = imports.u32();
    const wanted = `${parameters.join(' ')} -> ${NO_RESULT.includes(name) ? '' : 'i32'}`;
    if (types !== null && types[type] !== wanted) throw new ModuleError('NOEXEC', `it imports ${from}.${name} as another type`);
    return type;
  });
}

/** @param {string} from @param {string} name @returns {readonly string[] | undefined} */
function parametersOf(from, name) {
  const modules = /** @type {Record<string, Record<string, readonly string[]>>} */ (MODULES);
  const calls = Object.hasOwn(modules, from) ? modules[from] : undefined;
  return calls !== undefined && Object.hasOwn(calls, name) ? calls[name] : undefined;
}

/** @param {Reader | undefined} exports @param {string[] | null} types @param {number[]} functions the type of each
 * @throws {ModuleError} when it is not a command */
function checkExports(exports, types, functions) {
  const found = new Map(exports?.list(() => {
    const [name, kind] = [exports.name(), exports.byte()];
    return [name, { kind: KINDS[kind], index: exports.u32() }];
  }));
  const start = found.get('_start');
  if (start?.kind !== 'function') throw new ModuleError('NOEXEC', 'it has no function _start, so it is not a command');
  const type = functions[start.index];
  if (types !== null && (type === undefined || types[type] !== START_TYPE)) {
    throw new ModuleError('NOEXEC', 'its function _start has parameters or results');
  }
  if (found.get('memory')?.kind !== 'memory') throw new ModuleError('NOEXEC', 'it exports no memory');
}

/** @param {number} value */
function leb(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest < 128 ? rest : (rest % 128) | 0x80);
    if (rest < 128) return bytes;
  }
}

/** The memory section with a limit. @param {Reader} memory @param {number} mostPages @returns {number[]} */
function limitedMemory(memory, mostPages) {
  const limits = memory.list(() => {
    const flags = memory.byte();
    if (flags > 1) throw new ModuleError('NOEXEC', 'its memory is shared or larger than 32 bits address');
    const [least, most] = [memory.u32(), flags === 1 ? memory.u32() : Infinity];
    if (least > mostPages) {
      throw new ModuleError('NOMEM', `it needs ${least * PAGE_BYTES} bytes of memory and may have ${mostPages * PAGE_BYTES}`);
    }
    return [1, ...leb(least), ...leb(Math.min(most, mostPages))];
  });
  const content = [...leb(limits.length), ...limits.flat()];
  return [SECTION.MEMORY, ...leb(content.length), ...content];
}

/**
 * The module with a limit to its memory.
 * @param {Uint8Array} bytes
 * @param {number} memoryBytes
 * @returns {Uint8Array<ArrayBuffer>}
 * @throws {ModuleError} when it cannot be run: not a module, not a command, an import that does not exist, too large a memory
 */
export function prepareModule(bytes, memoryBytes) {
  if (!isModule(bytes)) throw new ModuleError('NOEXEC', 'it is not a WebAssembly module');
  const found = sections(bytes);
  /** @param {number} id */
  const section = (id) => found.get(id)?.content;
  const types = functionTypes(section(SECTION.TYPE));
  const imported = checkImports(section(SECTION.IMPORT), types);
  const functions = section(SECTION.FUNCTION);
  checkExports(section(SECTION.EXPORT), types, [...imported, ...(functions?.list(() => functions.u32()) ?? [])]);
  const memory = found.get(SECTION.MEMORY);
  if (memory === undefined) throw new ModuleError('NOEXEC', 'it has no memory');
  const { start, content } = memory;
  const limited = limitedMemory(content, Math.floor(memoryBytes / PAGE_BYTES));
  const prepared = new Uint8Array(start + limited.length + bytes.length - content.end);
  prepared.set(bytes.subarray(0, start));
  prepared.set(limited, start);
  prepared.set(bytes.subarray(content.end), start + limited.length);
  return prepared;
}

/** @param {Uint8Array} bytes @returns {boolean} whether they begin as a module of version 1 does */
export function isModule(bytes) {
  return [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0].every((byte, index) => bytes[index] === byte);
}
