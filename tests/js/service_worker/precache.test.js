// Filling the offline cache over a slow line: the page must hear of bytes while they come.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

globalThis.self = globalThis;
globalThis.location = new URL('http://site.example/app/service_worker.js');
globalThis.SATCHEL_BUILD_ID = 'this-build';
globalThis.SATCHEL_STYLE_NONCE = 'nonce';
const { fillCache } = await import('../../../worker/service_worker/precache.js');

/** Stands in for the browser's cache storage. */
class Caches {
  /** @type {Map<string, Map<string, Response>>} */
  stored = new Map();

  async open(name) {
    const entries = this.stored.get(name) ?? new Map();
    this.stored.set(name, entries);
    return { match: async (url) => entries.get(url)?.clone(), put: async (url, response) => void entries.set(url, response) };
  }

  async keys() {
    return [...this.stored.keys()];
  }

  async delete(name) {
    return this.stored.delete(name);
  }
}

const PART = new Uint8Array(1000).fill(7);
const PARTS = 5;

/** A host whose one file comes in parts, each when the test lets it. */
function slowHost() {
  const body = new Uint8Array(PART.length * PARTS).fill(7);
  const sha256 = createHash('sha256').update(body).digest('hex');
  const manifest = { id: 'this-build', files: { 'pyodide/pyodide.mjs': { sha256, size: body.length } } };
  /** @type {ReadableStreamDefaultController} */
  let line;
  globalThis.fetch = async (url) => {
    if (url.endsWith('build-manifest.json')) return Response.json(manifest);
    const headers = { 'Content-Type': 'application/octet-stream' };
    return new Response(new ReadableStream({ start: (controller) => void (line = controller) }), { headers });
  };
  return { send: () => line.enqueue(PART.slice()), end: () => line.close() };
}

test('bytes are reported as they come, and the last report is the whole', async (context) => {
  globalThis.caches = new Caches();
  let now = 0;
  context.mock.method(performance, 'now', () => now);
  const host = slowHost();
  const heard = [];
  const filling = fillCache('satchel-this-build', ({ loaded, total }) => heard.push([loaded, total]));
  const settle = () => new Promise((done) => setTimeout(done, 5));
  await settle();
  for (let i = 0; i < PARTS; i++) {
    now += 30_000;
    host.send();
    await settle();
    assert.deepEqual(heard.at(-1), [PART.length * (i + 1), PART.length * PARTS]);
  }
  host.end();
  await filling;
  assert.deepEqual(heard.at(-1), [5000, 5000]);
  const cached = globalThis.caches.stored.get('satchel-this-build').get('http://site.example/app/pyodide/pyodide.mjs');
  assert.equal(cached.headers.get('Content-Type'), 'text/javascript; charset=utf-8', 'what the host called it does not matter');
});
