/**
 * What this browser lends us, found by trying rather than by its name.
 *
 * Two things can be tried only where they are used: module workers when the agent's is made, the private file system when
 * the worker opens it.
 */

/**
 * @typedef {object} Capabilities
 * @property {boolean} webAssembly
 * @property {boolean} secureContext Service worker, private file system and digests exist only in one.
 * @property {boolean} privateFiles The origin's private file system, not yet whether it may be used.
 * @property {boolean} locks
 * @property {boolean} serviceWorker
 * @property {boolean} sharedMemory SharedArrayBuffer, which needs cross-origin isolation.
 * @property {boolean} stackSwitching JavaScript Promise Integration.
 * @property {boolean} folderPicker
 * @property {boolean} trustedTypes
 */

/** @returns {Capabilities} */
export function probeCapabilities() {
  return {
    webAssembly: canCompile(),
    secureContext: globalThis.isSecureContext,
    privateFiles: typeof navigator.storage?.getDirectory === 'function',
    locks: 'locks' in navigator,
    serviceWorker: 'serviceWorker' in navigator,
    sharedMemory: typeof SharedArrayBuffer === 'function' && globalThis.crossOriginIsolated,
    stackSwitching: typeof WebAssembly === 'object' && 'Suspending' in WebAssembly,
    folderPicker: 'showDirectoryPicker' in globalThis,
    trustedTypes: 'trustedTypes' in globalThis,
  };
}

function canCompile() {
  try {
    // The empty module: magic and version. A policy or an administrator may forbid compiling though the object is there.
    return WebAssembly.validate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  } catch {
    return false;
  }
}
