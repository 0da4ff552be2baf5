/**
 * Which tab owns the workspace: one exclusive lock for the origin.
 *
 *   const lock = await requestOwnership({ onGranted, onLost })
 *   lock.state: 'owner' | 'waiting' | 'lost' | 'released' · lock.takeOver() · lock.release()
 *
 * The first tab owns; others wait in line and may watch meanwhile. A waiting tab is granted the lock when the owner
 * goes, or takes it over, which the owner learns at once. The owner must then give its file handles free; the new one
 * tries to open them for a while (`openSyncFile`).
 */

/** @typedef {'owner' | 'waiting' | 'lost' | 'released'} OwnerState */

/**
 * @typedef {object} OwnerLockOptions
 * @property {string} [name]
 * @property {() => void} [onGranted] the lock came later than the request
 * @property {() => void} [onLost] another tab took it over
 * @property {LockManager} [locks]
 */

export class OwnerLock {
  /** @type {OwnerState} */
  state = 'waiting';
  #release = () => {};
  #queue = new AbortController();

  /** @param {Required<OwnerLockOptions>} options */
  constructor(options) {
    this.options = options;
  }

  /** Take the lock if it is free, else wait in line. @returns {Promise<void>} once it is known which */
  async request() {
    const { locks, name } = this.options;
    await new Promise((resolve, reject) => {
      this.#watch(locks.request(name, { ifAvailable: true }, (lock) => {
        const held = lock === null ? undefined : this.#hold();
        resolve(undefined);
        return held;
      })).catch(reject);
    });
    if (this.state === 'waiting') this.#wait();
  }

  /** Take the lock from whoever has it. @returns {Promise<void>} once this tab is the owner */
  async takeOver() {
    if (this.state === 'owner') return;
    this.#queue.abort();
    const { locks, name } = this.options;
    await new Promise((resolve, reject) => {
      this.#watch(locks.request(name, { steal: true }, () => {
        const held = this.#hold();
        resolve(undefined);
        return held;
      })).catch(reject);
    });
    this.options.onGranted();
  }

  /** Give the lock back, or stop waiting. */
  release() {
    this.state = 'released';
    this.#queue.abort();
    this.#release();
  }

  #wait() {
    this.#queue = new AbortController();
    const { locks, name, onGranted } = this.options;
    this.#watch(locks.request(name, { signal: this.#queue.signal }, () => {
      const held = this.#hold();
      onGranted();
      return held;
    })).catch(() => {
      // Aborted while in line: `takeOver` or `release` has already set the state.
    });
  }

  /** @returns {Promise<void>} pending as long as the lock is held */
  #hold() {
    this.state = 'owner';
    return new Promise((resolve) => { this.#release = resolve; });
  }

  /** A held lock that ends in an error was stolen. @param {Promise<unknown>} request */
  async #watch(request) {
    try {
      await request;
    } catch (error) {
      if (this.state !== 'owner') throw error;
      this.state = 'lost';
      this.options.onLost();
    }
  }
}

/**
 * @param {OwnerLockOptions} [options]
 * @returns {Promise<OwnerLock>} in state 'owner' or 'waiting'
 */
export async function requestOwnership({
  name = 'satchel-owner', onGranted = () => {}, onLost = () => {}, locks = navigator.locks,
} = {}) {
  const lock = new OwnerLock({ name, onGranted, onLost, locks });
  await lock.request();
  return lock;
}
