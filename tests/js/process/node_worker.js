// Makes a node worker thread look like the worker of a browser, then loads the worker that runs guests.
import { parentPort } from 'node:worker_threads';

globalThis.self = globalThis;
globalThis.postMessage = (message, transfer) => parentPort.postMessage(message, transfer);
// Messages wait until there is a listener, as they do in a browser.
globalThis.addEventListener = (_type, listener) => parentPort.on('message', (data) => listener({ data }));
await import('../../../worker/wasi.worker.js');
