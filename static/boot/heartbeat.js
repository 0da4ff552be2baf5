/**
 * Notices that the worker no longer answers: killed by the browser, out of memory, or in an endless loop. No event tells a page of
 * that.
 *
 * The worker may only be busy, so silence is reported as such, and so is its end.
 */

const INTERVAL_MS = 5000;
const SILENT_AFTER_MS = 30_000;

export class Heartbeat {
  /**
   * @param {() => void} ping
   * @param {(silent: boolean) => void} onChange
   */
  constructor(ping, onChange) {
    this.ping = ping;
    this.onChange = onChange;
    this.silent = false;
    this.answeredAt = Date.now();
    this.beatAt = Date.now();
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.timer = undefined;
  }

  start() {
    this.answeredAt = this.beatAt = Date.now();
    this.timer = setInterval(() => this.beat(), INTERVAL_MS);
    // A hidden page's timers are slowed down: silence then means nothing.
    document.addEventListener('visibilitychange', () => (this.answeredAt = Date.now()));
  }

  stop() {
    clearInterval(this.timer);
  }

  /** The worker sent something. */
  answered() {
    this.answeredAt = Date.now();
    this.set(false);
  }

  beat() {
    const now = Date.now();
    // The computer slept, or the page itself was kept busy: the worker could not be asked, nor its answer heard.
    if (now - this.beatAt > 2 * INTERVAL_MS) this.answeredAt = now;
    this.beatAt = now;
    if (!document.hidden && now - this.answeredAt > SILENT_AFTER_MS) this.set(true);
    this.ping();
  }

  /** @param {boolean} silent */
  set(silent) {
    if (silent === this.silent) return;
    this.silent = silent;
    this.onChange(silent);
  }
}
