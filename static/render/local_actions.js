/** Actions that concern the page alone (`local.…`): no decision, nothing that Python would have to know. */

const THEME_KEY = 'satchel-theme';
const THEMES = /** @type {const} */ (['system', 'light', 'dark']);

/** @typedef {typeof THEMES[number]} Theme */

/** @returns {Theme} */
function storedTheme() {
  try {
    const theme = localStorage.getItem(THEME_KEY);
    return THEMES.find((known) => known === theme) ?? 'system';
  } catch {
    return 'system';
  }
}

/** @param {Theme} theme */
function setTheme(theme) {
  document.documentElement.dataset['theme'] = theme;
  try {
    localStorage.setItem(THEME_KEY, theme);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

/** Puts the theme of the last visit in place. Called before the first draw. */
export const restoreTheme = () => setTheme(storedTheme());

/** The parts of the page in the order in which F6 visits them. */
const STOPS = ['[data-question]', '#prompt-input', '#transcript', '#terminal-input', '#files-panel', '#review-panel', '#sessions-panel', '.tab'];

/** @param {string} selector */
const visibleStop = (selector) => {
  const element = document.querySelector(selector);
  return element instanceof HTMLElement && element.getClientRects().length > 0 ? element : null;
};

function focusNextPart() {
  const stops = STOPS.map(visibleStop).filter((stop) => stop !== null);
  const at = stops.findIndex((stop) => stop.contains(document.activeElement));
  stops[(at + 1) % stops.length]?.focus();
}

/**
 * @param {string} name without the prefix
 * @param {Record<string, unknown>} args
 * @param {import('./effects.js').Effects} effects
 */
export function runLocalAction(name, args, effects) {
  switch (name) {
    case 'theme': {
      const next = THEMES[(THEMES.indexOf(storedTheme()) + 1) % THEMES.length] ?? 'system';
      setTheme(next);
      effects.announce(`Theme: ${next}.`);
      break;
    }
    case 'focus':
      effects.focus(String(args['id'] ?? ''), false, false);
      break;
    case 'next-part':
      focusNextPart();
      break;
    case 'copy':
      void effects.copy(String(args['text'] ?? ''));
      break;
    default:
      break;
  }
}
