/**
 * The page's one Trusted Types policy: it lets exactly the site's own worker scripts be started, by exact address.
 *
 * Browsers without Trusted Types take the plain string; the allow-list holds there just the same.
 */

const SCRIPTS = ['agent.worker.js', 'service_worker.js', 'wasi.worker.js'];

/** @typedef {(typeof SCRIPTS)[number]} WorkerScript */

/** Absolute addresses of the scripts, relative to the page's own folder. */
const allowed = new Set(SCRIPTS.map((name) => new URL(name, document.baseURI).href));

/**
 * @param {string} url
 * @returns {string}
 */
function check(url) {
  const absolute = new URL(url, document.baseURI).href;
  if (!allowed.has(absolute)) throw new TypeError(`${absolute} is not a worker script of this site`);
  return absolute;
}

/** @typedef {{ createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string } }} PolicyFactory */

const factory = /** @type {{ trustedTypes?: PolicyFactory }} */ (globalThis).trustedTypes;
const policy = factory?.createPolicy('satchel', { createScriptURL: check }) ?? { createScriptURL: check };

/**
 * Address of a worker script in the form that `Worker` and `serviceWorker.register` take under this page's policy.
 * @param {WorkerScript} name
 * @returns {string} A TrustedScriptURL where the browser has them. Throws TypeError for any script not on the list.
 */
export function workerScript(name) {
  return policy.createScriptURL(name);
}
