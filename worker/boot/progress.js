/**
 * What the boot is doing, told to the page: phase, bytes, and at the end how long each phase took.
 *
 * The page keeps a watchdog for every phase, so a phase must be announced before the work that could hang begins.
 */

/** @typedef {import('../generated/protocol').BootPhase} BootPhase */
/** @typedef {import('../generated/protocol').AgentMessage} AgentMessage */

/** Bytes are reported at most this often; every report costs the page a frame. */
const REPORT_INTERVAL_MS = 50;

export class BootProgress {
  /** @param {(message: AgentMessage) => void} post */
  constructor(post) {
    this.post = post;
    /** @type {Record<string, number>} Milliseconds by phase, plus the marks set with `mark`. */
    this.timings = {};
    /** @type {BootPhase} */
    this.phase = 'storage';
    this.startedAt = performance.now();
    this.loaded = 0;
    this.total = 0;
    this.reportedAt = -Infinity;
  }

  /**
   * Enter a phase; the one before it ends here.
   * @param {BootPhase} phase
   * @param {string} [detail]
   */
  begin(phase, detail = '') {
    this.end();
    this.phase = phase;
    this.startedAt = performance.now();
    performance.mark(`satchel:${phase}`);
    this.report(detail);
  }

  /** Close the running phase and keep its duration. */
  end() {
    const spent = performance.now() - this.startedAt;
    this.timings[this.phase] = (this.timings[this.phase] ?? 0) + spent;
    this.startedAt = performance.now();
  }

  /**
   * Keep a figure of its own, in milliseconds, beside the phases.
   * @param {string} name
   * @param {number} milliseconds
   */
  mark(name, milliseconds) {
    this.timings[name] = milliseconds;
  }

  /** @param {number} bytes Received since the last call. */
  received(bytes) {
    this.loaded += bytes;
    if (performance.now() - this.reportedAt >= REPORT_INTERVAL_MS) this.report('');
  }

  /** @param {number} bytes What the whole boot will receive; 0 while that is not known. */
  expect(bytes) {
    this.total = bytes;
  }

  /** @param {string} detail */
  report(detail) {
    this.reportedAt = performance.now();
    this.post({ type: 'boot', phase: this.phase, loaded: this.loaded, total: this.total, detail });
  }
}
