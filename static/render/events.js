/** Turns the bindings of a tree into DOM event handlers that send actions. */

const TEXT_FIELD = 'textarea, select, input:not([type=checkbox]):not([type=radio]), [contenteditable=true]';
const HANDLER_NAMES = /** @type {Readonly<Record<string, string>>} */ ({
  change: 'onChange',
  click: 'onClick',
  input: 'onInput',
  keydown: 'onKeyDown',
  submit: 'onSubmit',
  toggle: 'onToggle',
});

/** When an element with a guarded binding appeared. @type {WeakMap<Element, number>} */
const shownAt = new WeakMap();

/**
 * @param {EventTarget | null} target
 * @returns {boolean} whether keys pressed there are text
 */
export const isTextField = (target) => target instanceof Element && target.closest(TEXT_FIELD) !== null;

/**
 * @param {KeyboardEvent} event
 * @param {readonly string[]} keys as in `KeyboardEvent.key`; none means any
 * @param {Element | null} bound the element that listens
 * @returns {boolean}
 */
export function keyMatches(event, keys, bound) {
  if (keys.length === 0) return true;
  if (event.isComposing || event.metaKey || event.altKey) return false;
  if (event.ctrlKey) return keys.includes(`Ctrl+${event.code === 'Backquote' ? '`' : event.key}`);
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (!keys.includes(key)) return false;
  if (event.key.length > 1 && event.key !== 'Enter') return true;
  return event.target === bound || !isTextField(event.target);
}

/**
 * @param {HTMLFormElement} form
 * @returns {Record<string, string>} its text fields; files never travel this way
 */
function formFields(form) {
  /** @type {Record<string, string>} */
  const fields = Object.create(null);
  for (const [name, value] of new FormData(form)) {
    if (typeof value === 'string') fields[name] = value;
  }
  return fields;
}

/**
 * @param {import('./allow_list.js').Binding} binding
 * @param {Event} event
 * @returns {Record<string, unknown>}
 */
export function readExtra(binding, event) {
  /** @type {Record<string, unknown>} */
  const extra = {};
  const target = event.currentTarget;
  if (binding.value && target instanceof HTMLInputElement && (target.type === 'checkbox' || target.type === 'radio')) {
    extra['value'] = target.type === 'checkbox' ? String(target.checked) : target.value;
  } else if (
    binding.value &&
    (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
  ) {
    extra['value'] = target.value;
  }
  const form = target instanceof Element ? target.closest('form') : null;
  if (binding.form && form !== null) extra['form'] = formFields(form);
  return extra;
}

/**
 * @param {import('./allow_list.js').Binding} binding
 * @param {Event} event
 * @returns {boolean}
 */
function applies(binding, event) {
  const target = event.currentTarget instanceof Element ? event.currentTarget : null;
  if (event instanceof KeyboardEvent && !keyMatches(event, binding.keys, target)) return false;
  const appeared = target === null ? undefined : shownAt.get(target);
  // A control that has only just appeared under the pointer or the typing hand was not what the user meant.
  return !(appeared !== undefined && performance.now() - appeared < binding.guard);
}

/**
 * @param {Map<string, import('./allow_list.js').Binding[]>} bindings
 * @param {import('./vnode.js').Surface} surface
 * @returns {Record<string, unknown>} Preact props: handlers, and a ref where a binding is guarded
 */
export function bindEvents(bindings, surface) {
  /** @type {Record<string, unknown>} */
  const props = {};
  for (const [name, list] of bindings) {
    const handler = HANDLER_NAMES[name];
    if (handler === undefined) continue;
    props[handler] = (/** @type {Event} */ event) => {
      if (name === 'submit') event.preventDefault();
      const binding = list.find((candidate) => applies(candidate, event));
      if (binding === undefined) return;
      if (binding.prevent) event.preventDefault();
      event.stopPropagation();
      surface.onAction(binding.name, binding.args, readExtra(binding, event));
    };
  }
  if ([...bindings.values()].some((list) => list.some((binding) => binding.guard > 0))) {
    props['ref'] = (/** @type {Element | null} */ element) => {
      if (element !== null && !shownAt.has(element)) shownAt.set(element, performance.now());
    };
  }
  return props;
}
