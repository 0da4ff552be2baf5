/**
 * Recovery: from whatever the four files hold to the last state that was acknowledged.
 *
 * Generation g is pack g (generation 0: nothing) and journal g. Compaction to g+1 first starts journal g+1, where
 * transactions go from then on, then writes pack g+1 over pack g-1. So the state is the newest whole pack plus the
 * journals of its generation and the next, transactions in unbroken sequence, those a pack includes skipped. If the
 * newest pack is damaged, the one before it with both journals leads to the same state.
 */

import { Journal, readFully } from './journal.js';
import { readPack, readPackHeader } from './pack.js';
import { ProjectImage } from './project_image.js';

/** @typedef {import('./project_files.js').ProjectFiles} ProjectFiles */

/**
 * Something the user should know. `torn-tail`: the end of a write that was never acknowledged was dropped.
 * `journal-damage`, `pack-damage`, `record-damage`: stored bytes are not what was written. `no-space`, `write-failed`: nothing was
 * lost, but the last changes are not durable.
 * @typedef {object} Problem
 * @property {'torn-tail' | 'journal-damage' | 'pack-damage' | 'record-damage' | 'no-space' | 'write-failed'} kind
 * @property {string} message cause and remedy
 * @property {'saving' | 'compacting'} [during] what was tried; absent for what was found at opening
 */

/**
 * @typedef {object} Recovered
 * @property {ProjectImage} image
 * @property {number} generation of the pack in use
 * @property {number} sequence of the last transaction
 * @property {number} packBytes
 * @property {Journal} journal where transactions go on
 * @property {Problem[]} problems
 */

/** Nothing on disk leads to a whole state; nothing was changed on disk. */
export class ProjectDamagedError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'ProjectDamagedError';
  }
}

/** @typedef {{ image: ProjectImage, generation: number, sequence: number, packBytes: number }} Base */

/** @param {ProjectFiles} files @returns {Promise<Recovered>} @throws {ProjectDamagedError} */
export async function recover(files) {
  /** @type {Problem[]} */
  const problems = [];
  const base = await findBase(files, problems);
  let journal = await replay(files, base, base.generation, problems);
  if (problems.some(({ kind }) => kind === 'journal-damage')) await discardNext(files, base.generation + 1, problems);
  else journal = (await replay(files, base, base.generation + 1, problems)) ?? journal;
  journal ??= Journal.create(files.slotOf(base.generation).journal, base.generation);
  return { ...base, journal, problems };
}

/** The newest pack that is whole. @param {ProjectFiles} files @param {Problem[]} problems @returns {Promise<Base>} */
async function findBase(files, problems) {
  const found = files.slots.map(({ pack }) => ({ pack, header: readPackHeader(pack) }));
  let damaged = found.filter(({ header }) => header === 'damaged').length;
  const candidates = found.flatMap(({ pack, header }) => (typeof header === 'string' ? [] : [{ pack, header }]));
  candidates.sort((a, b) => b.header.generation - a.header.generation);
  for (const { pack, header } of candidates) {
    const content = await readPack(pack, header);
    if (content !== undefined) {
      if (damaged > 0) problems.push(packDamage('The copy before it and the journal were used instead.'));
      const image = new ProjectImage();
      image.apply(content.rows, content.chunkBytes);
      return { image, generation: header.generation, sequence: header.sequence, packBytes: pack.getSize() };
    }
    damaged += 1;
  }
  if (damaged > 0) {
    if (!startsFromNothing(files)) throw new ProjectDamagedError(packDamage('No other whole copy exists.').message);
    problems.push(packDamage('The journal, which goes back to the start, was used instead.'));
  }
  return { image: new ProjectImage(), generation: 0, sequence: 0, packBytes: 0 };
}

/** @param {ProjectFiles} files @returns {boolean} whether the journal of generation 0 is still there */
function startsFromNothing(files) {
  const journal = Journal.open(files.slotOf(0).journal);
  return journal instanceof Journal && journal.generation === 0;
}

/**
 * Apply the journal of a generation.
 * @param {ProjectFiles} files @param {Base} base brought up to date @param {number} generation @param {Problem[]} problems
 * @returns {Promise<Journal | undefined>} ready to go on, or undefined when there is none
 */
async function replay(files, base, generation, problems) {
  const { journal: handle } = files.slotOf(generation);
  const journal = Journal.open(handle);
  if (journal === 'damaged') {
    problems.push(await setAside(files, generation, 0, 'its header is unreadable'));
    return Journal.create(handle, generation);
  }
  if (journal === 'empty' || journal.generation !== generation) return undefined;
  let gap = false;
  const result = journal.scan(({ sequence, rows, chunkBytes }) => {
    if (sequence <= base.sequence) return;
    gap ||= sequence !== base.sequence + 1;
    if (gap) return;
    base.image.apply(rows, chunkBytes);
    base.sequence = sequence;
  });
  if (gap) {
    problems.push(await setAside(files, generation, 0, 'changes before its first one are missing'));
    return Journal.create(handle, generation);
  }
  if (result.outcome === 'damaged') problems.push(await setAside(files, generation, result.end, `it is unreadable from byte ${result.end} on`));
  if (result.outcome === 'torn') {
    const message = `The last write (${result.size - result.end} bytes) was cut off before it was complete and was dropped.`;
    problems.push({ kind: 'torn-tail', message });
  }
  if (result.outcome !== 'complete') handle.truncate(result.end);
  return journal;
}

/**
 * A journal whose predecessor is damaged must not be applied, now or after the damage is forgotten.
 * @param {ProjectFiles} files @param {number} generation @param {Problem[]} problems
 */
async function discardNext(files, generation, problems) {
  const { journal: handle } = files.slotOf(generation);
  const journal = Journal.open(handle);
  if (!(journal instanceof Journal) || journal.generation !== generation) return;
  problems.push(await setAside(files, generation, 0, 'changes before its first one are missing'));
  handle.truncate(0);
}

/** Keep the unusable rest of a journal. @param {ProjectFiles} files @param {number} generation @param {number} from @param {string} cause
 * @returns {Promise<Problem>} */
async function setAside(files, generation, from, cause) {
  const { journal } = files.slotOf(generation);
  const name = `damaged-journal-${generation}-${Date.now()}`;
  await files.quarantine(name, readFully(journal, from, journal.getSize() - from));
  const message = `The journal of the workspace is damaged: ${cause}. The state before that was restored; `
    + `later changes could not be applied and were kept in "${name}".`;
  return { kind: 'journal-damage', message };
}

/** @param {string} remedy @returns {Problem} */
function packDamage(remedy) {
  return { kind: 'pack-damage', message: `A stored copy of the workspace is damaged (its checksum does not match). ${remedy}` };
}
