/** The word that says "stop" while Python hears no messages: set with each message that means it, cleared when that is heard. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PythonAgent } from '../../../worker/bridge/python_agent.js';
import { isStop } from '../../../worker/bridge/stop_word.js';

const STOPS = [{ type: 'stop' }, { type: 'action', name: 'turn.cancel' }, { type: 'action', name: 'import.cancel' }];
const OTHERS = [{ type: 'action', name: 'turn.submit' }, { type: 'ping' }, { type: 'visibility', hidden: true }];

test('the messages that mean stop', () => {
  assert.deepEqual(STOPS.map(isStop), STOPS.map(() => true));
  assert.deepEqual(OTHERS.map(isStop), OTHERS.map(() => false));
});

test('the word is cleared by the message that it announced, and by no other', () => {
  const word = new Int32Array(new SharedArrayBuffer(4));
  const heard = [];
  const agent = new PythonAgent((text) => heard.push([JSON.parse(text).type, word[0]]), word);
  word[0] = 1;
  for (const message of OTHERS) agent.receive(message);
  assert.equal(word[0], 1);
  agent.receive(STOPS[1]);
  assert.equal(word[0], 0);
  assert.deepEqual(heard.at(-1), ['action', 0], 'cleared before Python hears it, so that a later stop is not lost');
});

test('without shared memory messages go on as they come', () => {
  const heard = [];
  new PythonAgent((text) => heard.push(text), null).receive(STOPS[0]);
  assert.deepEqual(heard, ['{"type":"stop"}']);
});
