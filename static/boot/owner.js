/**
 * One tab owns the storage; the others watch.
 *
 * The lock is the page's, not the worker's, so that a worker which is restarted does not hand the session to another tab. The
 * owner sends what it draws to the viewers on a channel. A viewer says hello when it joins, and again to every owner that comes after
 * that one; each hello is answered with everything there is to see.
 */

import { requestOwnership } from '../../worker/fs/owner_lock.js';

/** @typedef {import('../../worker/generated/protocol').RenderMessage} RenderMessage */
/** @typedef {import('../../worker/generated/protocol').ViewerMessage} ViewerMessage */
/** @typedef {import('../../worker/generated/protocol').JsonValue} JsonValue */

const CHANNEL = 'satchel-view';

/** @typedef {{ isOwner: boolean, granted: Promise<void>, takeOver: () => void }} Ownership */

/**
 * Become the owner if nobody is, else stand in line. Where the browser has no locks every tab is its own owner.
 * @param {() => void} onLost Another tab took the ownership over.
 * @returns {Promise<Ownership>}
 */
export async function askForOwnership(onLost) {
  if (!('locks' in navigator)) return { isOwner: true, granted: Promise.resolve(), takeOver() {} };
  let onGranted = () => {};
  const granted = /** @type {Promise<void>} */ (new Promise((resolve) => (onGranted = () => resolve())));
  const lock = await requestOwnership({ onGranted: () => onGranted(), onLost });
  return { isOwner: lock.state === 'owner', granted, takeOver: () => void lock.takeOver() };
}

/** The owner's end of the channel. */
export class ViewPublisher {
  constructor() {
    this.channel = new BroadcastChannel(CHANNEL);
    /** What every region shows now. @type {Map<string, JsonValue>} */
    this.regions = new Map();
    this.watched = false;
    this.channel.addEventListener('message', (event) => this.receive(event.data));
    this.post({ type: 'owner' });
  }

  /** @param {ViewerMessage} message */
  post(message) {
    this.channel.postMessage(message);
  }

  /** @param {RenderMessage} message */
  publish(message) {
    for (const [id, tree] of message.regions) this.regions.set(id, tree);
    if (this.watched) this.post(message);
  }

  /** @param {ViewerMessage} message */
  receive(message) {
    if (message.type !== 'hello') return;
    this.watched = true;
    this.post({ type: 'render', regions: [...this.regions] });
  }
}

/**
 * Watch what the owner draws.
 * @param {(message: RenderMessage) => void} onRender
 * @returns {() => void} Stop watching.
 */
export function watchOwner(onRender) {
  const channel = new BroadcastChannel(CHANNEL);
  const greet = () => channel.postMessage(/** @type {ViewerMessage} */ ({ type: 'hello' }));
  channel.addEventListener('message', (event) => {
    const message = /** @type {ViewerMessage} */ (event.data);
    if (message.type === 'render') onRender(message);
    else if (message.type === 'owner') greet();
  });
  greet();
  return () => channel.close();
}
