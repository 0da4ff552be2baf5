/**
 * The whole page takes folders and archives that are dropped on it, from its first moment on: a drop that nobody takes
 * makes the browser leave the page for the file.
 *
 * What is dropped before there is an agent waits for it. Nothing that was dropped is lost in silence: what is not taken is named.
 */

/** @typedef {import('../../worker/generated/protocol').PageMessage} PageMessage */
/** @typedef {import('../../worker/generated/protocol').PickedFile} PickedFile */

/** @typedef {(message: PageMessage) => void} Send */

const NAMED_AT_MOST = 3;

export class Drops {
  /** Where drops go; null while they wait. @type {Send | null} */
  #send = null;
  /** Told of every drop that is not taken here; null where they are. @type {(() => void) | null} */
  #refuse = null;
  #isOff = false;
  /** @type {PageMessage[]} */
  #held = [];
  #reading = 0;

  /**
   * @param {HTMLElement} target
   * @param {HTMLElement} hint Shown while something is dragged over the page.
   */
  constructor(target, hint) {
    this.hint = hint;
    target.addEventListener('dragover', (event) => this.#dragged(event));
    target.addEventListener('dragleave', (event) => {
      if (event.relatedTarget === null) hint.hidden = true;
    });
    target.addEventListener('drop', (event) => this.#dropped(event));
  }

  /** Whether something waits here that a reload would lose. */
  get isHolding() {
    return this.#held.length > 0 || this.#reading > 0;
  }

  /** There is an agent: it gets what waits, and every drop from now on. @param {Send} send */
  sendTo(send) {
    this.#send = send;
    for (const message of this.#held.splice(0)) send(message);
  }

  /**
   * Take nothing for now.
   * @param {(() => void) | null} tell Called on every drop; null: take them again.
   */
  refuse(tell) {
    this.#refuse = tell;
  }

  /** The boot failed: nothing is taken any more, and the page is still not left. */
  end() {
    this.#isOff = true;
    this.#held = [];
    this.hint.hidden = true;
  }

  /** @param {DragEvent} event */
  #dragged(event) {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = this.#isOff ? 'none' : 'copy';
    this.hint.hidden = this.#isOff;
  }

  /** @param {DragEvent} event */
  #dropped(event) {
    this.hint.hidden = true;
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    if (this.#isOff) return;
    if (this.#refuse !== null) {
      this.#refuse();
      return;
    }
    this.#reading += 1;
    void takeDrop(event.dataTransfer, (message) => this.#deliver(message)).finally(() => (this.#reading -= 1));
  }

  /** @param {PageMessage} message */
  #deliver(message) {
    if (this.#send !== null) this.#send(message);
    else this.#held.push(message);
  }
}

/**
 * @param {DataTransfer} transfer
 * @param {Send} send
 */
async function takeDrop(transfer, send) {
  // All must be asked for before the first await: the transfer is empty once the event is over.
  const items = [...transfer.items].filter((item) => item.kind === 'file');
  const handles = items.map((item) => item.getAsFileSystemHandle?.() ?? Promise.resolve(null));
  for (const one of handles) one.catch(() => {});
  const entries = items.map((item) => item.webkitGetAsEntry());
  const files = items.map((item) => item.getAsFile());

  const handle = await (handles[0] ?? Promise.resolve(null)).catch(() => null);
  const entry = entries[0] ?? null;
  const file = files[0] ?? null;
  const name = handle?.name ?? entry?.name ?? file?.name;
  if (items.length > 1) {
    const others = items.slice(1).map((_, index) => entries[index + 1]?.name ?? files[index + 1]?.name ?? 'one without a name');
    const message = `Only “${name}” was taken, because one folder or archive is imported at a time.`;
    send({ type: 'page-problem', message, remedy: `Not taken: ${listed(others)}. Drop them one after the other.` });
  }
  if (handle?.kind === 'directory') {
    send({ type: 'folder', handle: /** @type {FileSystemDirectoryHandle} */ (handle) });
  } else if (entry?.isDirectory) {
    await sendFilesBelow(/** @type {FileSystemDirectoryEntry} */ (entry), send);
  } else if (file !== null) {
    send({ type: 'archive', file });
  } else {
    const remedy = 'Drop a folder or an archive from your file manager, or choose one with the buttons.';
    send({ type: 'page-problem', message: 'The browser did not hand over what was dropped.', remedy });
  }
}

/**
 * @param {FileSystemDirectoryEntry} top
 * @param {Send} send
 */
async function sendFilesBelow(top, send) {
  const { files, unread } = await filesBelow(top);
  send({ type: 'files', files });
  if (unread.length === 0) return;
  const message = `Some of “${top.name}” could not be read and stayed out: ${listed(unread)}.`;
  send({ type: 'page-problem', message, remedy: 'Close programs that hold these files, look at their permissions, and drop the folder again.' });
}

/**
 * @param {FileSystemDirectoryEntry} top
 * @returns {Promise<{ files: PickedFile[], unread: string[] }>} What could be read, and the paths of what could not.
 */
async function filesBelow(top) {
  /** @type {PickedFile[]} */
  const files = [];
  /** @type {string[]} */
  const unread = [];
  const directories = [top];
  for (const directory of directories) {
    const path = directory.fullPath.slice(1);
    const entries = await entriesOf(directory).catch(() => null);
    if (entries === null) unread.push(`${path}/`);
    for (const entry of entries ?? []) {
      if (entry.isDirectory) directories.push(/** @type {FileSystemDirectoryEntry} */ (entry));
      else await fileOf(/** @type {FileSystemFileEntry} */ (entry)).then(
        (file) => files.push({ path: entry.fullPath.slice(1), file }),
        () => unread.push(entry.fullPath.slice(1)),
      );
    }
  }
  return { files, unread };
}

/** @param {FileSystemDirectoryEntry} directory @returns {Promise<FileSystemEntry[]>} */
async function entriesOf(directory) {
  const reader = directory.createReader();
  /** @type {FileSystemEntry[]} */
  const entries = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const batch = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) return entries;
    entries.push(...batch);
  }
}

/** @param {FileSystemFileEntry} entry @returns {Promise<File>} */
function fileOf(entry) {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** @param {string[]} names */
function listed(names) {
  const shown = names.slice(0, NAMED_AT_MOST).map((name) => `“${name}”`);
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
