/**
 * A worker that the page starts and ends for this one, with the face of a `Worker`.
 *
 * What is posted goes straight to it, through `line`. Through `hold` the page passes on what the worker says before it has
 * the line, or how it failed (`message`), and hears that it shall end.
 */

/** @typedef {import('./worker_pool.js').WorkerLike} WorkerLike */

/** Gecko alone has `InternalError`. A worker there that ends and starts workers of its own hangs for good sooner or later (seen in 153). */
export const pageStartsWorkers = 'InternalError' in globalThis;
/** Name of a lock that is held as long as this worker lives, so that the page learns of its end however it comes. */
const life = `satchel-agent-${crypto.randomUUID()}`;
if (pageStartsWorkers) void navigator.locks.request(life, () => new Promise(() => {}));

/** @param {(message: import('../generated/protocol').GuestMessage, moved: Transferable[]) => void} post to the page @returns {WorkerLike} */
export function pageWorker(post) {
  const [line, hold] = [new MessageChannel(), new MessageChannel()];
  /** @type {WorkerLike} */
  const worker = {
    onmessage: null,
    onerror: null,
    postMessage: (message, moved = []) => line.port1.postMessage(message, moved),
    terminate: () => hold.port1.postMessage('end'),
  };
  line.port1.onmessage = (event) => worker.onmessage?.(event);
  hold.port1.onmessage = (event) => (event.data.message === undefined ? worker.onmessage?.(event) : worker.onerror?.(event.data));
  post({ type: 'guest', life, line: line.port2, hold: hold.port2 }, [line.port2, hold.port2]);
  return worker;
}
