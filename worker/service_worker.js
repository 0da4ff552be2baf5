/**
 * The service worker: offline use, and security headers on hosts that send none.
 *
 * One cache for each build, filled whole and verified before this worker is installed, never changed afterwards. A newer build waits
 * until the tab that owns the storage has gone or asks for the switch (`static/boot/isolation.js`), so an agent never meets
 * files of another build. It answers same-origin GET requests for the files of its build and leaves all others to the browser.
 */

import { addHeaders } from './service_worker/respond.js';
import { cacheName, cachedFile, fillCache, removeOtherCaches } from './service_worker/precache.js';

const scope = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

scope.addEventListener('install', (event) => {
  event.waitUntil(fillCache(cacheName(), tellPages));
});

scope.addEventListener('activate', (event) => {
  event.waitUntil(removeOtherCaches(cacheName()).then(() => scope.clients.claim()));
});

scope.addEventListener('message', (event) => {
  if (event.data?.type === 'activate') event.waitUntil(scope.skipWaiting());
});

const files = new Set(SATCHEL_FILES);

scope.addEventListener('fetch', (event) => {
  const path = sitePath(event.request);
  if (path !== null) event.respondWith(answer(event.request, path));
});

/**
 * @param {Request} request
 * @param {string} path
 * @returns {Promise<Response>}
 */
async function answer(request, path) {
  const cached = await cachedFile(cacheName(), path);
  if (cached !== undefined) return addHeaders(cached, path);
  // The browser may drop a cache to make room; the host still has the file then, or knows where it is.
  const response = await fetch(request);
  return response.type === 'opaqueredirect' ? response : addHeaders(response, path);
}

/**
 * @param {Request} request
 * @returns {string | null} The path below the site's root; null for what this worker leaves alone.
 */
function sitePath(request) {
  const url = new URL(request.url);
  const root = new URL('./', scope.location.href);
  const isOurs = request.method === 'GET' && url.origin === root.origin && url.pathname.startsWith(root.pathname);
  if (!isOurs) return null;
  const path = url.pathname.slice(root.pathname.length) || 'index.html';
  return files.has(path) ? path : null;
}

/** @param {{ loaded: number, total: number }} state */
async function tellPages(state) {
  for (const client of await scope.clients.matchAll({ includeUncontrolled: true })) client.postMessage({ type: 'precache', ...state });
}
