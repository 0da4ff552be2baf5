/**
 * The terminal: shows the bytes that come as `satchel:terminal` events and sends the keys. What a prompt is, and what runs,
 * is none of its business. It tells how much it has shown, so that whoever writes can wait for it.
 */
import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import { allowStyles } from './style_nonce.js';

const ACKNOWLEDGED_BYTES = 65_536;
const LEAST_HEIGHT_PX = 120;
/** Colours of the terminal by tokens of the style sheet. */
const TOKENS = Object.entries({
  background: 'bg', foreground: 'text', cursor: 'accent', cursorAccent: 'bg', selectionBackground: 'selection',
  black: 'raised', red: 'bad', green: 'good', yellow: 'warn', blue: 'focus', magenta: 'code-keyword', cyan: 'code-type', white: 'muted',
  brightBlack: 'faint', brightRed: 'bad', brightGreen: 'good', brightYellow: 'warn', brightBlue: 'code-function',
  brightMagenta: 'code-keyword', brightCyan: 'code-type', brightWhite: 'text',
});

allowStyles();

/** @param {string} name */
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const theme = () => Object.fromEntries(TOKENS.map(([colour, name]) => [colour, token(name)]));

/** @type {import('../render/island.js').MountIsland} */
export function mountTerminal(host, spec, act) {
  const terminal = new Terminal({
    screenReaderMode: true, minimumContrastRatio: 4.5, scrollback: 5000, macOptionIsMeta: true,
    fontFamily: token('mono'), fontSize: 13, lineHeight: 1.2, theme: theme(),
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.open(host);
  const resized = () => act('terminal.resize', { rows: terminal.rows, columns: terminal.cols });
  let [behind, shown] = [0, 0];

  const show = (/** @type {Event} */ event) => {
    const data = /** @type {CustomEvent<Uint8Array>} */ (event).detail;
    behind += data.length;
    terminal.write(data, () => {
      behind -= data.length;
      shown += data.length;
      if (behind > 0 && shown < ACKNOWLEDGED_BYTES) return;
      act('terminal.shown', { size: shown });
      shown = 0;
    });
  };
  const recolour = () => (terminal.options.theme = theme());

  let isUnheard = true;
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.type === 'keydown') isUnheard = event.keyCode !== 229; // 229: xterm looks itself for what an input method did.
    if (event.type === 'keyup') isUnheard = true; // A key that makes no text sends no input event, which would say so.
    if (event.ctrlKey && event.key === 'c' && terminal.hasSelection()) {
      setTimeout(() => terminal.clearSelection(), 0); // The browser copies first; the next Ctrl-C interrupts.
      return false;
    }
    return event.key !== 'F6' && !(event.ctrlKey && (event.code === 'Backquote' || event.key === 'v'));
  });
  terminal.onData((text) => {
    isUnheard = false;
    act('terminal.keys', { text });
  });
  if (terminal.textarea !== undefined) {
    // In its mode for screen readers xterm takes keys alone, and text without them (dictated, picked emoji) would be lost.
    terminal.textarea.addEventListener('input', (event) => {
      const { data, inputType } = /** @type {InputEvent} */ (event);
      if (isUnheard && data && inputType === 'insertText') act('terminal.keys', { text: data });
      isUnheard = true;
    });
    terminal.textarea.id = 'terminal-input';
    terminal.textarea.setAttribute('aria-label', 'Terminal; F6 leaves it');
  }
  const sizes = new ResizeObserver(() => host.clientWidth > 0 && fit.fit());
  const schemes = new MutationObserver(recolour);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  sizes.observe(host);
  schemes.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  dark.addEventListener('change', recolour);
  document.addEventListener('satchel:terminal', show);
  dragToResize(host);
  fit.fit();
  resized();
  terminal.onResize(resized);
  terminal.focus();
  return {
    update: () => {},
    destroy() {
      sizes.disconnect();
      schemes.disconnect();
      dark.removeEventListener('change', recolour);
      document.removeEventListener('satchel:terminal', show);
      terminal.dispose();
    },
  };
}

/** The grip on top of the panel makes it higher or lower; the button beside does it for keyboards. @param {HTMLElement} host */
function dragToResize(host) {
  const panel = /** @type {HTMLElement | null} */ (host.closest('.terminal-panel'));
  const grip = /** @type {HTMLElement | null} */ (panel?.querySelector('.terminal-grip'));
  if (!panel || !grip) return;
  grip.onpointerdown = ({ pointerId }) => grip.setPointerCapture(pointerId);
  grip.onpointermove = ({ pointerId, clientY }) => {
    if (!grip.hasPointerCapture(pointerId)) return;
    panel.style.height = `${Math.max(LEAST_HEIGHT_PX, panel.getBoundingClientRect().bottom - clientY)}px`;
  };
}
