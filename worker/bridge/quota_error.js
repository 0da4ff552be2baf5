/**
 * Makes the browser's `QuotaExceededError` an exception for Python.
 *
 * Pyodide takes for one what has `name`, `message` and `stack`, or is a DOMException by its constructor's name. Chromium's
 * `QuotaExceededError` became a class of its own, without a stack: a promise rejected with it would never resolve in Python.
 */

const { QuotaExceededError } = /** @type {{ QuotaExceededError?: { prototype: object } }} */ (globalThis);

if (QuotaExceededError !== undefined && !('stack' in QuotaExceededError.prototype)) {
  Object.defineProperty(QuotaExceededError.prototype, 'stack', { value: '', writable: true, configurable: true });
}
