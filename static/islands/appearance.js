/** How CodeMirror looks and behaves in every island: the page's colours, read only, and never a keyboard trap. */
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorState } from '@codemirror/state';
import { drawSelection, EditorView, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { styleNonce } from './style_nonce.js';

/** @typedef {import('@codemirror/state').Extension} Extension */

const theme = EditorView.theme({
  '&': { backgroundColor: 'transparent', color: 'var(--text)', fontSize: 'var(--code-size)' },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--faint)', border: 'none' },
  '.cm-content': { caretColor: 'var(--text)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--selection)' },
  '.cm-changedLine, &.cm-merge-b .cm-changedLine': { backgroundColor: 'var(--added-line) !important' },
  '&.cm-merge-a .cm-changedLine, .cm-deletedChunk': { backgroundColor: 'var(--removed-line) !important' },
  '&.cm-merge-b .cm-changedText, .cm-insertedLine .cm-changedText, .cm-changedText': {
    background: 'var(--added-text) !important',
  },
  '&.cm-merge-a .cm-changedText, .cm-deletedChunk .cm-deletedText, .cm-deletedText': {
    background: 'var(--removed-text) !important',
  },
  '.cm-deletedLine, .cm-deletedLine del, .cm-insertedLine': { textDecoration: 'none' },
  '.cm-collapsedLines': {
    background: 'var(--raised) !important',
    color: 'var(--muted)',
    fontFamily: 'var(--sans)',
    fontSize: '12px',
  },
});

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: 'var(--code-keyword)' },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: 'var(--code-string)' },
  { tag: [tags.comment, tags.meta], color: 'var(--code-comment)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--code-number)' },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], color: 'var(--code-function)' },
  { tag: [tags.typeName, tags.className, tags.tagName, tags.namespace], color: 'var(--code-type)' },
  { tag: [tags.propertyName, tags.attributeName], color: 'var(--code-property)' },
  { tag: tags.heading, fontWeight: '650' },
  { tag: tags.link, textDecoration: 'underline' },
  { tag: tags.emphasis, fontStyle: 'italic' },
  { tag: tags.strong, fontWeight: '650' },
]);

// Escape hands the keyboard back to whatever holds the island; Tab is never taken.
const leave = keymap.of([
  {
    key: 'Escape',
    run(view) {
      const place = view.dom.closest('[tabindex]');
      if (place instanceof HTMLElement) place.focus();
      else view.contentDOM.blur();
      return true;
    },
  },
]);

/**
 * @param {string} label the editor's name for screen readers
 * @returns {Extension[]}
 */
export const readOnlyAppearance = (label) => [
  EditorView.cspNonce.of(styleNonce()),
  EditorState.readOnly.of(true),
  EditorView.editable.of(false),
  EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0', 'aria-readonly': 'true', role: 'textbox', 'aria-multiline': 'true' }),
  lineNumbers(),
  drawSelection(),
  leave,
  theme,
  syntaxHighlighting(colours),
];

/**
 * @param {Record<string, unknown>} spec
 * @param {string} name
 */
export const textOf = (spec, name) => (typeof spec[name] === 'string' ? spec[name] : '');
