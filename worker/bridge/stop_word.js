/** Which messages of the page mean "stop": sent, each also sets the shared word that Python reads while it hears nothing. */

const STOPPING_ACTIONS = ['turn.cancel', 'import.cancel'];

/** @param {import('../generated/protocol').PageMessage} message */
export function isStop(message) {
  return message.type === 'stop' || (message.type === 'action' && STOPPING_ACTIONS.includes(message.name));
}
