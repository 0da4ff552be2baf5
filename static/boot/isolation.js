/**
 * The service worker, and with it the security headers on hosts that send none.
 *
 * A worker's policy comes with its own response. So before any worker is started, the response of its script is looked
 * at: if it has not exactly the policy that the build decided, or cannot be had, the page must be loaded through the
 * service worker. That takes one reload, since a page cannot be isolated after the fact. It is never done in a frame (the embedder's
 * page would flicker for nothing), never twice in a row, and never while the user has typed or dropped something.
 */

import { headersFor } from '../../worker/generated/headers.js';
import { hasMark, removeMark, setMark } from './reload_marks.js';
import { workerScript } from './trusted_types.js';

const CONTROL_TIMEOUT_MS = 5000;

/** @typedef {{ loaded: number, total: number }} Precached */

/**
 * @typedef {'isolated' | 'policy-only' | 'none' | 'reloading'} Isolation
 *   `isolated`: worker scripts come with their policy. `policy-only`: the service worker adds it, but the page itself was loaded without
 *   isolation. `none`: the agent's worker would run without its policy. `reloading`: stop here, the page goes away.
 */

const AGENT_SCRIPT = 'agent.worker.js';
const POLICY = 'Content-Security-Policy';

/**
 * Make sure that worker scripts come with their policy, or find that they cannot.
 * @param {(state: Precached) => void} onProgress Bytes stored for offline use while the service worker installs.
 * @param {() => boolean} mayLeave Whether nothing but what was typed would be lost by a reload.
 * @returns {Promise<Isolation>}
 */
export async function ensureIsolation(onProgress, mayLeave) {
  if (await workerHasPolicy()) {
    removeMark('satchel-isolating');
    return 'isolated';
  }
  if (!('serviceWorker' in navigator)) return 'none';
  const active = await registerServiceWorker(onProgress);
  if (active === null) return 'none';
  if (mayReload() && mayLeave()) {
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
 * @param {() => boolean} mayLeave As for `ensureIsolation`.
 * @returns {Promise<boolean>} true: the page goes away to come back in the new build.
 */
export async function switchToWaitingBuild(mayLeave) {
  if (!('serviceWorker' in navigator) || navigator.serviceWorker.controller === null) return false;
  const registration = await navigator.serviceWorker.getRegistration();
  const waiting = registration?.waiting;
  if (!waiting || hasUnsavedInput() || !mayLeave() || hasMark('satchel-updating')) {
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

/** @returns {Promise<boolean>} false also when it cannot be known: the service worker has the script then, or nobody. */
async function workerHasPolicy() {
  try {
    const response = await fetch(AGENT_SCRIPT);
    await response.arrayBuffer();
    // A host may add policies of its own, which can only narrow ours; the browser lists them with commas.
    const policies = (response.headers.get(POLICY) ?? '').split(',').map((policy) => policy.trim());
    return response.ok && policies.includes(headersFor(AGENT_SCRIPT)[POLICY] ?? '');
  } catch {
    return false;
  }
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
