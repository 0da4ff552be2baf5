/** Passes dropped folders to the worker and keeps what it answers where the driver finds it. */

const worker = new Worker('storage.worker.js', { type: 'module' });
const results = {};
Object.assign(window, { bench: { results, append: (count) => worker.postMessage({ append: count }) } });

worker.addEventListener('message', ({ data }) => Object.assign(results, data));
worker.addEventListener('error', (event) => Object.assign(results, { error: event.message }));
addEventListener('dragover', (event) => event.preventDefault());
addEventListener('drop', async (event) => {
  event.preventDefault();
  worker.postMessage({ folder: await event.dataTransfer.items[0].getAsFileSystemHandle() });
});
