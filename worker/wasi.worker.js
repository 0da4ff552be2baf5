/**
 * A worker that runs guest programs, one at a time, and nothing else.
 *
 * It is started with what all its programs share; each program then comes in a message and goes with a report on the
 * channel. Everything that reaches out of the realm is taken away first.
 */

import { PortChannel, SharedChannel } from './wasi/channel.js';
import { Guest } from './wasi/guest.js';
import { importsFor, run } from './wasi/program.js';
import { sealRealm } from './wasi/realm.js';

/**
 * @typedef {object} StartMessage
 * @property {'start'} type
 * @property {number} owner this worker's number
 * @property {SharedArrayBuffer | null} block null without shared memory: then calls are messages
 * @property {SharedArrayBuffer | null} control
 * @property {SharedArrayBuffer | null} arena
 * @property {boolean} pokes whether the host hears messages only
 */
/** Where the page started this worker: it talks to the agent's through `line` from now on.
 * @typedef {{ type: 'connect', line: MessagePort }} ConnectMessage */
/** @typedef {StartMessage | ConnectMessage | import('./wasi/guest.js').RunMessage | ArrayBuffer} Message an ArrayBuffer is the answer to a call */

const scope = /** @type {DedicatedWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const unsealed = sealRealm(scope);
/** @type {Pick<MessagePort, 'postMessage'>} */
let agent = scope;
/** @type {PortChannel | SharedChannel} */
let channel;
/** @type {(message: import('./wasi/guest.js').RunMessage) => void} */
let begin;

scope.addEventListener('message', ({ data: message }) => receive(message));
// Not before this script is known to have run: what is posted earlier waits on the other side.
setTimeout(() => agent.postMessage({ type: 'ready', unsealed }), 0);

/** @param {Message} message */
function receive(message) {
  if (message instanceof ArrayBuffer) {
    if (channel instanceof PortChannel) channel.receive(message);
  } else if (message.type === 'connect') {
    agent = message.line;
    message.line.onmessage = ({ data }) => receive(data);
  } else if (message.type === 'start') {
    const { owner, block, control, arena, pokes } = message;
    channel = block !== null && control !== null
      ? new SharedChannel(block, control, pokes ? () => agent.postMessage({ type: 'poke' }) : null)
      : new PortChannel((call, moved) => agent.postMessage(call, moved));
    const guest = new Guest(channel, arena, owner);
    const suspends = block === null;
    const imports = importsFor(guest, suspends);
    begin = (program) => {
      guest.begin(program);
      run(guest, program.module, imports, suspends);
    };
  } else {
    begin(message);
  }
}
