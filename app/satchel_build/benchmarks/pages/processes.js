/** Passes what the driver asks on to the worker, and its answer back. */

const worker = new Worker('processes.worker.js', { type: 'module' });
const waiting = [];
const ask = (request) => new Promise((resolve, reject) => {
  waiting.push({ resolve, reject });
  worker.postMessage(request);
});
Object.assign(window, { bench: { ask } });

worker.addEventListener('message', ({ data: { error, answer } }) => {
  const { resolve, reject } = waiting.shift();
  if (error === undefined) resolve(answer);
  else reject(new Error(error));
});
worker.addEventListener('error', (event) => waiting.splice(0).forEach(({ reject }) => reject(new Error(event.message))));
