/**
 * Turns a tree into Preact vnodes. Every tag, attribute, address and event passes `allow_list.js`; what is not on the list
 * is dropped (an unknown tag keeps its children, so text is never lost).
 *
 * Besides HTML a tree may hold these tags, each a component of its own:
 * `region` (slot that a render message fills), `island` (CodeMirror, a terminal), `icon`, `modal` (a `<dialog>` shown modally), `draft` (the
 * prompt's text box, which keeps what is typed on the page), `pinned` (scroller that follows its end), `shortcuts` (keys that
 * work anywhere on the page).
 */
import { h } from 'preact';
import { isAllowedTag, readBindings, safeAttributes } from './allow_list.js';
import { Draft } from './draft.js';
import { bindEvents } from './events.js';
import { icon } from './icons.js';
import { Island } from './island.js';
import { Modal } from './modal.js';
import { PinnedScroll } from './pinned_scroll.js';
import { Region } from './region.js';
import { Shortcuts } from './shortcuts.js';

/**
 * What components need of the renderer.
 * @typedef {object} Surface
 * @property {(name: string, args: Record<string, unknown>, extra: Record<string, unknown>) => void} onAction
 * @property {() => boolean} readOnly
 * @property {import('./region_store.js').RegionStore} regions
 * @property {readonly string[]} around the regions that what is drawn now lies in, the outermost first
 * @property {(tree: unknown, surface: Surface) => import('preact').ComponentChild} toVnode
 */

const MAX_DEPTH = 96;
const MAX_NODES = 60_000;
const CONTROLS = new Set(['button', 'input', 'select', 'textarea']);

/** @typedef {{nodes: number}} Budget */

/**
 * @param {Record<string, unknown>} props
 * @returns {string | number | undefined}
 */
function readKey(props) {
  const key = props['key'];
  return typeof key === 'string' || typeof key === 'number' ? key : undefined;
}

/**
 * @param {string} tag
 * @param {Record<string, unknown>} props
 * @param {() => import('preact').ComponentChild[]} children
 * @param {Surface} surface
 * @returns {import('preact').ComponentChild | undefined} undefined when `tag` is not a special one
 */
function specialVnode(tag, props, children, surface) {
  const key = readKey(props);
  switch (tag) {
    case 'region':
      return h(Region, { key: `region:${props['id']}`, id: String(props['id']), surface });
    case 'island':
      return h(Island, { key, spec: props, surface });
    case 'icon':
      return icon(props['name']);
    case 'modal':
      return h(Modal, { key, spec: props, surface }, children());
    case 'draft':
      return h(Draft, { key, spec: props, surface });
    case 'pinned':
      return h(PinnedScroll, { key, spec: props }, children());
    case 'shortcuts':
      return h(Shortcuts, { key, bindings: readBindings(props), surface });
    default:
      return undefined;
  }
}

/**
 * @param {unknown} tree
 * @param {Surface} surface
 * @param {number} depth
 * @param {Budget} budget
 * @returns {import('preact').ComponentChild}
 */
function convert(tree, surface, depth, budget) {
  if (typeof tree === 'string') return tree;
  if (typeof tree === 'number') return String(tree);
  if (!Array.isArray(tree)) return null;
  budget.nodes -= 1;
  if (depth > MAX_DEPTH || budget.nodes < 0) return '…';
  const [tag, rawProps, rawChildren] = tree;
  const props = /** @type {Record<string, unknown>} */ (
    typeof rawProps === 'object' && rawProps !== null && !Array.isArray(rawProps) ? rawProps : {}
  );
  const children = () =>
    (Array.isArray(rawChildren) ? rawChildren : []).map((child) => convert(child, surface, depth + 1, budget));
  if (typeof tag !== 'string') return null;
  const special = specialVnode(tag, props, children, surface);
  if (special !== undefined) return special;
  if (!isAllowedTag(tag)) return h('span', { key: readKey(props) }, children());
  return elementVnode(tag, props, children(), surface);
}

/**
 * @param {string} tag
 * @param {Record<string, unknown>} props
 * @param {import('preact').ComponentChild[]} children
 * @param {Surface} surface
 * @returns {import('preact').VNode}
 */
function elementVnode(tag, props, children, surface) {
  /** @type {Record<string, unknown>} */
  const attributes = safeAttributes(tag, props);
  const bindings = readBindings(props);
  const key = readKey(props);
  if (key !== undefined) attributes['key'] = key;
  if (bindings.size > 0) {
    if (surface.readOnly() && CONTROLS.has(tag) && !isLocal(bindings)) attributes['disabled'] = true;
    Object.assign(attributes, bindEvents(bindings, surface));
  }
  return h(tag, attributes, children);
}

/**
 * Whether everything that is bound stays on the page, so that it also works where nothing may be changed.
 * @param {Map<string, import('./allow_list.js').Binding[]>} bindings
 */
const isLocal = (bindings) =>
  [...bindings.values()].every((list) => list.every((binding) => binding.name.startsWith('local.')));

/**
 * @param {unknown} tree
 * @param {Surface} surface
 * @returns {import('preact').ComponentChild}
 */
export const toVnode = (tree, surface) => convert(tree, surface, 0, { nodes: MAX_NODES });
