/**
 * The service worker, and with it the security headers on hosts that send none.
 *
 * A worker's policy comes with its own response. So before any worker is started, the response of its script is looked
 * at: if it has no policy, this host sends no headers, and the page must be loaded through the service worker. That takes
 * one reload, since a page cannot be isolated after the fact. It is never done in a frame (the embedder's page would
 * flicker for nothing), never twice in a row, and never while the user has something typed.
 */

import { hasMark, removeMark, setMark } from './reload_marks.js';
import { workerScript } from './trusted_types.js';

const CONTROL_TIMEOUT_MS = 5000;

/** @typedef {{ loaded: number, total: number }} Precached */

/**
 * @typedef {'isolated' | 'policy-only' | 'none' | 'reloading'} Isolation
 *   `isolated`: worker scripts come with their policy. `policy-only`: the service worker adds it, but the page itself was loaded without
 *   isolation. `none`: no headers at all. `reloading`: stop here, the page goes away.
 */

/**
 * Make sure that worker scripts come with their policy, or find that they cannot.
 * @param {(state: Precached) => void} onProgress Bytes stored for offline use while the service worker installs.
 * @returns {Promise<Isolation>}
 */
export async function ensureIsolation(onProgress) {
  if (await workerHasPolicy()) {
    removeMark('satchel-isolating');
    return 'isolated';
  }
  if (!('serviceWorker' in navigator)) return 'none';
  const active = await registerServiceWorker(onProgress);
  if (active === null) return 'none';
  if (mayReload()) {
    setMark('satchel-isolating');
    location.reload();
    return 'reloading';
  }
  await controlled();
  return (await workerHasPolicy()) ? 'policy-only' : 'none';
}

/**
 * Register the service worker where the host's own headers made it unnecessary for the boot: offline use.
 * Failing (a private window) costs offline use only.
 */
export function registerInBackground() {
  if ('serviceWorker' in navigator) void register().catch((error) => console.warn('No offline use:', error));
}

/**
 * Switch to a newer build that waits for the old one's tabs to go. To be called by the tab that has just become the owner, before
 * it starts its worker: no agent of the old build is running then.
 * @returns {Promise<boolean>} true: the page goes away to come back in the new build.
 */
export async function switchToWaitingBuild() {
  if (!('serviceWorker' in navigator) || navigator.serviceWorker.controller === null) return false;
  const registration = await navigator.serviceWorker.getRegistration();
  const waiting = registration?.waiting;
  if (!waiting || hasUnsavedInput() || hasMark('satchel-updating')) {
    removeMark('satchel-updating');
    return false;
  }
  setMark('satchel-updating');
  const changed = new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
  waiting.postMessage({ type: 'activate' });
  await Promise.race([changed, after(CONTROL_TIMEOUT_MS)]);
  location.reload();
  return true;
}

async function workerHasPolicy() {
  const response = await fetch('agent.worker.js').catch(() => null);
  await response?.arrayBuffer();
  return response?.headers.has('content-security-policy') ?? true;
}

function mayReload() {
  return window.top === window && !hasUnsavedInput() && !hasMark('satchel-isolating');
}

function hasUnsavedInput() {
  return [...document.querySelectorAll('textarea, input')].some(
    (field) => (field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement) && field.value !== field.defaultValue,
  );
}

function register() {
  return navigator.serviceWorker.register(workerScript('service_worker.js'), { updateViaCache: 'none' });
}

/**
 * @param {(state: Precached) => void} onProgress
 * @returns {Promise<ServiceWorker | null>} The active service worker; null when there cannot be one.
 */
async function registerServiceWorker(onProgress) {
  const listen = (/** @type {MessageEvent} */ event) => {
    if (event.data?.type === 'precache') onProgress(event.data);
  };
  navigator.serviceWorker.addEventListener('message', listen);
  try {
    const registration = await register();
    const worker = registration.installing ?? registration.waiting ?? registration.active;
    return worker === null ? null : await becomesActive(registration, worker);
  } catch (error) {
    console.warn('The service worker could not be registered:', error);
    return null;
  } finally {
    navigator.serviceWorker.removeEventListener('message', listen);
  }
}

/**
 * @param {ServiceWorkerRegistration} registration
 * @param {ServiceWorker} worker
 * @returns {Promise<ServiceWorker | null>}
 */
function becomesActive(registration, worker) {
  if (registration.active !== null) return Promise.resolve(registration.active);
  return new Promise((resolve) => {
    worker.addEventListener('statechange', () => {
      if (worker.state === 'activated') resolve(worker);
      if (worker.state === 'redundant') resolve(null);
    });
  });
}

async function controlled() {
  if (navigator.serviceWorker.controller !== null) return;
  const changed = new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
  await Promise.race([changed, after(CONTROL_TIMEOUT_MS)]);
}

/** @param {number} milliseconds */
function after(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
