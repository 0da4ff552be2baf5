/** The word that says "stop" while Python hears no messages: set with each message that means it, cleared when that is heard. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PythonAgent } from '../../../worker/bridge/python_agent.js';
import { stopBit } from '../../../worker/bridge/stop_word.js';

const [TURN, IMPORT] = [{ type: 'action', name: 'turn.cancel' }, { type: 'action', name: 'import.cancel' }];
const OTHERS = [{ type: 'action', name: 'turn.submit' }, { type: 'action', name: 'constructor' }, { type: 'ping' }, { type: 'visibility', hidden: true }];

test('the messages that mean stop, and what', () => {
  assert.deepEqual([TURN, IMPORT].map(stopBit), [1, 2]);
  assert.deepEqual(OTHERS.map(stopBit), OTHERS.map(() => 0));
});

test('a bit is cleared by the message that it announced, and by no other', () => {
  const word = new Int32Array(new SharedArrayBuffer(4));
  const heard = [];
  const agent = new PythonAgent((text) => heard.push([JSON.parse(text).name, word[0]]), word);
  word[0] = 3;
  for (const message of OTHERS) agent.receive(message);
  assert.equal(word[0], 3);
  agent.receive(IMPORT);
  assert.deepEqual(heard.at(-1), ['import.cancel', 1], 'cleared before Python hears it, so that a later stop is not lost');
  agent.receive(TURN);
  assert.equal(word[0], 0);
});

test('without shared memory messages go on as they come', () => {
  const heard = [];
  new PythonAgent((text) => heard.push(text), null).receive(TURN);
  assert.deepEqual(heard, [JSON.stringify(TURN)]);
});
