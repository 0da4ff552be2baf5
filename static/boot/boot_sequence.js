/** From a bare page to a connected agent, and back again after the agent was lost. */

import { Agent, ModuleWorkersMissing } from './agent.js';
import {
  allowOneMoreBoot,
  bootBegins,
  forgetFailedBoots,
  rememberSnapshotHang,
  requestSafeMode,
  snapshotHung,
  takeSafeModeRequest,
} from './attempts.js';
import { BootLine, required } from './boot_line.js';
import { probeCapabilities } from './capabilities.js';
import { Drops } from './drops.js';
import { FailurePage } from './failure_page.js';
import { performGesture } from './gestures.js';
import { Heartbeat } from './heartbeat.js';
import { ensureIsolation, registerInBackground, switchToWaitingBuild } from './isolation.js';
import { askForOwnership, ViewPublisher, watchOwner } from './owner.js';
import { saveSessionLogs } from './session_export.js';
import { Watchdog } from './watchdog.js';

/** @typedef {import('../render/renderer.js').Renderer} Renderer */
/** @typedef {import('./capabilities.js').Capabilities} Capabilities */
/** @typedef {import('./owner.js').Ownership} Ownership */
/** @typedef {import('../../worker/generated/protocol').AgentMessage} AgentMessage */
/** @typedef {import('../../worker/generated/protocol').BootPhase} BootPhase */
/** @typedef {import('../../worker/generated/protocol').FailureCode} FailureCode */
/** @typedef {import('../../worker/generated/protocol').PageMessage} PageMessage */
/** @typedef {import('../../worker/generated/protocol').ReadyMessage} ReadyMessage */

const MEMORY_NOTICE =
  'This browser lends Satchel no storage here (a private window, or a frame of another site). Everything works, but your work ' +
  'lasts only as long as this tab: export it before you close.';
const VIEWER_NOTICE = 'Satchel is open in another tab. This one shows what happens there and takes over when it is closed.';
const VIEWER_DROP_NOTICE =
  'What you dropped was not taken: Satchel is open in another tab, and only one can change things. Choose “Use it here”, then drop it again.';
const NO_POLICY_NOTICE =
  'This host sends no security headers, and this browser runs no service worker here that could add them. The agent works, but ' +
  'without its outer wall: only Satchel’s own code keeps it from loading foreign code and from asking other sites. There is no offline use.';
const SILENT_CAUSE = 'It has not answered for half a minute. If it is only busy, this page goes away by itself.';
const SAFE_NOTICE = 'Safe mode: started without the boot snapshot and without the last project. Reload to leave it.';

export class BootSequence {
  /**
   * @param {Document} page
   * @param {Renderer} renderer
   */
  constructor(page, renderer) {
    this.page = page;
    this.renderer = renderer;
    this.line = new BootLine(page);
    this.failure = new FailurePage(page, {
      retry: () => this.leave(this.failure.code === 'crash-loop' ? allowOneMoreBoot : undefined),
      'safe-mode': () => this.leave(requestSafeMode),
      'export-sessions': () => void saveSessionLogs(),
    });
    this.drops = new Drops(page.documentElement, required(page, 'drop-hint'));
    this.watchdog = new Watchdog((phase, cause, seconds) => {
      if (this.cameFromSnapshot) rememberSnapshotHang();
      this.fail('stalled', `${cause} Nothing happened for ${seconds} seconds (phase “${phase}”).`);
    });
    /** @type {Agent | null} */
    this.agent = null;
    /** @type {ViewPublisher | null} */
    this.publisher = null;
    this.heartbeat = new Heartbeat(
      () => this.agent?.send({ type: 'ping' }),
      (silent) => (silent ? this.failure.show('worker-lost', SILENT_CAUSE) : this.failure.hide()),
    );
    this.safe = takeSafeModeRequest();
    this.failed = false;
    /** Whether Python is being started from the snapshot. */
    this.cameFromSnapshot = false;
    /** What the user must know for as long as the page is open. @type {string[]} */
    this.notices = [];
  }

  async run() {
    this.enter('capabilities');
    const capabilities = probeCapabilities();
    // First of all: in one that is not secure, most of the others are missing as well.
    if (!capabilities.secureContext) {
      this.fail('insecure-context', `The browser does not count ${location.origin} as a secure context.`);
      return;
    }
    if (!capabilities.webAssembly) {
      this.fail('no-webassembly', 'WebAssembly is missing or switched off.');
      return;
    }
    this.enter('owner');
    const ownership = await askForOwnership(() => this.giveUpOwnership());
    if (!ownership.isOwner) await this.watchUntilOwner(ownership);
    this.enter('isolation');
    const mayLeave = () => !this.drops.isHolding;
    if (await switchToWaitingBuild(mayLeave)) return;
    const isolation = await ensureIsolation((state) => this.enter('isolation', state), mayLeave);
    if (isolation === 'reloading' || this.failed) {
      this.watchdog.stop();
      return;
    }
    if (isolation === 'none') this.notices.push(NO_POLICY_NOTICE);
    if (!this.safe && bootBegins()) {
      this.fail('crash-loop', 'The last three starts did not reach the prompt.');
      return;
    }
    this.startAgent(capabilities);
  }

  /**
   * Show the owner's view until that tab is gone, or the user wants to go on here.
   * @param {Ownership} ownership
   */
  async watchUntilOwner(ownership) {
    this.watchdog.stop();
    const tell = (/** @type {string} */ text) => this.line.notice(text, { text: 'Use it here', act: ownership.takeOver });
    tell(VIEWER_NOTICE);
    this.drops.refuse(() => tell(VIEWER_DROP_NOTICE));
    this.renderer.setReadOnly(true);
    this.page.documentElement.dataset['viewer'] = '';
    const stopWatching = watchOwner((message) => this.renderer.apply({ ...message }));
    await ownership.granted;
    stopWatching();
    this.drops.refuse(null);
    this.renderer.setReadOnly(false);
    delete this.page.documentElement.dataset['viewer'];
  }

  /** Another tab took over: let go of the files at once, and come back as a viewer. */
  giveUpOwnership() {
    this.agent?.terminate();
    location.reload();
  }

  /** @param {Capabilities} capabilities */
  startAgent(capabilities) {
    this.enter('worker');
    this.publisher = new ViewPublisher();
    try {
      this.agent = new Agent(
        {
          mode: 'page',
          safe: this.safe,
          fresh: snapshotHung(),
          canPickFolder: capabilities.folderPicker,
          offline: !navigator.onLine,
          calm: matchMedia('(prefers-reduced-motion: reduce)').matches,
        },
        (message) => this.receive(message),
        (cause) => this.fail('download-failed', `The agent’s worker did not start. ${cause}`),
      );
    } catch (error) {
      if (!(error instanceof ModuleWorkersMissing)) throw error;
      this.fail('no-module-worker', 'This browser starts classic workers only.');
      return;
    }
    const send = (/** @type {PageMessage} */ message) => this.agent?.send(message);
    this.drops.sendTo(send);
    this.page.addEventListener('visibilitychange', () => send({ type: 'visibility', hidden: this.page.hidden }));
    addEventListener('online', () => send({ type: 'connection', offline: false }));
    addEventListener('offline', () => send({ type: 'connection', offline: true }));
  }

  /** @param {AgentMessage} message */
  receive(message) {
    this.heartbeat.answered();
    switch (message.type) {
      case 'boot':
        // A plain boot goes on with `download`, after a bad snapshot too.
        if (message.phase === 'snapshot') this.cameFromSnapshot = true;
        if (message.phase === 'download') this.cameFromSnapshot = false;
        this.enter(message.phase, message);
        break;
      case 'ready':
        this.ready(message);
        break;
      case 'failure':
        this.fail(message.code, message.message, message.remedy);
        break;
      case 'render':
        this.publisher?.publish(message);
        this.renderer.apply({ ...message });
        break;
      case 'effect':
        this.renderer.apply({ ...message });
        break;
    }
  }

  /** @param {ReadyMessage} message */
  ready(message) {
    this.watchdog.stop();
    this.heartbeat.start();
    forgetFailedBoots();
    this.line.hide();
    if (message.storage === 'memory') this.notices.push(MEMORY_NOTICE);
    if (this.safe) this.notices.push(SAFE_NOTICE);
    if (this.notices.length > 0) this.line.notice(this.notices.join(' '));
    performance.mark('satchel:ready', { detail: { ...message } });
    this.page.documentElement.dataset['ready'] = message.boot;
    registerInBackground();
    void navigator.storage?.persist?.();
  }

  /**
   * @param {string} name
   * @param {Record<string, unknown>} args
   * @param {Record<string, unknown>} extra
   */
  act(name, args, extra) {
    const { agent } = this;
    if (agent === null || this.failed) return;
    if (performGesture(name, args, (message) => agent.send(message))) return;
    agent.send(/** @type {PageMessage} */ ({ type: 'action', name, args, ...extra }));
  }

  /**
   * @param {BootPhase} phase
   * @param {{ loaded?: number, total?: number, detail?: string }} [state]
   */
  enter(phase, state) {
    if (this.failed) return;
    this.line.show(phase, state);
    this.watchdog.feed(phase);
  }

  /**
   * @param {FailureCode} code
   * @param {string} cause
   * @param {string} [remedy]
   */
  fail(code, cause, remedy) {
    this.watchdog.stop();
    this.heartbeat.stop();
    this.failed = true;
    this.drops.end();
    this.agent?.terminate();
    this.line.hide();
    this.failure.show(code, cause, remedy);
  }

  /**
   * Load the page anew, which is the one way of starting over that leaves nothing half done behind.
   * @param {() => void} [prepare]
   */
  leave(prepare = () => {}) {
    prepare();
    location.reload();
  }
}
