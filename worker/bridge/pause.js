/**
 * How a long computation in Python lets everybody else run.
 *
 * Pyodide's own `asyncio.sleep(0)` goes through a message channel. In Chromium, with Python working 16 ms between two of them, the
 * page's messages then wait 150 ms and timers 170 ms. A task of background priority comes after all that is due: 7 and 17 ms.
 */

/** @typedef {{ postTask(task: () => void, options: { priority: 'background' }): Promise<void> }} Scheduler */

const { scheduler } = /** @type {{ scheduler?: Scheduler }} */ (globalThis);

/** @returns {Promise<void>} Resolves when what waits for this thread was served; timers where the browser has no priorities. */
export function pause() {
  if (scheduler !== undefined) return scheduler.postTask(() => {}, { priority: 'background' });
  return new Promise((resolve) => setTimeout(resolve, 0));
}
