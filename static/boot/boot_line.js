/** The boot line: which phase runs, how many bytes have come, of how many. */

/** @typedef {import('../../worker/generated/protocol').BootPhase} BootPhase */

/** @type {Record<BootPhase, string>} */
const PHASE_TEXT = {
  capabilities: 'Looking at this browser',
  isolation: 'Preparing offline use and isolation',
  owner: 'Looking for other tabs',
  worker: 'Starting the agent worker',
  storage: 'Opening this browser’s private storage',
  snapshot: 'Reading the boot snapshot',
  download: 'Downloading Python',
  python: 'Starting Python',
  package: 'Loading the agent',
  workspace: 'Opening the workspace',
  agent: 'Resuming your session',
};

const MEGABYTE = 1_000_000;

export class BootLine {
  /** @param {Document} page */
  constructor(page) {
    this.line = required(page, 'boot');
    this.phase = required(page, 'boot-phase');
    this.bytes = required(page, 'boot-bytes');
    this.bar = /** @type {HTMLProgressElement} */ (required(page, 'boot-progress'));
  }

  /**
   * @param {BootPhase} phase
   * @param {{ loaded?: number, total?: number, detail?: string }} [state] Bytes; total 0 while unknown.
   */
  show(phase, { loaded = 0, total = 0, detail = '' } = {}) {
    this.line.hidden = false;
    this.bar.hidden = false;
    this.line.dataset['phase'] = phase;
    this.phase.textContent = detail ? `${PHASE_TEXT[phase]} (${detail})` : PHASE_TEXT[phase];
    this.bytes.textContent = loaded > 0 ? byteText(loaded, total) : '';
    if (total > 0) {
      this.bar.max = total;
      this.bar.value = Math.min(loaded, total);
    } else {
      this.bar.removeAttribute('value');
    }
  }

  hide() {
    this.line.hidden = true;
  }

  /**
   * Turn the boot line into a lasting notice.
   * @param {string} text
   * @param {{ text: string, act: () => void }} [button]
   */
  notice(text, button) {
    this.line.hidden = false;
    this.line.dataset['phase'] = 'notice';
    this.bar.hidden = true;
    this.bytes.textContent = '';
    this.phase.textContent = text;
    if (button === undefined) return;
    const element = this.line.ownerDocument.createElement('button');
    element.type = 'button';
    element.textContent = button.text;
    element.addEventListener('click', button.act, { once: true });
    this.bytes.replaceChildren(element);
  }
}

/**
 * @param {number} loaded
 * @param {number} total
 */
function byteText(loaded, total) {
  const done = (loaded / MEGABYTE).toFixed(1);
  return total >= loaded ? `${done} of ${(total / MEGABYTE).toFixed(1)} MB` : `${done} MB`;
}

/**
 * @param {Document} page
 * @param {string} id
 * @returns {HTMLElement}
 */
export function required(page, id) {
  const element = page.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element;
}
