/** The running Python agent as the worker sees it: messages in, as JSON text and at most one host object. */

import { stopBit } from './stop_word.js';

/** @typedef {import('../generated/protocol').PageMessage} PageMessage */
/** @typedef {import('pyodide/ffi').PyCallable} PyCallable */

export class PythonAgent {
  /**
   * @param {PyCallable} receive `BrowserAgent.receive(text, payload)`; kept for the life of the worker.
   * @param {Int32Array | null} stopWord Has a bit from the user's wish to stop something until Python gets the message of it.
   */
  constructor(receive, stopWord) {
    this.call = receive;
    this.stopWord = stopWord;
  }

  /**
   * Hand a message over. Python takes it in at once and works on it in a task of its own; it never throws.
   * @param {PageMessage} message
   */
  receive(message) {
    const { payload, rest } = split(message);
    if (this.stopWord !== null) Atomics.and(this.stopWord, 0, ~stopBit(message));
    this.call(JSON.stringify(rest), payload);
  }
}

/**
 * Part a message into plain JSON and what only JavaScript can hold.
 * @param {PageMessage} message
 * @returns {{ rest: object, payload: unknown }}
 */
function split(message) {
  switch (message.type) {
    case 'folder':
    case 'permission-result': {
      const { handle, ...rest } = message;
      return { rest: { ...rest, name: handle?.name ?? '' }, payload: handle ?? undefined };
    }
    case 'files': {
      const { files, ...rest } = message;
      return { rest, payload: files };
    }
    case 'archive': {
      const { file, ...rest } = message;
      return { rest: { ...rest, name: file.name, size: file.size }, payload: file };
    }
    default:
      return { rest: message, payload: undefined };
  }
}
