/**
 * The policy as data: what Python compiled for one process, looked up before a call touches what it protects.
 *
 * Protected are contents and changes. Opening a file to read it asks `read` of its path; making, removing, renaming, linking,
 * writing, truncating, and setting modes or times asks `write`. What moves or gets a second name asks `read` and `write` of the
 * old path too, since the new one would give what the old one refused, and for a directory all that lies below counts. Names
 * and attributes of everything can be seen. The read-only places that hold nothing of the user's (`/dev`, `/etc`, `/proc`,
 * installed commands) are not asked about.
 */

import { ERRNO } from '../generated/abi.js';
import { PENDING } from '../wasi/wire.js';
import { foundPath } from './lookup.js';

/** @typedef {'allow' | 'ask' | 'deny'} Verdict */
/** @typedef {{ prefix: string, read: Verdict, write: Verdict, below?: boolean }} AccessRule */
/** @typedef {{ rules: readonly AccessRule[], exec: Verdict, net: Verdict, generation: number }} AccessTableData */
/** @typedef {import('./host_call.js').HostCall} HostCall */

/** @type {Readonly<Record<Verdict, number>>} */
const STRICTNESS = Object.freeze({ allow: 0, ask: 1, deny: 2 });

export class AccessTable {
  /** @type {Map<string, AccessRule>} */
  #rules = new Map();
  /** Rules about one path alone (`below` false); they come first. @type {Map<string, AccessRule>} */
  #places = new Map();
  /** Verdicts found so far. @type {Map<string, Verdict>} */
  #known = new Map();

  /** @param {Partial<AccessTableData>} [data] as `AccessTable` of `runtime/process.py`; what no rule covers is denied */
  constructor({ rules = [{ prefix: '/', read: 'allow', write: 'allow' }], exec = 'allow', net = 'deny', generation = 0 } = {}) {
    for (const rule of rules) (rule.below === false ? this.#places : this.#rules).set(trimmed(rule.prefix), rule);
    this.exec = exec;
    this.net = net;
    this.generation = generation;
    const whole = this.#rules.get('') !== undefined;
    /** Whether no path has to be looked up at all. */
    this.free = {
      read: whole && rules.every(({ read }) => read === 'allow'),
      write: whole && rules.every(({ write }) => write === 'allow'),
    };
  }

  /** @param {'read' | 'write'} kind @param {string} path absolute and canonical @param {boolean} [whole] with all that lies below
   * @returns {Verdict} */
  verdict(kind, path, whole = false) {
    if (this.free[kind]) return 'allow';
    const key = `${whole ? 'all ' : ''}${kind} ${path}`;
    let verdict = this.#known.get(key);
    if (verdict === undefined) {
      verdict = this.#decide(kind, trimmed(path), whole);
      if (this.#known.size >= 4096) this.#known.clear();
      this.#known.set(key, verdict);
    }
    return verdict;
  }

  /** @param {'read' | 'write'} kind @param {string} path @param {boolean} whole @returns {Verdict} */
  #decide(kind, path, whole) {
    let at = path;
    while (at !== '' && !this.#rules.has(at)) at = at.slice(0, Math.max(0, at.lastIndexOf('/')));
    const below = this.#rules.get(at)?.[kind] ?? 'deny';
    let verdict = this.#places.get(path)?.[kind] ?? below;
    if (!whole) return verdict;
    if (STRICTNESS[below] > STRICTNESS[verdict]) verdict = below; // A rule about the path alone leaves what is below as it is.
    for (const [prefix, rule] of [...this.#rules, ...this.#places]) {
      if (prefix.startsWith(`${path}/`) && STRICTNESS[rule[kind]] > STRICTNESS[verdict]) verdict = rule[kind];
    }
    return verdict;
  }
}

/** @param {string} path @returns {string} without slashes at its end */
function trimmed(path) {
  return path.replace(/\/+$/, '');
}

/**
 * Let a call go on, refuse it, or have it wait for an answer; it is then served anew from its start.
 * @param {HostCall} call
 * @param {'read' | 'write'} kind
 * @param {import('./open_file.js').Directory} directory that the lookup started at
 * @param {import('./lookup.js').Found} found
 * @param {boolean} [whole] with all that lies below
 * @returns {number} 0, ACCES or PENDING
 */
export function gate(call, kind, directory, found, whole = false) {
  const { process } = call;
  if (process.access.free[kind] || (directory.confinement === null && process.root.isReadOnly(found.store))) return 0;
  const path = foundPath(process, directory, found);
  const verdict = process.access.verdict(kind, path, whole);
  const key = `${kind} ${path}`;
  if (verdict === 'allow' || call.granted?.has(key)) return 0;
  if (verdict === 'deny') {
    process.audit(kind, path, 'ACCES');
    return ERRNO.ACCES;
  }
  call.question = { kind, subject: path, key, answer: process.decide(kind, path) };
  return PENDING;
}
