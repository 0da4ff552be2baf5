/** Why a boot failed, in a form that the page can explain. */

/** @typedef {import('../generated/protocol').FailureCode} FailureCode */

export class BootFailure extends Error {
  /**
   * @param {FailureCode} code
   * @param {string} message Names the cause; shown to the user.
   * @param {string} [remedy] What to do next, where the page's own text for `code` does not say it.
   */
  constructor(code, message, remedy = '') {
    super(message);
    this.name = 'BootFailure';
    this.code = code;
    this.remedy = remedy;
  }
}

/** What a Python exception says, in one of its causes at least, when the browser's storage was full. */
const NO_ROOM = /QuotaExceededError|ENOSPC|\[Errno 51\]|No space left/;

/**
 * The failure that an exception of any origin stands for.
 * @param {unknown} error
 * @returns {BootFailure}
 */
export function asBootFailure(error) {
  if (error instanceof BootFailure) return error;
  if (error instanceof DOMException && error.name === 'QuotaExceededError') {
    return new BootFailure('quota', `The browser refused to store more data: ${error.message}`);
  }
  if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
    return new BootFailure('runtime-crash', `The Python runtime crashed: ${error.message}`);
  }
  const text = error instanceof Error ? error.message : String(error);
  if (NO_ROOM.test(text)) {
    const last = text.trim().split('\n').pop();
    return new BootFailure('quota', `The browser refused to store what a start needs: ${last}`);
  }
  return new BootFailure('python-error', text);
}
