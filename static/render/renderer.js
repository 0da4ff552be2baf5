/**
 * The page's renderer: takes render and effect messages from the agent, sends actions back. It decides nothing; it does
 * not know what the trees mean, and holds no state but what is on the screen (scroll, focus, the text being typed).
 */
import { h, render } from 'preact';
import { Effects } from './effects.js';
import { restoreTheme, runLocalAction } from './local_actions.js';
import { Region } from './region.js';
import { RegionStore } from './region_store.js';
import { toVnode } from './vnode.js';

const ROOT_REGION = 'root';
const LOCAL_PREFIX = 'local.';

/**
 * @typedef {object} RendererOptions
 * @property {HTMLElement} root what is in there is replaced by the first drawing
 * @property {(name: string, args: Record<string, unknown>, extra: Record<string, unknown>) => void} onAction
 *   `extra` holds `value` or `form` where the binding asked for them
 * @property {boolean} [readOnly] show everything, send nothing
 */

/**
 * @typedef {object} Renderer
 * @property {(message: {type: string, [field: string]: unknown}) => void} apply a `render` or `effect` message;
 *   others are ignored. Drawing happens in the next animation frame, effects after it.
 * @property {(readOnly: boolean) => void} setReadOnly
 * @property {() => void} flush draw now (tests, and before the page is hidden)
 */

/**
 * @param {RendererOptions} options
 * @returns {Renderer}
 */
export function createRenderer({ root, onAction, readOnly = false }) {
  restoreTheme();
  const regions = new RegionStore();
  const effects = new Effects();
  let isReadOnly = readOnly;
  let isDrawn = false;
  let frame = 0;
  /** @type {(() => void)[]} */
  let pendingEffects = [];

  /** @type {import('./vnode.js').Surface} */
  const surface = {
    regions,
    around: [],
    readOnly: () => isReadOnly,
    toVnode,
    onAction(name, args, extra) {
      if (name.startsWith(LOCAL_PREFIX)) runLocalAction(name.slice(LOCAL_PREFIX.length), args, effects);
      else if (!isReadOnly) onAction(name, args, extra);
    },
  };

  function flush() {
    cancelAnimationFrame(frame);
    frame = 0;
    if (!isDrawn && regions.trees.has(ROOT_REGION)) {
      isDrawn = true;
      root.replaceChildren();
      regions.dirty.clear();
      render(h(Region, { id: ROOT_REGION, surface }), root);
    } else {
      regions.flush();
    }
    const due = pendingEffects;
    pendingEffects = [];
    // Preact defers what a redraw caused to a microtask; effects look for elements and so come after that.
    setTimeout(() => {
      effects.retryFocus();
      due.forEach((run) => run());
    }, 0);
  }

  const schedule = () => {
    if (frame === 0) frame = requestAnimationFrame(flush);
  };

  return {
    apply(message) {
      if (message.type === 'render' && Array.isArray(message['regions'])) {
        for (const entry of message['regions']) {
          if (Array.isArray(entry) && typeof entry[0] === 'string') regions.set(entry[0], entry[1] ?? null);
        }
        schedule();
      } else if (message.type === 'effect') {
        // A hidden page has no frames, but a download asked for there must still happen.
        pendingEffects.push(() => effects.run(message));
        if (document.hidden) setTimeout(flush, 0);
        else schedule();
      }
    },
    setReadOnly(next) {
      if (next === isReadOnly) return;
      isReadOnly = next;
      regions.redrawAll();
    },
    flush,
  };
}
