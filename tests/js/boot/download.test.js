import assert from 'node:assert/strict';
import { test } from 'node:test';

globalThis.self = globalThis;
globalThis.location = new URL('http://site.example/app/agent.worker.js');
const { download, siteUrl, withCountedFetch } = await import('../../../worker/boot/download.js');

/** @param {() => Response | Promise<Response>} answer */
async function withServer(answer, work) {
  const plain = globalThis.fetch;
  globalThis.fetch = async () => answer();
  try {
    return await work();
  } finally {
    globalThis.fetch = plain;
  }
}

test('addresses are relative to the site, wherever it lies', () => {
  assert.equal(siteUrl('pyodide/'), 'http://site.example/app/pyodide/');
});

test('bytes are counted as they come', async () => {
  let bytes = 0;
  const body = await withServer(() => new Response(new Uint8Array(1000)), () => download('a.bin', (count) => (bytes += count)));
  assert.equal(body.byteLength, 1000);
  assert.equal(bytes, 1000);
});

test('a refused download names the file and the status', async () => {
  await assert.rejects(
    withServer(() => new Response('', { status: 503 }), () => download('x/a.bin', () => {})),
    (error) => error.code === 'download-failed' && /a\.bin.*503/.test(error.message),
  );
});

test('a failure inside of work that swallows it is still seen', async () => {
  await withServer(() => Promise.reject(new TypeError('Failed to fetch')), () =>
    withCountedFetch(() => {}, async (firstFailure) => {
      await fetch('http://site.example/app/b.bin').catch(() => {});
      await assert.rejects(firstFailure, { code: 'download-failed' });
    }),
  );
});
