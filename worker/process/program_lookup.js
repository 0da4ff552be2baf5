/**
 * From what a program is called to what runs: PATH search, interpreters of scripts, modules that are compiled once.
 *
 * As execve has it: the file must be a regular one with an execute bit, and begin as a module or with `#!`. Compiled modules are
 * kept by the SHA-256 of what was compiled, and by inode as long as that does not change, so that a program which ran before
 * is found without waiting.
 */

import { FsError } from '../fs/errno.js';
import { decodeText, encodeText } from '../fs/names.js';
import { then } from '../wasi/channel.js';
import { isModule, ModuleError, prepareModule } from './module_format.js';

/** @typedef {import('../fs/inode.js').Inode} Inode */
/** @typedef {import('./process_table.js').Process} Process */
/** @typedef {import('./process_table.js').Image} Image */
/** @typedef {Pick<Process, 'root' | 'cwd' | 'limits'>} Starter */
/** @template T @typedef {import('../wasi/channel.js').Now<T>} Now */

/**
 * @typedef {object} Wanted
 * @property {string} file
 * @property {Uint8Array<ArrayBuffer>} argv
 * @property {Uint8Array<ArrayBuffer>} env
 * @property {string} cwd absolute
 * @property {boolean} search whether a name without a slash is looked up in the PATH of `env`
 */

/** Bytes of a module that lies in no store, by the inode that stands for it.
 * @typedef {(inode: Inode) => (() => Promise<Uint8Array>) | undefined} FindCommand */

const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';
const EXECUTE_BITS = 0o111;
/** As Linux has it: the first line of a script counts so far, and interpreters may be scripts so often. */
const SCRIPT_LINE = 256;
const MOST_INTERPRETERS = 4;
const MOST_MODULES = 128;
const PLAIN_WORD = /^[A-Za-z0-9_@%+=:,./-]+$/;

export class ProgramLookup {
  /** By digest and memory. @type {Map<string, Promise<WebAssembly.Module>>} */
  #modules = new Map();
  /** @type {WeakMap<Inode, { generation: number, memoryBytes: number, module: WebAssembly.Module }>} */
  #byInode = new WeakMap();

  /** @param {FindCommand} findCommand */
  constructor(findCommand) {
    this.findCommand = findCommand;
  }

  /** The working directory of a new program. @param {Starter} starter @param {string} cwd relative to that of `starter`
   * @returns {string} absolute @throws {FsError} ENOENT, ENOTDIR… */
  directory({ root, cwd: base }, cwd) {
    const path = absolute(cwd, base);
    const { inode } = root.resolve(path);
    if (inode === undefined) throw new FsError('ENOENT', path);
    if (!inode.isDirectory) throw new FsError('ENOTDIR', path);
    return path;
  }

  /**
   * What a process asks to run, if it may.
   * @param {Process} process @param {Wanted} wanted
   * @returns {Now<Image>} @throws {FsError} also as a rejection
   */
  find(process, wanted) {
    return then(this.permit(process, wanted.argv), () => this.load(process, wanted));
  }

  /** @param {Process} process @param {Uint8Array} argv @returns {Now<void>} @throws {FsError} ENOTCAPABLE */
  permit(process, argv) {
    const verdict = process.access.exec;
    if (verdict === 'allow') return;
    const line = commandLine(argv);
    const refuse = () => {
      process.audit('exec', line, 'NOTCAPABLE');
      throw new FsError('ENOTCAPABLE', `${line} may not be run`);
    };
    if (verdict === 'deny') return refuse();
    return process.decide('exec', line).catch(() => false).then((isAllowed) => (isAllowed ? undefined : refuse()));
  }

  /** @param {Starter} starter @param {Wanted} wanted @returns {Now<Image>} @throws {FsError} */
  load(starter, { file, argv, env, cwd, search }) {
    const { path, inode, store } = this.#locate(starter, file, env, cwd, search);
    return this.#load(starter, { path, inode, store }, { argv, env, cwd }, 0);
  }

  /** A module that came as bytes. @param {Uint8Array} bytes @param {Starter} starter @returns {Promise<WebAssembly.Module>} @throws {FsError} */
  async compile(bytes, { limits: { memoryBytes } }) {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', /** @type {Uint8Array<ArrayBuffer>} */ (bytes)));
    const key = `${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')} ${memoryBytes}`;
    let module = this.#modules.get(key);
    if (module === undefined) {
      const [oldest] = this.#modules.keys();
      if (this.#modules.size >= MOST_MODULES && oldest !== undefined) this.#modules.delete(oldest);
      module = compileModule(bytes, memoryBytes);
      this.#modules.set(key, module);
      module.catch(() => this.#modules.delete(key));
    }
    return module;
  }

  /** @param {Starter} starter @param {string} file @param {Uint8Array} env @param {string} cwd @param {boolean} search */
  #locate({ root }, file, env, cwd, search) {
    if (file === '') throw new FsError('ENOENT', 'no program was named');
    const directories = search && !file.includes('/') ? searchPath(env) : [''];
    let failure = new FsError('ENOENT', `${file} was not found`);
    for (const directory of directories) {
      const path = absolute(directory === '' ? file : `${directory}/${file}`, cwd);
      try {
        const { inode, store } = root.resolve(path);
        if (inode === undefined) continue;
        if (inode.isFile && (inode.mode & EXECUTE_BITS) !== 0) return { path, inode, store };
        failure = new FsError('EACCES', `${path} is not an executable file`);
      } catch (error) {
        if (!(error instanceof FsError)) throw error;
        if (!search) throw error;
        if (error.code === 'EACCES') failure = error;
      }
    }
    throw failure;
  }

  /**
   * @param {Starter} starter @param {{ path: string, inode: Inode, store: import('../fs/inode_store.js').InodeStore }} place
   * @param {Pick<Wanted, 'argv' | 'env' | 'cwd'>} wanted @param {number} depth interpreters so far
   * @returns {Now<Image>}
   */
  #load(starter, { path, inode, store }, { argv, env, cwd }, depth) {
    const { memoryBytes } = starter.limits;
    const known = this.#byInode.get(inode);
    if (known !== undefined && known.generation === inode.generation && known.memoryBytes === memoryBytes) {
      return { path, module: known.module, argv, env };
    }
    const fetchCommand = this.findCommand(inode);
    const head = new Uint8Array(SCRIPT_LINE);
    const length = fetchCommand === undefined ? store.read(inode, head, 0) : 0;
    if (head[0] === 0x23 && head[1] === 0x21) {
      if (depth === MOST_INTERPRETERS) throw new FsError('ELOOP', `${path} has too many interpreters`);
      const script = interpreter(head.subarray(2, length), path);
      const next = this.#locate(starter, script.file, env, cwd, false);
      return this.#load(starter, next, { argv: withInterpreter(script, path, argv), env, cwd }, depth + 1);
    }
    if (fetchCommand === undefined && !isModule(head)) throw new FsError('ENOEXEC', `${path} is neither a module nor a script`);
    const { generation } = inode;
    return (async () => {
      const bytes = fetchCommand === undefined ? contentOf(store, inode) : await fetchCommand();
      const module = await this.compile(bytes, starter);
      this.#byInode.set(inode, { generation, memoryBytes, module });
      return { path, module, argv, env };
    })();
  }
}

/** @param {Uint8Array} bytes @param {number} memoryBytes @returns {Promise<WebAssembly.Module>} */
async function compileModule(bytes, memoryBytes) {
  try {
    return await WebAssembly.compile(prepareModule(bytes, memoryBytes));
  } catch (error) {
    if (error instanceof ModuleError) throw new FsError(`E${error.code}`, error.message);
    if (error instanceof WebAssembly.CompileError) throw new FsError('ENOEXEC', error.message);
    throw error;
  }
}

/** @param {import('../fs/inode_store.js').InodeStore} store @param {Inode} inode */
function contentOf(store, inode) {
  const bytes = new Uint8Array(store.size(inode));
  store.read(inode, bytes, 0);
  return bytes;
}

/** @param {string} path @param {string} base absolute */
function absolute(path, base) {
  return path.startsWith('/') ? path : path === '' ? base : `${base}/${path}`;
}

/** Directories of the PATH; an empty one is the working directory. @param {Uint8Array} env @returns {string[]} */
function searchPath(env) {
  const path = decodeText(env).split('\0').find((variable) => variable.startsWith('PATH='))?.slice(5) ?? DEFAULT_PATH;
  return path.split(':').map((directory) => (directory === '' ? '.' : directory));
}

/** The program and the one argument that a `#!` line names. @param {Uint8Array} line behind `#!` @param {string} path */
function interpreter(line, path) {
  const end = line.indexOf(0x0a);
  const text = decodeText(line.slice(0, end < 0 ? line.length : end)).trim();
  const [, file = '', argument = ''] = /^(\S*)\s*(.*)$/s.exec(text) ?? [];
  if (file === '') throw new FsError('ENOEXEC', `${path} names no interpreter`);
  return { file, argument };
}

/** @param {{ file: string, argument: string }} script @param {string} path of the script @param {Uint8Array<ArrayBuffer>} argv of the script */
function withInterpreter({ file, argument }, path, argv) {
  const words = argument === '' ? [file, path] : [file, argument, path];
  return joinStrings([...words.map(encodeText), ...splitStrings(argv).slice(1)]);
}

/** @param {Uint8Array} joined each with a NUL behind it @returns {Uint8Array[]} without */
export function splitStrings(joined) {
  const strings = [];
  for (let start = 0; start < joined.length; ) {
    const end = joined.indexOf(0, start);
    strings.push(joined.subarray(start, end < 0 ? joined.length : end));
    start = end < 0 ? joined.length : end + 1;
  }
  return strings;
}

/** @param {Uint8Array[]} strings @returns {Uint8Array<ArrayBuffer>} each with a NUL behind it */
export function joinStrings(strings) {
  const joined = new Uint8Array(strings.reduce((sum, string) => sum + string.length + 1, 0));
  strings.reduce((at, string) => {
    joined.set(string, at);
    return at + string.length + 1;
  }, 0);
  return joined;
}

/** As a person would type it. @param {Uint8Array} argv */
function commandLine(argv) {
  const quoted = splitStrings(argv).map(decodeText).map((word) => (PLAIN_WORD.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`));
  return quoted.join(' ');
}
