/** One region on the page. It adds no element of its own, and redraws only when its own tree changed. */
import { Component, h } from 'preact';

/** @typedef {{id: string, surface: import('./vnode.js').Surface}} RegionProps */

/** @extends {Component<RegionProps, {failed: boolean}>} */
export class Region extends Component {
  /** @param {RegionProps} props */
  constructor(props) {
    super(props);
    this.state = { failed: false };
    /** @type {() => void} */
    this.unwatch = () => {};
    /** @type {unknown} */
    this.drawn = undefined;
  }

  /** @override */
  componentDidMount() {
    this.unwatch = this.props.surface.regions.watch(this.props.id, () => {
      if (this.state.failed) this.setState({ failed: false });
      else this.forceUpdate();
    });
    // The tree may have come between drawing and mounting.
    if (this.drawn !== this.tree()) this.forceUpdate();
  }

  /** @override */
  componentWillUnmount() {
    this.unwatch();
  }

  /**
   * @override
   * @param {RegionProps} next
   * @param {{failed: boolean}} state
   */
  shouldComponentUpdate(next, state) {
    return next.id !== this.props.id || state.failed !== this.state.failed;
  }

  /** @override @param {unknown} error */
  componentDidCatch(error) {
    console.error(`The region ${this.props.id} could not be drawn.`, error);
    this.setState({ failed: true });
  }

  tree() {
    return this.props.surface.regions.trees.get(this.props.id);
  }

  /** @override */
  render() {
    if (this.state.failed) return h('p', { class: 'region-failed' }, 'This part of the page could not be shown.');
    this.drawn = this.tree();
    return this.drawn === undefined ? null : this.props.surface.toVnode(this.drawn);
  }
}
