/** The agent worker as the page sees it: start it, talk to it, and learn of its end however it comes. */

import { stopBit } from '../../worker/bridge/stop_word.js';
import { GuestWorkers } from './guest_workers.js';
import { workerScript } from './trusted_types.js';

/** @typedef {import('../../worker/generated/protocol').AgentMessage} AgentMessage */
/** @typedef {import('../../worker/generated/protocol').PageMessage} PageMessage */
/** @typedef {import('../../worker/generated/protocol').StartMessage} StartMessage */

export class ModuleWorkersMissing extends Error {}

export class Agent {
  /**
   * Start the worker. Throws ModuleWorkersMissing where the browser has none.
   * @param {Omit<StartMessage, 'type'>} start
   * @param {(message: AgentMessage) => void} onMessage
   * @param {(cause: string) => void} onLost The worker's script could not be loaded.
   */
  constructor(start, onMessage, onLost) {
    let knowsModules = false;
    const options = {
      name: 'satchel-agent',
      /** @returns {'module'} */
      get type() {
        knowsModules = true;
        return 'module';
      },
    };
    this.worker = new Worker(workerScript('agent.worker.js'), options);
    if (!knowsModules) {
      this.worker.terminate();
      throw new ModuleWorkersMissing();
    }
    this.guests = new GuestWorkers();
    let isRunning = false;
    this.worker.addEventListener('message', (event) => {
      isRunning = true;
      if (event.data.type === 'guest') this.guests.start(workerScript('wasi.worker.js'), event.data);
      else onMessage(event.data);
    });
    this.worker.addEventListener('error', (event) => {
      // Once it runs, the worker reports its own errors, and not every one is its end.
      if (!isRunning) onLost(event.message || 'Its script could not be loaded.');
    });
    /** A word that Python reads while it computes and hears no messages. */
    this.stopWord = globalThis.crossOriginIsolated ? new Int32Array(new SharedArrayBuffer(4)) : null;
    this.send({ type: 'start', ...start, stopWord: /** @type {SharedArrayBuffer | null} */ (this.stopWord?.buffer ?? null) });
  }

  /** @param {PageMessage} message */
  send(message) {
    if (this.stopWord !== null) Atomics.or(this.stopWord, 0, stopBit(message));
    this.worker.postMessage(message);
  }

  /** End the worker at once, and those that were started for it. Everything acknowledged is on disk already. */
  terminate() {
    this.guests.end();
    this.worker.terminate();
  }
}
