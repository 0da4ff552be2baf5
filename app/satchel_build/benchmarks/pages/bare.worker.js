import { loadPyodide } from './pyodide/pyodide.mjs';

const index = new URL('./pyodide/', self.location.href).href;
const pyodide = await loadPyodide({ indexURL: index, packageBaseUrl: index });
self.postMessage(pyodide.runPython('6 * 7'));
