/** Responses of the site with the security headers they are served with everywhere. */

import { headersFor } from '../generated/headers.js';

/**
 * @param {Response} response Same-origin, so its body can be read.
 * @param {string} path Below the site's root.
 * @returns {Response} The same content; the host's own headers of the same names are replaced.
 */
export function addHeaders(response, path) {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(headersFor(path))) headers.set(name, value);
  const bodyless = response.status === 204 || response.status === 304;
  return new Response(bodyless ? null : response.body, { status: response.status, statusText: response.statusText, headers });
}
