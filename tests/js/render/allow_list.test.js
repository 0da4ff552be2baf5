// What a tree may put on the page: every disguise of a script, and everything that is not named.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isAllowedTag, readBindings, safeAddress, safeAttributes } from '../../../static/render/allow_list.js';

test('links go to the web, to mail, or to a place on the page', () => {
  for (const address of ['https://example.com/a?b#c', 'HTTP://example.com', 'mailto:a@example.com', '#prompt-input']) {
    assert.equal(safeAddress(address), address);
  }
});

test('no disguise makes a script of a link', () => {
  const disguises = [
    'javascript:alert(1)', 'JAVASCRIPT:alert(1)', ' javascript:alert(1)', '\tjavascript:alert(1)', 'java\nscript:alert(1)',
    'java\tscript:alert(1)', 'java\0script:alert(1)', '\u0001javascript:alert(1)', '\u00a0javascript:alert(1)',
    '\ufeffjavascript:alert(1)', '\u200bjavascript:alert(1)', 'jav\u00adascript:alert(1)', 'javascript\u2028:alert(1)',
    'javascript&colon;alert(1)', 'javascript%3Aalert(1)', 'data:text/html,<script>alert(1)</script>', 'vbscript:msgbox(1)',
    'blob:https://example.com/x', 'filesystem:https://example.com/x', 'file:///etc/passwd', 'about:blank', 'view-source:https://a',
    'ws://example.com', '//example.com', '/path', 'path', '?query', '', '#', '#a b', 'https:// example.com', 'https://',
  ];
  for (const address of disguises) assert.equal(safeAddress(address), null, JSON.stringify(address));
  for (const value of [null, 1, true, {}, [], { toString: () => 'https://example.com' }]) assert.equal(safeAddress(value), null);
});

test('elements that load, run or restyle are not on the list', () => {
  const tags = ['script', 'style', 'iframe', 'object', 'embed', 'link', 'meta', 'base', 'img', 'svg', 'math', 'template', 'slot',
    'video', 'audio', 'source', 'frame', 'applet', 'noscript', 'portal', 'SCRIPT', 'Script', 'svg:script', 'x-element', '__proto__',
    'constructor', '', ' a', 'a ', null, 1, {}, ['a']];
  for (const tag of tags) assert.equal(isAllowedTag(tag), false, String(tag));
  for (const tag of ['a', 'button', 'p', 'pre', 'textarea', 'h3', 'dialog']) assert.ok(isAllowedTag(tag));
});

test('attributes that run, load or restyle are dropped', () => {
  const hostile = {
    onclick: 'alert(1)', onClick: 'alert(1)', onpointerrawupdate: 'x', style: 'background:url(//x)', srcdoc: '<script>', src: '//x',
    action: '//x', formaction: 'javascript:x', formAction: 'javascript:x', dangerouslySetInnerHTML: { __html: '<b>' },
    innerHTML: '<b>', ref: {}, children: ['x'], is: 'x-y', xmlns: 'x', 'xlink:href': 'javascript:x', nonce: 'x', ping: '//x',
    target: '_top', rel: 'opener', download: 'x', contenteditable: 'true', accesskey: 'x', slot: 'x', part: 'x', autofocus: true,
    popovertarget: 'x', 'aria-': 'x', 'data-x onclick': 'x', 'data-A': 'x', 'aria-label\0': 'x', constructor: 'x', background: '//x',
  };
  assert.deepEqual(Object.keys(safeAttributes('a', hostile)), []);
});

test('a prototype cannot be smuggled in', () => {
  const props = JSON.parse('{"__proto__": {"onclick": "x"}, "constructor": {"prototype": {"x": 1}}, "class": "ok"}');
  const kept = safeAttributes('p', props);
  assert.equal(Object.getPrototypeOf(kept), null);
  assert.deepEqual({ ...kept }, { class: 'ok' });
  assert.equal({}.onclick, undefined);
});

test('values are scalars, and types of controls are few', () => {
  assert.deepEqual({ ...safeAttributes('p', { class: ['a'], id: {}, title: null, hidden: true, 'aria-expanded': false }) }, { hidden: true, 'aria-expanded': 'false' });
  assert.equal(safeAttributes('input', { type: 'file' }).type, 'text');
  assert.equal(safeAttributes('input', { type: 'password' }).type, 'text');
  assert.equal(safeAttributes('input', { type: 'checkbox' }).type, 'checkbox');
  assert.equal(safeAttributes('button', {}).type, 'button');
  assert.equal(safeAttributes('button', { type: 'reset' }).type, 'button');
  assert.equal(safeAttributes('p', { href: 'https://example.com' }).href, undefined);
});

test('links out open elsewhere and tell nothing', () => {
  assert.deepEqual({ ...safeAttributes('a', { href: 'https://example.com', target: '_self', rel: 'opener' }) },
    { href: 'https://example.com', rel: 'noopener noreferrer', target: '_blank' });
  assert.deepEqual({ ...safeAttributes('a', { href: '#here' }) }, { href: '#here' });
});

test('props that are no object are none', () => {
  for (const props of [null, undefined, 'x', 3, []]) assert.deepEqual({ ...safeAttributes('p', props) }, {});
});

test('bindings are read with checks', () => {
  const bindings = readBindings({ on: {
    click: ['a.b', { id: 1 }, { prevent: true, guard: 500 }],
    keydown: [['x.y', {}, { keys: ['y', 3] }], ['z', null, null], 'junk', [1]],
    mouseover: ['evil'], error: ['evil'], __proto__: ['evil'], input: 'alert(1)', submit: [{}], change: [],
  } });
  assert.deepEqual([...bindings.keys()], ['click', 'keydown']);
  assert.deepEqual(bindings.get('click'), [
    { name: 'a.b', args: { id: 1 }, prevent: true, value: false, form: false, keys: [], guard: 500 }]);
  assert.deepEqual(bindings.get('keydown')?.map((binding) => [binding.name, binding.keys]), [['x.y', ['y']], ['z', []]]);
  for (const on of [null, 'x', [], 3]) assert.equal(readBindings({ on }).size, 0);
});
