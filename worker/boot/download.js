/**
 * Downloads with byte counts. Every address is relative to the site's root, so the site works under any path.
 *
 * Pyodide fetches its own files and takes no hook for that; while it loads, `withCountedFetch` stands in for the global `fetch`.
 */

import { BootFailure } from './failure.js';

/** @typedef {(bytes: number) => void} OnBytes */

const root = new URL('./', self.location.href);

/**
 * Absolute address of a file of the site.
 * @param {string} path Relative to the site's root.
 */
export function siteUrl(path) {
  return new URL(path, root).href;
}

/**
 * Fetch one file of the site.
 * @param {string} path
 * @param {OnBytes} onBytes
 * @returns {Promise<ArrayBuffer>}
 */
export async function download(path, onBytes) {
  const response = await checkedFetch(siteUrl(path));
  return counted(response, onBytes).arrayBuffer();
}

/**
 * Run `work` while every `fetch` in this worker counts what it receives and fails loudly on an HTTP error.
 * @template T
 * @param {OnBytes} onBytes
 * @param {(firstFailure: Promise<never>) => Promise<T>} work Receives a promise that rejects with the first failed
 *   download: Pyodide logs such a failure and then waits for ever.
 * @returns {Promise<T>}
 */
export async function withCountedFetch(onBytes, work) {
  const plainFetch = self.fetch;
  /** @type {(reason: unknown) => void} */
  let fail = () => {};
  /** @type {Promise<never>} */
  const firstFailure = new Promise((_resolve, reject) => (fail = reject));
  firstFailure.catch(() => {});
  self.fetch = async (input, init) => {
    try {
      return counted(await checkedFetch(input, init, plainFetch), onBytes, fail);
    } catch (error) {
      fail(error);
      throw error;
    }
  };
  try {
    return await work(firstFailure);
  } finally {
    self.fetch = plainFetch;
  }
}

/**
 * @param {RequestInfo | URL} input
 * @param {RequestInit} [init]
 * @param {typeof fetch} [fetchFunction]
 * @returns {Promise<Response>}
 */
async function checkedFetch(input, init, fetchFunction = self.fetch) {
  const address = input instanceof Request ? input.url : String(input);
  const name = new URL(address, root).pathname.split('/').pop() ?? address;
  /** @type {Response} */
  let response;
  try {
    response = await fetchFunction.call(self, input, init);
  } catch {
    throw new BootFailure('download-failed', `${name} could not be downloaded: the server cannot be reached.`);
  }
  if (!response.ok) {
    throw new BootFailure('download-failed', `${name} could not be downloaded: the server answered ${response.status}.`);
  }
  return response;
}

/**
 * The same response with its body counted as it is read.
 * @param {Response} response
 * @param {OnBytes} onBytes
 * @param {(reason: unknown) => void} [onError] Told when the body breaks off.
 */
function counted(response, onBytes, onError = () => {}) {
  if (response.body === null) return response;
  const reader = response.body.getReader();
  const name = new URL(response.url || root.href).pathname.split('/').pop();
  const body = new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          controller.close();
          return;
        }
        onBytes(value.byteLength);
        controller.enqueue(value);
      } catch (error) {
        onError(new BootFailure('download-failed', `The download of ${name} broke off.`));
        controller.error(error);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(body, { status: response.status, headers: response.headers });
}

/**
 * A file of the site, checked.
 * @param {string} path
 * @param {string} sha256 in hexadecimal
 * @returns {Promise<Uint8Array<ArrayBuffer>>} Rejects when it cannot be had exactly so.
 */
export async function downloadVerified(path, sha256) {
  const bytes = new Uint8Array(await download(path, () => {}));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (found !== sha256) throw new Error(`${path} is not what the site's index says; build or load the site anew`);
  return bytes;
}

/**
 * @param {string} path
 * @returns {Promise<string | undefined>} A text of the site; undefined when there is none, or it cannot be had now.
 */
export async function siteText(path) {
  try {
    const response = await fetch(siteUrl(path));
    return response.ok ? await response.text() : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Get, bring or delete what the server of the site has beside the site.
 * @param {'GET' | 'PUT' | 'DELETE'} method
 * @param {string} path
 * @param {Blob} [body]
 * @returns {Promise<Uint8Array<ArrayBuffer> | null>} null when there is none. Rejects when the server refuses.
 */
export async function ask(method, path, body) {
  const response = await fetch(siteUrl(path), { method, body });
  if (!response.ok && response.status !== 404) throw new Error(`${method}: the server answered ${response.status}`);
  return response.ok ? new Uint8Array(await response.arrayBuffer()) : null;
}

/** Bytes that a first boot downloads, as the build's manifest has it; 0 when that cannot be had. */
export async function siteSize() {
  try {
    const manifest = await (await fetch(siteUrl('build-manifest.json'))).json();
    /** @type {Record<string, { size: number }>} */
    const files = manifest.files;
    const needed = Object.entries(files).filter(([path]) => path.startsWith('pyodide/') || path === SATCHEL_WHEEL);
    return needed.reduce((sum, [, { size }]) => sum + size, 0);
  } catch {
    return 0;
  }
}
