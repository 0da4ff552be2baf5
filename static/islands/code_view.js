/** A file, read only. Spec: `path`, `text`. */
import { Compartment, EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { readOnlyAppearance, textOf } from './appearance.js';
import { languageOf } from './languages.js';

/** @type {import('../render/island.js').MountIsland} */
export function mountCodeView(host, spec) {
  const language = new Compartment();
  let shown = spec;
  const state = (/** @type {Record<string, unknown>} */ next) =>
    EditorState.create({
      doc: textOf(next, 'text'),
      extensions: [readOnlyAppearance(textOf(next, 'path')), language.of([])],
    });
  const view = new EditorView({ parent: host, state: state(spec) });

  async function highlight() {
    const path = textOf(shown, 'path');
    const extension = await languageOf(path);
    if (path === textOf(shown, 'path')) view.dispatch({ effects: language.reconfigure(extension) });
  }

  void highlight();
  return {
    update(next) {
      if (textOf(next, 'path') === textOf(shown, 'path') && textOf(next, 'text') === textOf(shown, 'text')) return;
      shown = next;
      view.setState(state(next));
      void highlight();
    },
    destroy: () => view.destroy(),
  };
}
