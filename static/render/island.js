/** A place where CodeMirror or a terminal lives. Its code is fetched when it first appears; until then the plain text is shown. */
import { Component, createRef, h } from 'preact';

/**
 * @typedef {object} MountedIsland
 * @property {(spec: Record<string, unknown>) => void} update
 * @property {() => void} destroy
 */

/** @typedef {(name: string, args: Record<string, unknown>) => void} Act */
/** @typedef {(host: HTMLElement, spec: Record<string, unknown>, act: Act) => MountedIsland} MountIsland */

/** @type {Readonly<Record<string, () => Promise<MountIsland>>>} */
const KINDS = {
  code: async () => (await import('../islands/code_view.js')).mountCodeView,
  merge: async () => (await import('../islands/merge_view.js')).mountMergeView,
  terminal: async () => (await import('../islands/terminal.js')).mountTerminal,
};

/** @typedef {{spec: Record<string, unknown>, surface: import('./vnode.js').Surface}} IslandProps */

/** @extends {Component<IslandProps, {phase: 'loading' | 'ready' | 'failed'}>} */
export class Island extends Component {
  /** @type {import('preact').RefObject<HTMLDivElement | null>} */
  host = createRef();
  /** @type {MountedIsland | null} */
  island = null;
  alive = true;

  /** @param {IslandProps} props */
  constructor(props) {
    super(props);
    this.state = { phase: /** @type {'loading' | 'ready' | 'failed'} */ ('loading') };
  }

  /** @override */
  componentDidMount() {
    void this.mount();
  }

  /** @override */
  componentWillUnmount() {
    this.alive = false;
    this.island?.destroy();
  }

  /** @override @param {IslandProps} previous */
  componentDidUpdate(previous) {
    if (previous.spec !== this.props.spec) this.island?.update(this.props.spec);
  }

  async mount() {
    const kind = String(this.props.spec['kind']);
    const load = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
    try {
      if (load === undefined) throw new Error(`There is no island of the kind ${kind}.`);
      const mountIsland = await load();
      if (!this.alive || this.host.current === null) return;
      this.island = mountIsland(this.host.current, this.props.spec, (name, args) => this.props.surface.onAction(name, args, {}));
      this.setState({ phase: 'ready' });
    } catch (error) {
      console.error('An island could not be loaded.', error);
      if (this.alive) this.setState({ phase: 'failed' });
    }
  }

  /** @override */
  render() {
    const { spec } = this.props;
    const text = spec['after'] ?? spec['text'];
    const plain = this.state.phase !== 'ready' && typeof text === 'string';
    return h('div', { class: `island island-${this.state.phase}` }, [
      h('div', { key: 'host', class: 'island-host', ref: this.host }),
      this.state.phase === 'failed'
        ? h('p', { key: 'note', class: 'island-note' }, plain ? 'The editor could not be loaded; this is the plain text.' : 'This part could not be loaded.')
        : null,
      plain ? h('pre', { key: 'plain', class: 'island-plain' }, String(text)) : null,
    ]);
  }
}
