/**
 * The cache of one build: all files of its manifest, each verified by SHA-256, or no cache at all.
 *
 * Files that an older build has with the same digest are taken from its cache, so an update downloads what changed.
 */

import { mediaTypeFor } from '../generated/headers.js';

const PREFIX = 'satchel-';
const MANIFEST = 'build-manifest.json';
const DIGEST_HEADER = 'X-Satchel-SHA256';
const DOWNLOADS_AT_ONCE = 4;
/** Bytes are reported at most this often. */
const REPORT_INTERVAL_MS = 100;

/** @typedef {{ sha256: string, size: number }} FileRecord */
/** @typedef {(state: { loaded: number, total: number }) => void} OnProgress */

/** Name of this build's cache. */
export function cacheName() {
  return PREFIX + SATCHEL_BUILD_ID;
}

/**
 * @param {string} name
 * @param {string} path
 * @returns {Promise<Response | undefined>}
 */
export async function cachedFile(name, path) {
  const cache = await caches.open(name);
  return cache.match(siteUrl(path));
}

/**
 * Fill the cache of this build. Rejects, and leaves no cache behind, if any file cannot be had exactly as the manifest says.
 * @param {string} name
 * @param {OnProgress} onProgress
 */
export async function fillCache(name, onProgress) {
  try {
    const manifest = await fetchFresh(MANIFEST);
    const { id, files } = /** @type {{ id: string, files: Record<string, FileRecord> }} */ (await manifest.clone().json());
    if (id !== SATCHEL_BUILD_ID) throw new Error(`the host serves build ${id}, this is ${SATCHEL_BUILD_ID}`);
    const cache = await caches.open(name);
    await store(cache, Object.entries(files), onProgress);
    await cache.put(siteUrl(MANIFEST), manifest);
  } catch (error) {
    await caches.delete(name);
    throw error;
  }
}

/** @param {string} name The cache to keep. */
export async function removeOtherCaches(name) {
  const names = await caches.keys();
  await Promise.all(names.filter((other) => other.startsWith(PREFIX) && other !== name).map((other) => caches.delete(other)));
}

/**
 * @param {Cache} cache
 * @param {[string, FileRecord][]} files
 * @param {OnProgress} onProgress
 */
async function store(cache, files, onProgress) {
  const total = files.reduce((sum, [, { size }]) => sum + size, 0);
  const queue = [...files];
  let loaded = 0;
  let reportedAt = -Infinity;
  const received = (/** @type {number} */ bytes) => {
    loaded += bytes;
    if (performance.now() - reportedAt < REPORT_INTERVAL_MS) return;
    reportedAt = performance.now();
    onProgress({ loaded, total });
  };
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [path, record] = next;
      const known = await fromOlderBuild(path, record);
      if (known !== undefined) received(record.size);
      await cache.put(siteUrl(path), known ?? (await verified(path, record, received)));
    }
  };
  await Promise.all(Array.from({ length: DOWNLOADS_AT_ONCE }, work));
  onProgress({ loaded, total });
}

/**
 * @param {string} path
 * @param {FileRecord} record
 * @returns {Promise<Response | undefined>}
 */
async function fromOlderBuild(path, record) {
  for (const name of await caches.keys()) {
    if (!name.startsWith(PREFIX)) continue;
    const response = await cachedFile(name, path);
    if (response?.headers.get(DIGEST_HEADER) === record.sha256) return response;
  }
  return undefined;
}

/**
 * @param {string} path
 * @param {FileRecord} record
 * @param {(bytes: number) => void} received Told as they come: a slow line is not a hang.
 * @returns {Promise<Response>}
 */
async function verified(path, record, received) {
  const response = await fetchFresh(path);
  const body = await bodyOf(response, received);
  const digest = hex(await crypto.subtle.digest('SHA-256', body));
  if (digest !== record.sha256) throw new Error(`${path} is not what the manifest says`);
  const type = mediaTypeFor(path) ?? response.headers.get('Content-Type') ?? 'application/octet-stream';
  return new Response(body, { headers: { 'Content-Type': type, [DIGEST_HEADER]: digest } });
}

/**
 * @param {Response} response
 * @param {(bytes: number) => void} received
 * @returns {Promise<ArrayBuffer>}
 */
async function bodyOf(response, received) {
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const parts = [];
  const reader = response.body?.getReader();
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    parts.push(part.value);
    received(part.value.length);
  }
  return new Blob(parts).arrayBuffer();
}

/**
 * @param {string} path
 * @returns {Promise<Response>} Revalidated with the host.
 */
async function fetchFresh(path) {
  // Many hosts redirect `index.html` to the folder; ask for that at once.
  const url = siteUrl(path === 'index.html' ? './' : path);
  const response = await fetch(url, { cache: 'no-cache' });
  if (!response.ok) throw new Error(`${path}: the host answered ${response.status}`);
  return response;
}

/** @param {string} path */
function siteUrl(path) {
  return new URL(path, self.location.href).href;
}

/** @param {ArrayBuffer} bytes */
function hex(bytes) {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
