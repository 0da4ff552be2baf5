/** The CodeMirror language for a file, by its name. A language's code is fetched when a file of it is first shown. */
import { StreamLanguage } from '@codemirror/language';

/** @typedef {import('@codemirror/state').Extension} Extension */

/** @type {ReadonlyArray<[RegExp, () => Promise<Extension>]>} */
const LANGUAGES = [
  [/\.(?:m|c)?jsx?$|\.(?:m|c)?tsx?$/, async () => (await import('@codemirror/lang-javascript')).javascript({ jsx: true, typescript: true })],
  [/\.pyi?$|\.pyw$/, async () => (await import('@codemirror/lang-python')).python()],
  [/\.(?:json|jsonl|webmanifest)$/, async () => (await import('@codemirror/lang-json')).json()],
  [/\.(?:md|markdown)$/, async () => (await import('@codemirror/lang-markdown')).markdown()],
  [/\.(?:css|scss|less)$/, async () => (await import('@codemirror/lang-css')).css()],
  [/\.(?:html?|svg|xml|vue)$/, async () => (await import('@codemirror/lang-html')).html()],
  [/\.(?:sh|bash|toml|ya?ml|cfg|ini|conf|env)$|(?:^|\/)(?:Makefile|Dockerfile|\.gitignore)$/, async () => hashComments],
];

/** Comments and strings, for the many small formats that share them. */
const hashComments = StreamLanguage.define({
  name: 'hash-comments',
  token(stream) {
    if (stream.eatSpace()) return null;
    if (stream.match(/#.*/)) return 'comment';
    if (stream.match(/"(?:[^"\\]|\\.)*"|'[^']*'/)) return 'string';
    if (stream.match(/\[[\w."-]+\]/) && stream.column() === 0) return 'heading';
    if (stream.match(/[\w.-]+(?=\s*[:=])/)) return 'propertyName';
    if (stream.match(/\b\d[\d._]*\b|\b(?:true|false|null)\b/)) return 'atom';
    stream.next();
    return null;
  },
});

/**
 * @param {string} path
 * @returns {Promise<Extension>} nothing to highlight for an unknown name
 */
export async function languageOf(path) {
  const match = LANGUAGES.find(([pattern]) => pattern.test(path));
  return match === undefined ? [] : match[1]();
}
