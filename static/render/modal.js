/**
 * A modal dialog: the browser's own, so focus stays inside and Escape closes. Focus returns to where it was. A press beside it closes it
 * too, unless it is `sticky`: then that would end something that runs.
 */
import { Component, createRef, h } from 'preact';
import { readBindings, safeAttributes } from './allow_list.js';

/** @typedef {{spec: Record<string, unknown>, surface: import('./vnode.js').Surface, children?: import('preact').ComponentChildren}} ModalProps */

/** @extends {Component<ModalProps>} */
export class Modal extends Component {
  /** @type {import('preact').RefObject<HTMLDialogElement | null>} */
  dialog = createRef();
  /** @type {Element | null} */
  cameFrom = null;

  /** @override */
  componentDidMount() {
    this.cameFrom = document.activeElement;
    this.dialog.current?.showModal();
  }

  /** What had the focus may be gone with the dialog's old content. @override */
  componentDidUpdate() {
    const { current } = this.dialog;
    if (current === null || current.contains(document.activeElement)) return;
    /** @type {HTMLElement | null} */ (current.querySelector('button:enabled, input:enabled, select:enabled, a[href]'))?.focus();
  }

  /** @override */
  componentWillUnmount() {
    this.dialog.current?.close(); // While it is open, nothing outside can take the focus.
    if (this.cameFrom instanceof HTMLElement && this.cameFrom.isConnected) this.cameFrom.focus();
  }

  /** The dialog goes when Python takes it out of the tree, so that the page and the state cannot disagree. */
  close = () => {
    const binding = readBindings(this.props.spec).get('toggle')?.[0];
    if (binding !== undefined) this.props.surface.onAction(binding.name, binding.args, {});
  };

  /** @param {Event} event */
  onCancel = (event) => {
    event.preventDefault();
    this.close();
  };

  /** @param {MouseEvent} event */
  onBackdrop = (event) => {
    if (event.target === this.dialog.current && this.props.spec['sticky'] !== true) this.close();
  };

  /** @override */
  render() {
    const attributes = safeAttributes('dialog', this.props.spec);
    delete attributes['open'];
    return h(
      'dialog',
      { ...attributes, ref: this.dialog, onCancel: this.onCancel, onMouseDown: this.onBackdrop },
      h('div', { class: 'dialog-content' }, this.props.children),
    );
  }
}
