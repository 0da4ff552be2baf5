/** The first frame: what the boot starts keeps the processor busy, and would keep the page from being painted. */

/** A browser that paints nothing (a tab in the background, a window out of sight) holds the boot up no longer than this. */
const PATIENCE_MS = 100;

/**
 * Wait until the first frame was painted, or will not be for now.
 * @returns {Promise<void>}
 */
export function firstFrame() {
  if (document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    // What is queued from within a frame's callback runs after that frame.
    requestAnimationFrame(() => setTimeout(resolve, 0));
    setTimeout(resolve, PATIENCE_MS);
  });
}
