/**
 * The icons a tree may name: `["icon", {"name": "check"}, []]`. Drawn on a 16 by 16 grid with a 1.5 stroke, in the colour
 * of the text, hidden from screen readers: the control beside them has the name.
 */
import { h } from 'preact';

/** @type {Readonly<Record<string, string>>} */
const PATHS = {
  add: 'M8 3v10M3 8h10',
  alert: 'M8 2.2 14.4 13.4H1.6ZM8 6.5v3M8 11.6v.1',
  archive: 'M2 3h12v3H2ZM3 6v7h10V6M6.5 9h3',
  branch: 'M4.5 5v6M4.5 5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM4.5 14a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM11.5 5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM11.5 5c0 4-7 2.5-7 6',
  chat: 'M2 3h12v8.5H7L3.8 14v-2.5H2Z',
  check: 'm3 8.5 3.2 3.2L13 4.8',
  'chevron-down': 'm4 6 4 4 4-4',
  'chevron-up': 'm4 10 4-4 4 4',
  'chevron-right': 'm6 4 4 4-4 4',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.2 1.6',
  close: 'm4 4 8 8M12 4l-8 8',
  commit: 'M1.5 8H5M11 8h3.5M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z',
  copy: 'M5.5 5.5h8v8h-8ZM10.5 5.5v-3h-8v8h3',
  download: 'M8 2.5v8M4.5 7.5 8 11l3.5-3.5M2.5 13.5h11',
  edit: 'm3 13 .7-3L11 2.7l2.3 2.3L6 12.3ZM9.5 4.2l2.3 2.3',
  eye: 'M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8ZM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z',
  file: 'M3.5 1.8h5.8l3.2 3.2v9.2h-9ZM9 2v3.2h3.2',
  folder: 'M1.8 3.2h4.4l1.6 1.9h6.4v7.7H1.8Z',
  'folder-open': 'M1.8 12.8V3.2h4.4l1.6 1.9h5.4v2M1.8 12.8 4 7.1h10.8l-2.1 5.7Z',
  globe: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM2 8h12M8 2c4 4 4 8 0 12M8 2c-4 4-4 8 0 12',
  help: 'M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4ZM6.2 6.3C6.2 5 7 4.4 8 4.4s1.8.7 1.8 1.7c0 1.4-1.8 1.5-1.8 2.9M8 11.4v.1',
  history: 'M2.5 3v3.2h3.2M2.7 6.2A5.8 5.8 0 1 1 2.3 9M8 5v3.2l2.2 1.3',
  list: 'M5.5 4H14M5.5 8H14M5.5 12H14M2 4h.6M2 8h.6M2 12h.6',
  lock: 'M3.5 7h9v6.5h-9ZM5.3 7V5a2.7 2.7 0 0 1 5.4 0v2',
  minus: 'M3 8h10',
  offline: 'M2 2l12 12M4.4 8.6a5 5 0 0 1 2-1.2M9.4 7.3a5 5 0 0 1 2.2 1.3M2.2 6.2a8.5 8.5 0 0 1 2.5-1.7M7 3.7a8.5 8.5 0 0 1 6.8 2.5M8 12v.1',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM10.7 10.7 14 14',
  send: 'M8 13V3.2M3.8 7.4 8 3.2l4.2 4.2',
  shield: 'M8 1.8 13.2 3.6v4c0 3.2-2.2 5.4-5.2 6.6-3-1.2-5.2-3.4-5.2-6.6v-4Z',
  spark: 'M8 1.8 9.5 6.5 14.2 8 9.5 9.5 8 14.2 6.5 9.5 1.8 8 6.5 6.5Z',
  stop: 'M4 4h8v8H4Z',
  terminal: 'm3 4.5 3.5 3.5L3 11.5M8 12h5',
  theme: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 2v12M8 5h3.8M8 8h5.5M8 11h3.8',
  trash: 'M2.5 4h11M6 4V2.3h4V4M4 4l.6 9.7h6.8L12 4M6.7 6.7v4.3M9.3 6.7v4.3',
  undo: 'M5.5 3 2.5 6l3 3M2.7 6h6.8a3.5 3.5 0 0 1 0 7H6',
  user: 'M8 8a2.8 2.8 0 1 0 0-5.6A2.8 2.8 0 0 0 8 8ZM2.8 14c.3-3 2.3-4.3 5.2-4.3s4.9 1.3 5.2 4.3',
};

/**
 * @param {unknown} name
 * @returns {import('preact').VNode | null} null for a name that is not in the table
 */
export function icon(name) {
  const path = typeof name === 'string' && Object.hasOwn(PATHS, name) ? PATHS[name] : undefined;
  if (path === undefined) return null;
  return h(
    'svg',
    { class: `icon icon-${name}`, viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true', focusable: 'false' },
    h('path', { d: path, fill: 'none', stroke: 'currentColor', 'stroke-width': 1.5, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' }),
  );
}
