/** Times the product's storage; see `storage_bench.py`. */

import { startProduct } from './product.js';

const started = startProduct('storage_bench.py');
started.then(() => self.postMessage({ ready: true }), (error) => self.postMessage({ error: String(error) }));

self.addEventListener('message', async ({ data }) => {
  try {
    const { bench, host } = await started;
    if ('append' in data) self.postMessage({ append: (await bench.append(host, data.append)).toJs() });
    else self.postMessage({ [`import ${data.folder.name}`]: await bench.import_folder(host, data.folder) });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
});
