"""The security headers of the site: the one place where they are decided.

They go to three readers. `dist/headers.json` is what the static server sends. `worker/generated/headers.js` is compiled
into the service worker, which adds them on hosts that send none, and into the page, which looks whether its agent has
its policy. None adds anything of its own. The page's own policy is in its markup as well, since on such a host the
first visit comes before any service worker. With them goes the static server's table of media types, which many hosts
do not have.

A worker takes its policy from its own response, not from the page, so every kind of script that runs on its own has its
own set, and a script that nobody thought of gets the strictest: `default-src 'none'` and no right to load anything.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from satchel.adapters.server.static_server import MEDIA_TYPES

__all__ = [
    "NONCE_PLACEHOLDER",
    "HeaderRules",
    "header_rules",
    "page_policy_markup",
    "render_headers_js",
    "render_headers_json",
]

NONCE_PLACEHOLDER = "{{STYLE_NONCE}}"

_FEATURES_NOT_USED = (
    "accelerometer",
    "autoplay",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "hid",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "publickey-credentials-get",
    "screen-wake-lock",
    "serial",
    "usb",
    "xr-spatial-tracking",
)

# Isolation gives the workers SharedArrayBuffer. Document-Isolation-Policy does it in Chromium even inside a foreign
# iframe; the other two do it everywhere else. Every worker script needs the embedder policy as well.
_ISOLATION = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Document-Isolation-Policy": "isolate-and-credentialless",
}

_COMMON = {
    **_ISOLATION,
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _FEATURES_NOT_USED),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_PAGE_POLICY = {
    "default-src": "'none'",
    "script-src": "'self' 'wasm-unsafe-eval'",
    # The nonce admits the style elements that CodeMirror makes at run time. It is constant for a build, since a static
    # host cannot make a fresh one; it guards styles only.
    "style-src": f"'self' 'nonce-{NONCE_PLACEHOLDER}'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'self'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "satchel",
}

_AGENT_WORKER_POLICY = {
    "default-src": "'none'",
    "script-src": "'self' 'wasm-unsafe-eval'",
    # Wide because users choose the address of their model; what may call fetch is narrowed in our own code instead.
    "connect-src": "'self' https: http://127.0.0.1:* http://localhost:*",
    "worker-src": "'self'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "satchel-worker",
}

# The wall around guest programs: WebAssembly may be compiled, nothing may be loaded or called. Without a word on
# workers those of the site could be started, and the agent's may call any address.
_PROCESS_WORKER_POLICY = {
    "default-src": "'none'",
    "script-src": "'self' 'wasm-unsafe-eval'",
    "worker-src": "'none'",
}

# It passes on same-origin requests only, so that is all it may fetch.
_SERVICE_WORKER_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "connect-src": "'self'",
}

_OTHER_POLICY = {
    "default-src": "'none'",
    "frame-ancestors": "'none'",
}


@dataclass(frozen=True, slots=True)
class HeaderRules:
    """Which headers a file of the site is sent with: by its path, else by its suffix, else the rest's.

    Paths are relative to the site's root, suffixes begin with a dot. Values may hold NONCE_PLACEHOLDER.
    """

    by_path: Mapping[str, Mapping[str, str]]
    by_suffix: Mapping[str, Mapping[str, str]]
    other: Mapping[str, str]

    def as_json(self) -> dict[str, object]:
        """The rules as the plain JSON object that both readers share."""
        return {
            "byPath": {path: dict(headers) for path, headers in self.by_path.items()},
            "bySuffix": {suffix: dict(headers) for suffix, headers in self.by_suffix.items()},
            "other": dict(self.other),
        }


def header_rules() -> HeaderRules:
    """The rules of this site."""
    return HeaderRules(
        by_path={
            "agent.worker.js": _with_policy(_AGENT_WORKER_POLICY),
            "service_worker.js": _with_policy(_SERVICE_WORKER_POLICY),
            "wasi.worker.js": _with_policy(_PROCESS_WORKER_POLICY),
        },
        by_suffix={".html": _with_policy(_PAGE_POLICY)},
        other=_with_policy(_OTHER_POLICY),
    )


def page_policy_markup(nonce: str) -> str:
    """The page's policy as it stands in the markup: without `frame-ancestors`, which only a header can carry."""
    return _policy_text(
        {name: sources for name, sources in _PAGE_POLICY.items() if name != "frame-ancestors"}
    ).replace(NONCE_PLACEHOLDER, nonce)


def render_headers_json(nonce: str) -> str:
    """The text of `dist/headers.json`, with `nonce` in place."""
    return json.dumps(header_rules().as_json(), indent=1).replace(NONCE_PLACEHOLDER, nonce) + "\n"


def render_headers_js() -> str:
    """The text of `worker/generated/headers.js`; the bundler puts the build's nonce in."""
    table = json.dumps(header_rules().as_json(), indent=2)
    media_types = json.dumps(dict(MEDIA_TYPES), indent=2)
    return f"""\
// Generated by `python3 build.py generate` from app/satchel_build/headers.py; do not edit.

/**
 * Which security headers a file of the site is sent with.
 *
 * @typedef {{object}} HeaderRules
 * @property {{Record<string, Record<string, string>>}} byPath by path relative to the site's root
 * @property {{Record<string, Record<string, string>>}} bySuffix else by suffix, dot included
 * @property {{Record<string, string>}} other else these
 */

/** @type {{HeaderRules}} */
const RULES = {table};

/** Media types by suffix, dot included. @type {{Record<string, string>}} */
const MEDIA_TYPES = {media_types};

/**
 * The security headers of one file of the site.
 *
 * @param {{string}} path relative to the site's root, without a leading slash; "" and "dir/" mean their index.html
 * @returns {{Record<string, string>}}
 */
export function headersFor(path) {{
  const file = fileOf(path);
  const rule = RULES.byPath[file] ?? RULES.bySuffix[suffixOf(file)] ?? RULES.other;
  return Object.fromEntries(
    Object.entries(rule).map(([name, value]) => [name, value.replace("{NONCE_PLACEHOLDER}", SATCHEL_STYLE_NONCE)]),
  );
}}

/**
 * The media type of one file of the site, whatever its host calls it.
 *
 * @param {{string}} path as for `headersFor`
 * @returns {{string | undefined}} undefined when the suffix is not known here
 */
export function mediaTypeFor(path) {{
  return MEDIA_TYPES[suffixOf(fileOf(path))];
}}

/** @param {{string}} path */
function fileOf(path) {{
  return path === "" || path.endsWith("/") ? `${{path}}index.html` : path;
}}

/** @param {{string}} file */
function suffixOf(file) {{
  const dot = file.lastIndexOf(".");
  return dot < 0 ? "" : file.slice(dot);
}}
"""


def _with_policy(policy: Mapping[str, str]) -> dict[str, str]:
    return {"Content-Security-Policy": _policy_text(policy), **_COMMON}


def _policy_text(policy: Mapping[str, str]) -> str:
    return "; ".join(f"{directive} {sources}" for directive, sources in policy.items())
