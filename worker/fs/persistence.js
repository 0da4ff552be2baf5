/**
 * Keeps an inode store on disk (OPFS): a journal of changes, compacted into packs.
 *
 *   const project = await openProject(directoryHandle, { onReport?, limits?, estimate? })
 *   project.store · project.report
 *   project.flush() -> boolean         synchronous; true: every change so far is durable
 *   await project.compact({ force? })  when the journal has outgrown half the pack; -> boolean: a new pack is in use; never rejects
 *   project.close()                    flushes; the store stays usable in memory
 *
 * A failed write never touches the state in memory nor the one on disk: it is reported, and the changes stay dirty
 * for the next flush. A compaction that failed is not wanted again at once: what kept it from happening (a full disk,
 * mostly) seldom goes away within seconds. File formats: `journal.js`, `pack.js`; which file is valid when: `recovery.js`.
 */

import { releaseChunk } from './extents.js';
import { Journal } from './journal.js';
import { writePack } from './pack.js';
import { ProjectFiles } from './project_files.js';
import { describeChanges, describeStore } from './project_image.js';
import { recover } from './recovery.js';

/** @typedef {import('./inode_store.js').InodeStore} InodeStore */
/** @typedef {import('./limits.js').Limits} Limits */
/** @typedef {import('./recovery.js').Problem} Problem */
/** @typedef {import('./recovery.js').Recovered} Recovered */
/** @typedef {import('./project_files.js').ProjectDirectory} ProjectDirectory */

/**
 * What opening found.
 * @typedef {object} OpenReport
 * @property {number} generation compactions so far
 * @property {number} sequence transactions so far
 * @property {number} inodes
 * @property {number} bytes of content
 * @property {number} milliseconds
 * @property {Problem[]} problems empty when all is well
 */

/**
 * @typedef {object} OpenOptions
 * @property {(problem: Problem) => void} [onReport] told of every problem, those of opening included
 * @property {Partial<Limits>} [limits]
 * @property {() => bigint} [now]
 * @property {() => Promise<{ quota?: number, usage?: number }>} [estimate] free space (default: the browser's)
 * @property {() => number} [milliseconds] a clock that only goes forward
 */

/** Below this a journal is not worth compacting. */
const SMALLEST_JOURNAL_TO_COMPACT = 4 * 1024 * 1024;
/** How long a failed compaction is not tried again: doubled by each failure, up to the longest wait. */
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 600_000;
/** A journal that grew this much since then is worth a try before the time is over. */
const WORTHWHILE_GROWTH = 1.25;
/** Space a pack needs beside its content, for rows and rounding. */
const PACK_OVERHEAD = 1.1;

export class ProjectPersistence {
  #files;
  #journal;
  #tracker;
  #generation;
  #sequence;
  #nextChunk;
  #packBytes;
  /** Bytes in journals since the pack in use. */
  #journalBytes;
  /** @type {Promise<boolean> | undefined} */
  #compaction;
  /** After a compaction that failed: when the next is due, or at which size of the journal; and how long that wait was. */
  #waiting = { until: -Infinity, journalBytes: 0, milliseconds: 0 };
  #closed = false;

  /** @param {ProjectFiles} files @param {Recovered} recovered @param {InodeStore} store @param {OpenReport} report @param {OpenOptions} options */
  constructor(files, recovered, store, report, options) {
    /** @readonly */
    this.store = store;
    /** @readonly */
    this.report = report;
    this.#files = files;
    this.#journal = recovered.journal;
    this.#generation = recovered.generation;
    this.#sequence = recovered.sequence;
    this.#nextChunk = recovered.image.nextChunk;
    this.#packBytes = recovered.packBytes;
    this.#journalBytes = recovered.journal.end;
    this.#tracker = store.trackChanges();
    this.onReport = options.onReport ?? (() => {});
    this.milliseconds = options.milliseconds ?? (() => performance.now());
    this.estimate = options.estimate ?? (() => navigator.storage.estimate());
  }

  /** Whether `compact()` would do something. */
  get wantsCompaction() {
    if (this.#journalBytes <= Math.max(SMALLEST_JOURNAL_TO_COMPACT, this.#packBytes / 2)) return false;
    return this.milliseconds() >= this.#waiting.until || this.#journalBytes >= this.#waiting.journalBytes;
  }

  /**
   * Write every change since the last flush to the journal.
   * @returns {boolean} whether all changes so far are durable; if not, a problem was reported and the next flush tries again
   */
  flush() {
    if (this.#closed) return this.#tracker.isEmpty;
    if (this.#tracker.isEmpty) return true;
    const batch = this.#tracker.drain();
    const transaction = describeChanges(batch, this.#nextChunk);
    try {
      this.#journalBytes += this.#journal.append(this.#sequence + 1, transaction);
    } catch (error) {
      for (const chunk of transaction.chunks) chunk.id = 0;
      this.#tracker.restore(batch);
      this.#reportFailure('saving', 'The last changes of the workspace are not saved yet', error);
      return false;
    }
    this.#nextChunk += transaction.chunks.length;
    this.#sequence += 1;
    return true;
  }

  /**
   * Write a new pack and start a new journal. Changes made meanwhile are kept and go to the new journal.
   * @param {{ force?: boolean }} [options] force: also when the journal is small
   * @returns {Promise<boolean>} whether a new pack is in use
   */
  async compact({ force = false } = {}) {
    if (this.#closed || !(force || this.wantsCompaction)) return false;
    this.#compaction ??= this.#tryToCompact().finally(() => { this.#compaction = undefined; });
    return this.#compaction;
  }

  /** Flush and give the files free. */
  close() {
    if (this.#closed) return;
    this.flush();
    this.#closed = true;
    this.store.untrack(this.#tracker);
    this.#files.close();
  }

  async #tryToCompact() {
    const isDone = await this.#compact().catch((error) => {
      if (!this.#closed) this.#reportFailure('compacting', 'The saved workspace could not be compacted; nothing is lost', error);
      return false;
    });
    const milliseconds = isDone ? 0 : Math.min(LONGEST_WAIT_MS, Math.max(FIRST_WAIT_MS, 2 * this.#waiting.milliseconds));
    const until = isDone ? -Infinity : this.milliseconds() + milliseconds;
    this.#waiting = { until, journalBytes: this.#journalBytes * WORTHWHILE_GROWTH, milliseconds };
    return isDone;
  }

  async #compact() {
    if (!this.flush() || !(await this.#hasSpace())) return false;
    // Flushed again: only now, with no pause until the state is taken, has every chunk a number.
    if (this.#closed || !this.flush()) return false;
    const generation = this.#generation + 1;
    const slot = this.#files.slotOf(generation);
    const sequence = this.#sequence;
    const state = describeStore(this.store);
    try {
      if (this.#journal.generation !== generation) this.#journal = Journal.create(slot.journal, generation);
      const startOfJournal = this.#journal.end;
      this.#packBytes = await writePack(slot.pack, { generation, sequence, ...state });
      this.#generation = generation;
      this.#journalBytes = this.#journal.end - startOfJournal;
      return true;
    } finally {
      for (const chunk of state.chunks) releaseChunk(chunk, this.store.quota);
    }
  }

  async #hasSpace() {
    const { quota, usage } = await this.estimate().catch(() => ({ quota: undefined, usage: undefined }));
    if (quota === undefined || usage === undefined) return true;
    const slot = this.#files.slotOf(this.#generation + 1);
    const free = quota - usage + (this.#closed ? 0 : slot.pack.getSize());
    const needed = Math.ceil(this.store.usage().bytes * PACK_OVERHEAD);
    if (needed <= free) return true;
    this.onReport({
      during: 'compacting',
      kind: 'no-space',
      message: `Compacting the saved workspace needs ${needed} bytes and the browser grants ${free}. `
        + 'Free space on this device, or export and delete sessions you no longer need, with their projects.',
    });
    return false;
  }

  /** @param {'saving' | 'compacting'} during @param {string} what @param {unknown} error */
  #reportFailure(during, what, error) {
    const isFull = error instanceof DOMException && error.name === 'QuotaExceededError';
    const cause = error instanceof Error ? error.message : String(error);
    this.onReport({
      during,
      kind: isFull ? 'no-space' : 'write-failed',
      message: isFull ? `${what}: the browser's storage is full. Free space on this device, or export the workspace.`
        : `${what}: ${cause}. Export the workspace to be safe.`,
    });
  }
}

/**
 * Open a project's directory, which must be held by no other tab.
 * @param {ProjectDirectory} directory
 * @param {OpenOptions} [options]
 * @returns {Promise<ProjectPersistence>}
 * @throws {DOMException} NoModificationAllowedError while another tab holds the project
 * @throws {import('./recovery.js').ProjectDamagedError} when no whole state can be found; the files are left as they are
 */
export async function openProject(directory, options = {}) {
  const started = performance.now();
  const files = await ProjectFiles.open(directory);
  try {
    const recovered = await recover(files);
    const store = recovered.image.build(options);
    const { bytes, inodes } = store.usage();
    const { generation, sequence, problems } = recovered;
    const report = { generation, sequence, inodes, bytes, milliseconds: performance.now() - started, problems };
    for (const problem of problems) options.onReport?.(problem);
    return new ProjectPersistence(files, recovered, store, report, options);
  } catch (error) {
    files.close();
    throw error;
  }
}
