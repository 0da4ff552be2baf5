/** The nonce that the page's policy asks of styles made at run time. */
export function styleNonce() {
  const meta = document.querySelector('meta[name="style-nonce"]');
  return meta instanceof HTMLMetaElement ? meta.content : '';
}

/** Puts the nonce on every style element made from now on, for packages that know of none. */
export function allowStyles() {
  const create = /** @type {(this: Document, ...args: any[]) => any} */ (Document.prototype.createElement);
  Document.prototype.createElement = function (/** @type {any[]} */ ...args) {
    const element = create.apply(this, args);
    if (element instanceof HTMLStyleElement) element.nonce = styleNonce();
    return element;
  };
}
