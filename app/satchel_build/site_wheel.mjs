/**
 * `node site_wheel.mjs PYODIDE BYTECODE_PY WHEEL TARGET`: writes WHEEL with bytecode of the Pyodide in the folder PYODIDE to TARGET.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [pyodideFolder, bytecode, wheel, target] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(pyodideFolder, 'pyodide.mjs')).href);
const pyodide = await loadPyodide({
  indexURL: `${pyodideFolder}/`,
  // The order of what is hashed shows in compiled code.
  env: { HOME: '/', PYTHONHASHSEED: '0' },
});
pyodide.FS.writeFile('/bytecode.py', readFileSync(bytecode));
pyodide.FS.writeFile('/wheel', readFileSync(wheel));
try {
  pyodide.runPython(`
import sys
from pathlib import Path
sys.path.insert(0, "/")
from bytecode import with_bytecode
Path("/target").write_bytes(with_bytecode(Path("/wheel").read_bytes()))
`);
} catch (error) {
  // Uncaught, it would be printed after a megabyte of minified source.
  console.error(error.message);
  process.exit(1);
}
writeFileSync(target, pyodide.FS.readFile('/target'));
