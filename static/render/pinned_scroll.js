/** A scroller that stays at its end while content arrives, until the user scrolls up; then it offers the way back. */
import { Component, createRef, h } from 'preact';
import { safeAttributes } from './allow_list.js';
import { icon } from './icons.js';

const NEAR_END_PX = 48;

/** @typedef {{spec: Record<string, unknown>, children?: import('preact').ComponentChildren}} PinnedScrollProps */

/** @extends {Component<PinnedScrollProps, {pinned: boolean}>} */
export class PinnedScroll extends Component {
  /** @type {import('preact').RefObject<HTMLDivElement | null>} */
  scroller = createRef();
  /** @type {import('preact').RefObject<HTMLDivElement | null>} */
  content = createRef();
  /** @type {ResizeObserver | null} */
  observer = null;
  lastTop = 0;

  /** @param {PinnedScrollProps} props */
  constructor(props) {
    super(props);
    this.state = { pinned: true };
  }

  /** @override */
  componentDidMount() {
    this.observer = new ResizeObserver(() => this.follow());
    if (this.content.current !== null) this.observer.observe(this.content.current);
    if (this.scroller.current !== null) this.observer.observe(this.scroller.current);
    this.toEnd();
  }

  /** @override */
  componentWillUnmount() {
    this.observer?.disconnect();
  }

  follow() {
    if (this.state.pinned) this.toEnd();
  }

  toEnd() {
    const scroller = this.scroller.current;
    if (scroller === null) return;
    scroller.scrollTop = scroller.scrollHeight;
    this.lastTop = scroller.scrollTop;
  }

  onScroll = () => {
    const scroller = this.scroller.current;
    if (scroller === null) return;
    const gap = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
    // Growing content widens the gap too; only a movement upwards is the user leaving.
    if (gap <= NEAR_END_PX) this.setPinned(true);
    else if (scroller.scrollTop < this.lastTop - 1) this.setPinned(false);
    this.lastTop = scroller.scrollTop;
  };

  /** @param {boolean} pinned */
  setPinned(pinned) {
    if (pinned !== this.state.pinned) this.setState({ pinned });
  }

  jump = () => {
    this.setPinned(true);
    this.toEnd();
    this.scroller.current?.focus({ preventScroll: true });
  };

  /** @override */
  render() {
    const attributes = safeAttributes('div', this.props.spec);
    return h('div', { class: 'pinned' }, [
      h('div', { ...attributes, key: 'scroller', ref: this.scroller, tabIndex: 0, onScroll: this.onScroll },
        h('div', { class: 'pinned-content', ref: this.content }, this.props.children)),
      this.state.pinned
        ? null
        : h('button', { key: 'jump', type: 'button', class: 'jump-latest', onClick: this.jump }, [
            icon('chevron-down'),
            'Jump to latest',
          ]),
    ]);
  }
}
