/**
 * Constants that the build puts into its bundles (`app/satchel_build/bundles.py`). They exist at bundle time only: no
 * module defines them, and a source file that runs unbundled (a node test) must not read them.
 */

/** Digest over everything the site is made from; equal ids mean equal sites. */
declare const SATCHEL_BUILD_ID: string;

/** The nonce that the page's policy allows for styles; set it on every `<style>` made at run time. */
declare const SATCHEL_STYLE_NONCE: string;

/** File name of the Python package, relative to the site's root. */
declare const SATCHEL_WHEEL: string;

/** Every file of the build, by its path relative to the site's root. In the service worker's bundle only. */
declare const SATCHEL_FILES: readonly string[];
