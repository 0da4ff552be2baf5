/** The workers of programs that the page starts for the agent's worker, where that cannot do it: see `worker/process/page_worker.js`. */

export class GuestWorkers {
  /** @type {Set<Worker>} */
  #running = new Set();
  #isOver = false;
  /** @type {Promise<void> | undefined} */
  #watch;

  /** @param {string} script in the form that `Worker` takes @param {import('../../worker/generated/protocol').GuestMessage} message */
  start(script, { life, line, hold }) {
    // Asked for before the agent's worker was ended, heard afterwards.
    if (this.#isOver) return;
    this.#watch ??= navigator.locks.request(life, () => this.end());
    const guest = new Worker(script, { type: 'module', name: 'satchel-process' });
    this.#running.add(guest);
    guest.onmessage = ({ data }) => hold.postMessage(data);
    guest.onerror = (event) => hold.postMessage({ message: event.message || 'the worker could not be started' });
    hold.onmessage = () => {
      guest.terminate();
      this.#running.delete(guest);
      hold.close();
    };
    guest.postMessage({ type: 'connect', line }, [line]);
  }

  /** End them all, for good. */
  end() {
    this.#isOver = true;
    for (const guest of this.#running) guest.terminate();
  }
}
