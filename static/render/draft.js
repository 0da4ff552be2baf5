/**
 * The prompt's text box. What is typed lives on the page (and in this tab's session storage, by session), so a busy agent
 * never swallows a keystroke; Python sees it when it is sent. The text goes away only when Python says that it has it.
 */
import { Component, createRef, h } from 'preact';
import { safeAttributes } from './allow_list.js';

/** @typedef {{spec: Record<string, unknown>, surface: import('./vnode.js').Surface}} DraftProps */

const STORAGE_PREFIX = 'satchel-draft:';

/** @param {string} session */
function storedDraft(session) {
  try {
    return sessionStorage.getItem(STORAGE_PREFIX + session) ?? '';
  } catch {
    return ''; // Storage is denied in some frames; the draft then lives as long as the page.
  }
}

/**
 * @param {string} session
 * @param {string} text
 */
function storeDraft(session, text) {
  try {
    if (text === '') sessionStorage.removeItem(STORAGE_PREFIX + session);
    else sessionStorage.setItem(STORAGE_PREFIX + session, text);
  } catch {
    // As above, and a full storage must not stop anybody from typing.
  }
}

/** The drafts on the page by session. @type {Map<string, Draft>} */
const mounted = new Map();

/**
 * Takes `text` out of the draft of `session`: all of it, or the beginning when more was typed meanwhile.
 * @param {string} session
 * @param {string} text
 */
export function acceptDraft(session, text) {
  const box = mounted.get(session);
  const current = box?.text() ?? storedDraft(session);
  if (!current.trimStart().startsWith(text)) return;
  const rest = current.trimStart().slice(text.length).trimStart();
  if (box === undefined) storeDraft(session, rest);
  else box.replace(rest);
}

/**
 * Puts `text` into the draft of `session` unless the user has written something there.
 * @param {string} session
 * @param {string} text
 */
export function offerDraft(session, text) {
  const box = mounted.get(session);
  if (box === undefined) storeDraft(session, text);
  else if (box.text().trim() === '') {
    box.replace(text);
    box.box.current?.focus();
  }
}

/** @extends {Component<DraftProps>} */
export class Draft extends Component {
  /** @type {import('preact').RefObject<HTMLTextAreaElement | null>} */
  box = createRef();

  session() {
    return String(this.props.spec['session'] ?? '');
  }

  text() {
    return this.box.current?.value ?? '';
  }

  /** @param {string} text */
  replace(text) {
    if (this.box.current !== null) this.box.current.value = text;
    storeDraft(this.session(), text);
    this.grow();
  }

  /** @override */
  componentDidMount() {
    this.adopt();
  }

  /** @override @param {DraftProps} previous */
  componentDidUpdate(previous) {
    const before = String(previous.spec['session'] ?? '');
    if (before === this.session()) return;
    if (mounted.get(before) === this) mounted.delete(before);
    this.adopt();
  }

  /** @override */
  componentWillUnmount() {
    if (mounted.get(this.session()) === this) mounted.delete(this.session());
  }

  adopt() {
    mounted.set(this.session(), this);
    if (this.box.current !== null) this.box.current.value = storedDraft(this.session());
    this.grow();
  }

  /** Makes the box as high as its text, up to the height that the style sheet allows. */
  grow() {
    const box = this.box.current;
    if (box === null || CSS.supports('field-sizing', 'content')) return;
    box.rows = Math.min(12, box.value.split('\n').length);
  }

  onInput = () => {
    storeDraft(this.session(), this.text());
    this.grow();
  };

  /** @param {KeyboardEvent} event */
  onKeyDown = (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.altKey || event.isComposing) return;
    // On a touch keyboard Enter is the only way to a new line; there is a button to send.
    if (matchMedia('(pointer: coarse)').matches && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    if (this.text().trim() !== '') this.box.current?.form?.requestSubmit();
  };

  /** @override */
  render() {
    const attributes = safeAttributes('textarea', this.props.spec);
    delete attributes['value'];
    if (this.props.surface.readOnly()) attributes['disabled'] = true;
    return h('textarea', { ...attributes, ref: this.box, onInput: this.onInput, onKeyDown: this.onKeyDown });
  }
}
