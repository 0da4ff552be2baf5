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
    this.app = required(page, 'app');
    /** The code of the failure that is shown. @type {FailureCode | null} */
    this.code = null;
    /** Dialogs that lay over everything, this page included. @type {HTMLDialogElement[]} */
    this.covered = [];
    /** Where the user was. @type {Element | null} */
    this.cameFrom = null;
  }

  /**
   * Show a failure and move the focus to it; nothing else of the page can be reached meanwhile. Only the first is shown: those after it are its consequences.
   * @param {FailureCode} code
   * @param {string} cause
   * @param {string} [remedy] In place of the usual remedy for `code`.
   */
  show(code, cause, remedy = '') {
    if (!this.section.hidden) return;
    const text = FAILURES[code];
    this.code = code;
    this.cover();
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

  /** The page is as it was before: its dialogs are open, and the focus is where the user was. */
  hide() {
    if (this.section.hidden) return;
    this.section.hidden = true;
    this.code = null;
    this.app.inert = false;
    for (const dialog of this.covered.splice(0)) if (dialog.isConnected) dialog.showModal();
    if (this.cameFrom instanceof HTMLElement && this.cameFrom.isConnected) this.cameFrom.focus();
    this.cameFrom = null;
  }

  cover() {
    this.cameFrom = this.page.activeElement;
    this.covered = [...this.page.querySelectorAll('dialog')].filter((dialog) => dialog.open);
    for (const dialog of this.covered) dialog.close();
    this.app.inert = true;
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
