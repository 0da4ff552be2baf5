// The small programs of `programs/`, as modules in bytes.
import { readFileSync } from 'node:fs';

const encoded = JSON.parse(readFileSync(new URL('programs/programs.json', import.meta.url), 'utf-8'));

/** @type {Record<string, Uint8Array>} */
export const PROGRAMS = Object.fromEntries(
  Object.entries(encoded).map(([name, base64]) => [name, new Uint8Array(Buffer.from(base64, 'base64'))]),
);
