/**
 * Two versions of a text: side by side where there is room, one above the other in one column where there is not.
 * Spec: `path`, `before`, `after`, `beforeLabel`, `afterLabel`.
 */
import { MergeView, unifiedMergeView } from '@codemirror/merge';
import { EditorView } from '@codemirror/view';
import { readOnlyAppearance, textOf } from './appearance.js';
import { languageOf } from './languages.js';

const SIDE_BY_SIDE_PX = 860;
const COLLAPSE = { margin: 3, minSize: 6 };
// Bounds the work on hostile or rewritten files; beyond it the difference is coarser, never wrong.
const DIFF_CONFIG = { scanLimit: 2000, timeout: 300 };
const FIELDS = ['path', 'before', 'after', 'beforeLabel', 'afterLabel'];

/**
 * @param {HTMLElement} host
 * @param {Record<string, unknown>} spec
 * @param {import('@codemirror/state').Extension} language
 * @param {boolean} wide
 * @returns {{destroy: () => void}}
 */
function build(host, spec, language, wide) {
  const before = textOf(spec, 'before');
  const after = textOf(spec, 'after');
  const path = textOf(spec, 'path');
  const beforeLabel = textOf(spec, 'beforeLabel') || 'before';
  const afterLabel = textOf(spec, 'afterLabel') || 'after';
  if (wide) {
    return new MergeView({
      parent: host,
      a: { doc: before, extensions: [readOnlyAppearance(`${path}, ${beforeLabel}`), EditorView.lineWrapping, language] },
      b: { doc: after, extensions: [readOnlyAppearance(`${path}, ${afterLabel}`), EditorView.lineWrapping, language] },
      collapseUnchanged: COLLAPSE,
      diffConfig: DIFF_CONFIG,
      gutter: false,
    });
  }
  return new EditorView({
    parent: host,
    doc: after,
    extensions: [
      readOnlyAppearance(`${path}, changes`),
      EditorView.lineWrapping,
      language,
      unifiedMergeView({
        original: before,
        mergeControls: false,
        collapseUnchanged: COLLAPSE,
        diffConfig: DIFF_CONFIG,
        gutter: false,
      }),
    ],
  });
}

/** @type {import('../render/island.js').MountIsland} */
export function mountMergeView(host, spec) {
  let shown = spec;
  let isWide = host.clientWidth >= SIDE_BY_SIDE_PX;
  /** @type {import('@codemirror/state').Extension} */
  let language = [];
  let view = build(host, shown, language, isWide);

  function rebuild() {
    view.destroy();
    view = build(host, shown, language, isWide);
  }

  async function highlight() {
    const path = textOf(shown, 'path');
    const extension = await languageOf(path);
    if (path !== textOf(shown, 'path')) return;
    language = extension;
    rebuild();
  }

  const observer = new ResizeObserver(() => {
    const wide = host.clientWidth >= SIDE_BY_SIDE_PX;
    if (host.clientWidth === 0 || wide === isWide) return;
    isWide = wide;
    rebuild();
  });
  observer.observe(host);
  void highlight();
  return {
    update(next) {
      if (FIELDS.every((name) => next[name] === shown[name])) return;
      const samePath = next['path'] === shown['path'];
      shown = next;
      if (!samePath) language = [];
      rebuild();
      if (!samePath) void highlight();
    },
    destroy() {
      observer.disconnect();
      view.destroy();
    },
  };
}
