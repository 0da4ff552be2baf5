/**
 * What a tree may contain. Everything that is not named here is dropped before Preact sees it, because a tree carries
 * text from models and from strangers' repositories, and Preact itself renders `href="javascript:…"` unchanged.
 *
 * Pure functions over plain values: no DOM, so the lists are tested in Node with hostile trees.
 */

const TAGS = new Set([
  'a', 'article', 'aside', 'b', 'blockquote', 'br', 'button', 'code', 'dd', 'del', 'details', 'dialog', 'div', 'dl', 'dt',
  'em', 'fieldset', 'figcaption', 'figure', 'footer', 'form', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'header', 'hr', 'i',
  'input', 'ins', 'kbd', 'label', 'legend', 'li', 'main', 'nav', 'ol', 'optgroup', 'option', 'p', 'pre', 'progress', 's',
  'samp', 'search', 'section', 'select', 'small', 'span', 'strong', 'sub', 'summary', 'sup', 'table', 'tbody', 'td',
  'textarea', 'tfoot', 'th', 'thead', 'time', 'tr', 'ul', 'var',
]);

const ATTRIBUTES = new Set([
  'autocapitalize', 'autocomplete', 'checked', 'class', 'cols', 'colspan', 'datetime', 'dir', 'disabled', 'enterkeyhint',
  'for', 'headers', 'hidden', 'id', 'inputmode', 'lang', 'max', 'maxlength', 'min', 'multiple', 'name', 'open',
  'placeholder', 'readonly', 'required', 'reversed', 'role', 'rows', 'rowspan', 'scope', 'selected', 'spellcheck', 'start',
  'step', 'tabindex', 'title', 'translate', 'value',
]);

const PATTERNED_ATTRIBUTE = /^(?:aria|data)-[a-z]+(?:-[a-z]+)*$/;
const EVENTS = new Set(['change', 'click', 'input', 'keydown', 'submit', 'toggle']);
const INPUT_TYPES = new Set(['checkbox', 'radio', 'search', 'text']);
const BUTTON_TYPES = new Set(['button', 'submit']);
const LINK_PROTOCOLS = new Set(['http:', 'https:', 'mailto:']);
const FRAGMENT = /^#[A-Za-z][\w.:-]*$/;
// Browsers strip these while parsing an address, which is how `java\nscript:` comes back to life.
const STRIPPED_BY_URL_PARSERS = /[\u0000-\u0020\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]/;

/** @typedef {string | number | boolean} Scalar */

/**
 * @param {unknown} tag
 * @returns {tag is string}
 */
export const isAllowedTag = (tag) => typeof tag === 'string' && TAGS.has(tag);

/** @param {string} name */
export const isAllowedEvent = (name) => EVENTS.has(name);

/**
 * The address to put into `href`, or null when it must not become a link: only http, https, mailto, and fragments.
 * @param {unknown} value
 * @returns {string | null}
 */
export function safeAddress(value) {
  if (typeof value !== 'string' || STRIPPED_BY_URL_PARSERS.test(value)) return null;
  if (FRAGMENT.test(value)) return value;
  try {
    return LINK_PROTOCOLS.has(new URL(value).protocol) ? value : null;
  } catch {
    return null; // Relative addresses mean nothing in a tree.
  }
}

/**
 * @param {string} tag
 * @param {string} name
 * @param {unknown} value
 * @returns {Scalar | null}
 */
function safeAttribute(tag, name, value) {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return null;
  if (ATTRIBUTES.has(name)) return value;
  // ARIA and data attributes are true or false by their text; Preact would drop a boolean false.
  if (PATTERNED_ATTRIBUTE.test(name)) return String(value);
  if (name === 'type' && tag === 'input') return INPUT_TYPES.has(String(value)) ? value : 'text';
  if (name === 'type' && tag === 'button') return BUTTON_TYPES.has(String(value)) ? value : 'button';
  if (name === 'href' && tag === 'a') return safeAddress(value);
  return null;
}

/**
 * The attributes of `props` that may reach the document, on an object without a prototype. `key` and `on` are not
 * attributes and are read by the caller.
 * @param {string} tag
 * @param {unknown} props
 * @returns {Record<string, Scalar>}
 */
export function safeAttributes(tag, props) {
  /** @type {Record<string, Scalar>} */
  const kept = Object.create(null);
  if (tag === 'button') kept['type'] = 'button';
  if (typeof props !== 'object' || props === null) return kept;
  for (const [name, value] of Object.entries(props)) {
    const safe = safeAttribute(tag, name, value);
    if (safe !== null) kept[name] = safe;
  }
  if (tag === 'a' && typeof kept['href'] === 'string' && !kept['href'].startsWith('#')) {
    kept['rel'] = 'noopener noreferrer';
    kept['target'] = '_blank';
  }
  return kept;
}

/**
 * What one event does, as read from `on: {event: [name, args?, options?]}`.
 * @typedef {object} Binding
 * @property {string} name action
 * @property {Record<string, unknown>} args
 * @property {boolean} prevent stop the browser's own behaviour
 * @property {boolean} value send the control's value along
 * @property {boolean} form send the form's fields along
 * @property {readonly string[]} keys only for these keys (keydown)
 * @property {number} guard ignore the event for so many milliseconds after the element appeared
 */

/**
 * @param {unknown} value
 * @returns {Record<string, unknown>}
 */
const plainObject = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? /** @type {Record<string, unknown>} */ (value)
    : {};

/**
 * @param {unknown} raw
 * @returns {Binding | null}
 */
function readBinding(raw) {
  if (!Array.isArray(raw) || typeof raw[0] !== 'string') return null;
  const options = plainObject(raw[2]);
  const keys = options['keys'];
  return {
    name: raw[0],
    args: plainObject(raw[1]),
    prevent: options['prevent'] === true,
    value: options['value'] === true,
    form: options['form'] === true,
    keys: Array.isArray(keys) ? keys.filter((key) => typeof key === 'string') : [],
    guard: typeof options['guard'] === 'number' ? options['guard'] : 0,
  };
}

/**
 * The bindings of one element by event name. An event may carry one binding or a list of them (several keys).
 * @param {unknown} props
 * @returns {Map<string, Binding[]>}
 */
export function readBindings(props) {
  /** @type {Map<string, Binding[]>} */
  const bindings = new Map();
  for (const [event, raw] of Object.entries(plainObject(plainObject(props)['on']))) {
    if (!isAllowedEvent(event) || !Array.isArray(raw)) continue;
    const specs = Array.isArray(raw[0]) ? raw : [raw];
    const read = specs.map(readBinding).filter((binding) => binding !== null);
    if (read.length > 0) bindings.set(event, read);
  }
  return bindings;
}
