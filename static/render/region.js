/**
 * One region on the page. It adds no element of its own, and redraws only when its own tree changed.
 *
 * A region inside of itself would be drawn without end, so each knows the regions around it.
 */
import { Component, h } from 'preact';

/** @typedef {{id: string, surface: import('./vnode.js').Surface}} RegionProps */

/** Regions inside of regions; the page has three. */
const MAX_NESTING = 8;

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
    const { surface, id } = props;
    /** What is drawn in here knows this region as well. */
    this.inside = { ...surface, around: [...surface.around, id] };
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
    const { around } = this.props.surface;
    if (around.includes(this.props.id) || around.length >= MAX_NESTING) return '…';
    return this.drawn === undefined ? null : this.inside.toVnode(this.drawn, this.inside);
  }
}
