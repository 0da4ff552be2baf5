/** Shows a failure in the page's `#failure` section: the cause, the remedy, what still works, and buttons to go on. */

import { required } from './boot_line.js';
import { ACTION_TEXT, FAILURES } from './failures.js';

/** @typedef {import('../../worker/generated/protocol').FailureCode} FailureCode */
/** @typedef {import('./failures.js').FailureAction} FailureAction */

export class FailurePage {
  /**
   * @param {Document} page
   * @param {Record<FailureAction, () => void>} handlers
   */
  constructor(page, handlers) {
    this.page = page;
    this.handlers = handlers;
    this.section = required(page, 'failure');
  }

  /**
   * Show a failure and move the focus to it. Only the first is shown: those after it are its consequences.
   * @param {FailureCode} code
   * @param {string} cause
   * @param {string} [remedy] In place of the usual remedy for `code`.
   */
  show(code, cause, remedy = '') {
    if (!this.section.hidden) return;
    const text = FAILURES[code];
    this.section.dataset['code'] = code;
    this.fill('failure-title', text.title);
    this.fill('failure-cause', cause);
    this.fill('failure-remedy', remedy || text.remedy);
    required(this.page, 'failure-works').replaceChildren(this.list(text.works));
    required(this.page, 'failure-actions').replaceChildren(...text.actions.map((action) => this.button(action)));
    this.section.hidden = false;
    const title = required(this.page, 'failure-title');
    title.tabIndex = -1;
    title.focus();
  }

  hide() {
    this.section.hidden = true;
  }

  /**
   * @param {string} id
   * @param {string} text
   */
  fill(id, text) {
    required(this.page, id).textContent = text;
  }

  /**
   * @param {string} tag
   * @param {string} text
   */
  element(tag, text) {
    const element = this.page.createElement(tag);
    element.textContent = text;
    return element;
  }

  /** @param {string[]} lines */
  list(lines) {
    const list = this.page.createElement('ul');
    list.append(...lines.map((line) => this.element('li', line)));
    return list;
  }

  /** @param {FailureAction} action */
  button(action) {
    const button = this.element('button', ACTION_TEXT[action]);
    button.setAttribute('type', 'button');
    button.dataset['action'] = action;
    button.addEventListener('click', this.handlers[action]);
    return button;
  }
}
