/** The trees of all regions, and who shows them. Trees are replaced whole; a frame draws only what changed since the last. */

/** @typedef {() => void} Redraw */

export class RegionStore {
  constructor() {
    /** @type {Map<string, unknown>} */
    this.trees = new Map();
    /** @type {Map<string, Set<Redraw>>} */
    this.viewers = new Map();
    /** @type {Set<string>} */
    this.dirty = new Set();
  }

  /**
   * @param {string} id
   * @param {unknown} tree null removes it
   */
  set(id, tree) {
    if (tree === null) this.trees.delete(id);
    else this.trees.set(id, tree);
    this.dirty.add(id);
  }

  /**
   * @param {string} id
   * @param {Redraw} redraw
   * @returns {() => void} ends the subscription
   */
  watch(id, redraw) {
    const viewers = this.viewers.get(id) ?? new Set();
    this.viewers.set(id, viewers.add(redraw));
    return () => {
      viewers.delete(redraw);
      if (viewers.size === 0 && this.viewers.get(id) === viewers) this.viewers.delete(id);
    };
  }

  /** Redraws the regions that changed. A region that appears while others are drawn draws itself. */
  flush() {
    const changed = [...this.dirty];
    this.dirty.clear();
    for (const id of changed) for (const redraw of [...(this.viewers.get(id) ?? [])]) redraw();
  }

  /** Redraws everything (the page became read-only, or stopped being so). */
  redrawAll() {
    for (const id of this.viewers.keys()) this.dirty.add(id);
    this.flush();
  }
}
