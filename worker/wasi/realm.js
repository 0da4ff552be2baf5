/**
 * Takes from a worker's realm everything that reaches out of it or persists, before any guest runs.
 *
 * Guests have no access to JavaScript, so this is the second wall (the first is the script's policy): an allow-list, so
 * what a browser adds tomorrow is gone too. What is kept computes, keeps time, or talks to the worker that started this one.
 */

const KEPT = new Set([
  // ECMAScript.
  'Object', 'Function', 'Array', 'Number', 'parseFloat', 'parseInt', 'Infinity', 'NaN', 'undefined', 'Boolean', 'String', 'Symbol',
  'Date', 'Promise', 'RegExp', 'Error', 'AggregateError', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError',
  'URIError', 'SuppressedError', 'globalThis', 'JSON', 'Math', 'Intl', 'ArrayBuffer', 'Atomics', 'Uint8Array', 'Int8Array',
  'Uint16Array', 'Int16Array', 'Uint32Array', 'Int32Array', 'Float16Array', 'Float32Array', 'Float64Array', 'Uint8ClampedArray',
  'BigUint64Array', 'BigInt64Array', 'DataView', 'Map', 'BigInt', 'Set', 'Iterator', 'WeakMap', 'WeakSet', 'WeakRef', 'Proxy',
  'Reflect', 'FinalizationRegistry', 'decodeURI', 'decodeURIComponent', 'encodeURI', 'encodeURIComponent', 'escape', 'unescape',
  'isFinite', 'isNaN', 'SharedArrayBuffer', 'WebAssembly', 'constructor',
  // The worker itself.
  'self', 'postMessage', 'onmessage', 'addEventListener', 'removeEventListener', 'dispatchEvent', 'performance', 'crypto', 'console',
  'setTimeout', 'clearTimeout', 'queueMicrotask', 'TextEncoder', 'TextDecoder',
]);

/**
 * @param {object} scope the global object
 * @returns {string[]} names that could not be removed (some plain numbers cannot), for the tests
 */
export function sealRealm(scope) {
  const left = [];
  for (let at = scope; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const key of Reflect.ownKeys(at)) {
      if (typeof key !== 'string' || KEPT.has(key) || Reflect.deleteProperty(at, key)) continue;
      if (typeof Reflect.getOwnPropertyDescriptor(at, key)?.value !== 'number') left.push(key);
    }
  }
  return left;
}
