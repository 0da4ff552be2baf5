/**
 * A time limit for every boot phase, because a phase can hang without an error: Pyodide waits for ever when its WebAssembly
 * cannot be compiled or its standard library does not arrive.
 *
 * The clock starts anew with every phase, and within a phase whenever bytes arrive: a slow line is not a hang.
 */

/** @typedef {import('../../worker/generated/protocol').BootPhase} BootPhase */

/** Seconds without any news before a phase counts as hung. @type {Record<BootPhase, number>} */
const LIMIT_SECONDS = {
  capabilities: 5,
  isolation: 60,
  owner: 10,
  worker: 20,
  storage: 20,
  snapshot: 20,
  download: 45,
  python: 60,
  package: 60,
  workspace: 60,
  agent: 90,
};

/** @type {Record<BootPhase, string>} */
const CAUSE = {
  capabilities: 'The browser did not say what it can do.',
  isolation: 'The service worker did not become active.',
  owner: 'The browser did not answer whether another tab is open.',
  worker: 'The agent’s worker did not start.',
  storage: 'The browser’s private storage did not open.',
  snapshot: 'The boot snapshot could not be read.',
  download: 'The download stopped arriving.',
  python: 'The Python runtime did not start. This happens when the browser cannot compile its WebAssembly.',
  package: 'The agent’s own code did not load.',
  workspace: 'The workspace did not open.',
  agent: 'The last session did not open.',
};

export class Watchdog {
  /** @param {(phase: BootPhase, cause: string, seconds: number) => void} onHang Called once; the watchdog is off then. */
  constructor(onHang) {
    this.onHang = onHang;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /**
   * Something happened in `phase`: its time begins again.
   * @param {BootPhase} phase
   */
  feed(phase) {
    this.stop();
    const seconds = LIMIT_SECONDS[phase];
    this.timer = setTimeout(() => this.onHang(phase, CAUSE[phase], seconds), seconds * 1000);
  }

  stop() {
    clearTimeout(this.timer);
  }
}
