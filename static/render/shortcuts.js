/** Keys that work anywhere on the page, declared by the tree. Elements that use a key themselves come first. */
import { Component } from 'preact';
import { keyMatches } from './events.js';

/** @typedef {{bindings: Map<string, import('./allow_list.js').Binding[]>, surface: import('./vnode.js').Surface}} ShortcutProps */

/** @extends {Component<ShortcutProps>} */
export class Shortcuts extends Component {
  /** @override */
  componentDidMount() {
    document.addEventListener('keydown', this.onKey);
  }

  /** @override */
  componentWillUnmount() {
    document.removeEventListener('keydown', this.onKey);
  }

  /** @param {KeyboardEvent} event */
  onKey = (event) => {
    if (event.defaultPrevented || document.querySelector('dialog[open]') !== null) return;
    const bindings = this.props.bindings.get('keydown') ?? [];
    const binding = bindings.find((candidate) => keyMatches(event, candidate.keys, null));
    if (binding === undefined) return;
    if (binding.prevent) event.preventDefault();
    this.props.surface.onAction(binding.name, binding.args, {});
  };

  /** @override */
  render() {
    return null;
  }
}
