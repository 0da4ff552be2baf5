/**
 * The page's entry: boots the agent, connects it to the renderer, and says plainly what is wrong when something is.
 *
 * Order: first frame, capabilities, owner lock, waiting update, isolation, worker. A tab that does not get the lock watches the one that
 * has it and takes over when that goes away.
 */

import { createRenderer } from './render/renderer.js';
import { BootSequence } from './boot/boot_sequence.js';
import { firstFrame } from './boot/first_frame.js';

const root = document.getElementById('app');
if (root === null) throw new Error('the page has no #app');

const renderer = createRenderer({
  root,
  onAction: (name, args, extra) => sequence.act(name, args, extra),
});
const sequence = new BootSequence(document, renderer);
void firstFrame().then(() => sequence.run());
