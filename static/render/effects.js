/** Carries out the effects that the agent asks of the page. Folder and permission prompts belong to the boot code. */
import { acceptDraft, offerDraft } from './draft.js';
import { isTextField } from './events.js';

const TYPING_MS = 2000;
const ANNOUNCE_MS = 300;
const MISSED_FOCUS_MS = 1000;
const REVOKE_MS = 60_000;

export class Effects {
  constructor() {
    this.lastTyped = -Infinity;
    /** Where the user was before focus was moved for them. @type {Element | null} */
    this.cameFrom = null;
    /** A focus whose element was not drawn yet, or lay behind a dialog. @type {{id: string, polite: boolean, at: number} | null} */
    this.missed = null;
    /** @type {string[]} */
    this.waiting = [];
    document.addEventListener('input', () => (this.lastTyped = performance.now()), { capture: true });
  }

  /** @param {Record<string, unknown>} message an effect message; unknown names are not for this module */
  run(message) {
    const { name, data, ...detail } = message;
    switch (name) {
      case 'focus':
        this.focus(String(detail['id'] ?? ''), detail['polite'] === true, detail['back'] === true);
        break;
      case 'announce':
        this.announce(String(detail['text'] ?? ''));
        break;
      case 'scroll':
        document.getElementById(String(detail['id'] ?? ''))?.scrollIntoView({ block: 'nearest' });
        break;
      case 'copy':
        void this.copy(String(detail['text'] ?? ''));
        break;
      case 'download':
        download(detail, data);
        break;
      case 'terminal':
        document.dispatchEvent(new CustomEvent('satchel:terminal', { detail: data }));
        break;
      case 'draft-accepted':
        this.lastTyped = -Infinity; // What was typed has been sent: nobody is in the middle of a sentence.
        acceptDraft(String(detail['session'] ?? ''), String(detail['text'] ?? ''));
        break;
      case 'draft-offered':
        offerDraft(String(detail['session'] ?? ''), String(detail['text'] ?? ''));
        break;
      default:
        break;
    }
  }

  /**
   * @param {string} id
   * @param {boolean} polite leave the user alone who is writing
   * @param {boolean} back return to where the user was, `id` if that is gone
   */
  focus(id, polite, back) {
    const active = document.activeElement;
    if (polite && isTextField(active) && this.isWriting(/** @type {Element} */ (active))) return;
    const found = back && this.cameFrom?.isConnected ? this.cameFrom : document.getElementById(id);
    // What is hidden may be about to be shown, and a dialog in front of it about to close.
    const isShown = found !== null && found.getClientRects().length > 0;
    const target = isShown && document.querySelector('dialog:modal')?.contains(found) !== false ? found : null;
    this.missed = target === null && id !== '' ? { id, polite, at: performance.now() } : null;
    if (target === null) return;
    if (polite) this.cameFrom = active === document.body ? null : active;
    if (back) this.cameFrom = null;
    if (target instanceof HTMLElement) target.focus();
  }

  /** Tries once more to move the focus to an element that an effect named before it was drawn. */
  retryFocus() {
    const missed = this.missed;
    this.missed = null;
    if (missed === null || performance.now() - missed.at > MISSED_FOCUS_MS) return;
    const { at } = missed;
    this.focus(missed.id, missed.polite, false);
    if (this.missed !== null) this.missed = { ...missed, at };
  }

  /** @param {Element} field */
  isWriting(field) {
    const text = field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement ? field.value : '';
    return text.trim() !== '' || performance.now() - this.lastTyped < TYPING_MS;
  }

  /**
   * Says `text` in the page's one live region. What comes in quick succession is said in one breath.
   * @param {string} text
   */
  announce(text) {
    if (text === '' || this.waiting.includes(text)) return;
    this.waiting.push(text);
    if (this.waiting.length > 1) return;
    const live = document.getElementById('live');
    // The same words twice would be no change, and only a change is said.
    if (live !== null) live.textContent = '';
    setTimeout(() => {
      if (live !== null) live.textContent = this.waiting.join(' ');
      this.waiting = [];
    }, ANNOUNCE_MS);
  }

  /** @param {string} text */
  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      this.announce('Copied.');
    } catch {
      this.announce('Copying is not allowed here. Select the text and copy it with the keyboard.');
    }
  }
}

/**
 * @param {Record<string, unknown>} detail with `filename` and `mime`
 * @param {unknown} data the content, bytes or a Blob
 */
function download(detail, data) {
  if (!(data instanceof Blob || data instanceof Uint8Array)) return;
  const content = /** @type {BlobPart} */ (data);
  const address = URL.createObjectURL(new Blob([content], { type: String(detail['mime'] || 'application/octet-stream') }));
  const link = document.createElement('a');
  link.href = address;
  link.download = String(detail['filename'] ?? 'download');
  document.body.append(link);
  link.click();
  link.remove();
  // Some browsers read the address only after the click has returned.
  setTimeout(() => URL.revokeObjectURL(address), REVOKE_MS);
}
