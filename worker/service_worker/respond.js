/** Responses of the site with the media type and the security headers they are served with everywhere. */

import { headersFor, mediaTypeFor } from '../generated/headers.js';

/**
 * @param {Response} response Same-origin, so its body can be read.
 * @param {string} path Below the site's root.
 * @returns {Response} The same content; the host's own headers of the same names are replaced.
 */
export function addHeaders(response, path) {
  const headers = new Headers(response.headers);
  const mediaType = mediaTypeFor(path);
  // Not that of an error page, which is the host's own.
  if (response.ok && mediaType !== undefined) headers.set('Content-Type', mediaType);
  for (const [name, value] of Object.entries(headersFor(path))) headers.set(name, value);
  const bodyless = response.status === 204 || response.status === 304;
  return new Response(bodyless ? null : response.body, { status: response.status, statusText: response.statusText, headers });
}
