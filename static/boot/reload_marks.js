/**
 * What a page tells itself across a reload of its own making.
 *
 * Kept in the history entry. Session storage would lose it: a reload into isolation moves the page to another process, which may not see what
 * the old one wrote last, or be overtaken by it.
 */

/** @typedef {'satchel-isolating' | 'satchel-updating' | 'satchel-safe-mode'} Mark */

/** @param {Mark} mark */
export function hasMark(mark) {
  return Boolean(marks()[mark]);
}

/** @param {Mark} mark */
export function setMark(mark) {
  history.replaceState({ ...marks(), [mark]: true }, '');
}

/** @param {Mark} mark */
export function removeMark(mark) {
  if (!hasMark(mark)) return;
  const { [mark]: _removed, ...others } = marks();
  history.replaceState(others, '');
}

/** @returns {Partial<Record<Mark, true>>} */
function marks() {
  return history.state ?? {};
}
