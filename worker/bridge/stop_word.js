/** Which messages of the page mean "stop", and what: each also sets a bit of the shared word that Python reads while it hears nothing. */

/** As `StopWish` of `entry/browser.py`. */
const WISHES = new Map([['turn.cancel', 1], ['import.cancel', 2]]);

/** @param {import('../generated/protocol').PageMessage} message @returns {number} the bit, 0 when it does not mean stop */
export function stopBit(message) {
  return message.type === 'action' ? WISHES.get(message.name) ?? 0 : 0;
}
