/** The baseline: Pyodide as its documentation boots it, in a module worker, and nothing else. */

const worker = new Worker('bare.worker.js', { type: 'module' });
worker.addEventListener('message', () => performance.mark('bench:ready'));
