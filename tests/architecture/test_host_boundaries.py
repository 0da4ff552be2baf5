"""The walls that no linter draws: who may talk to JavaScript, to the network, and to the document as text."""

from __future__ import annotations

import re
from pathlib import Path

from satchel.ui.actions import ACTIONS
from tests.support.checkout_files import files_below, imported_modules, text

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_FETCH = re.compile(
    r"(?<![\w.])(?:self\.|globalThis\.|window\.)?fetch\s*\(|XMLHttpRequest|EventSource|sendBeacon|WebSocket"
)
_HTML = re.compile(
    r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|srcdoc)\b|document\.write|"
    r"(?<![\w.])eval\s*\(|\bnew\s+Function\b|set(?:Timeout|Interval)\s*\(\s*['\"`]|createContextualFragment"
)
# Boot code fetches the site's own files, from its own origin, before any Python runs.
MAY_FETCH = {
    "static/boot/isolation.js": "looks whether the host sends isolation headers",
    "worker/boot/download.js": "the runtime, the wheel, the manifest, the snapshot that a driver keeps",
    "worker/service_worker.js": "passes on what the offline cache does not hold",
    "worker/service_worker/precache.js": "fills the offline cache from the manifest",
}


def _code(path: Path) -> str:
    return _COMMENT.sub("", text(path))


def _javascript() -> list[Path]:
    return [path for suffix in (".js", ".mjs") for path in files_below("worker", "static", suffix=suffix)]


def test_only_the_browser_adapter_meets_javascript() -> None:
    tab_only = {"js", "pyodide", "pyodide_js", "_pyodide"}
    offenders = [
        str(path)
        for path in files_below("app/satchel", suffix=".py")
        if tab_only & {name.split(".")[0] for name in imported_modules(path)}
        and not path.is_relative_to("app/satchel/adapters/browser")
    ]
    assert offenders == []


def test_only_boot_code_reaches_the_network() -> None:
    assert {str(path) for path in _javascript() if _FETCH.search(_code(path))} == set(MAY_FETCH)


def test_python_reaches_the_network_through_no_other_door() -> None:
    doors = {"urllib.request", "http.client", "aiohttp", "requests", "pyodide.http", "pyodide_http"}
    offenders = [
        f"{path}: {name}"
        for path in files_below("app/satchel", suffix=".py")
        for name in imported_modules(path)
        if name in doors and not path.is_relative_to("app/satchel/adapters/server")
    ]
    assert offenders == []


def test_both_sides_mean_the_same_by_a_stop() -> None:
    page = text(Path("worker/bridge/stop_word.js")).partition("WISHES")[2].partition("\n")[0]
    agent = text(Path("app/satchel/entry/browser.py")).partition("class StopWish")[2].partition("\n\n\n")[0]
    bits = dict(re.findall(r"'([a-z]+)\.cancel', (\d)", page))
    assert bits == {name.lower(): bit for name, bit in re.findall(r"([A-Z]+) = (\d)", agent)}
    assert bits
    assert [name for name in bits if f"{name}.cancel" not in ACTIONS] == []


def test_no_markup_and_no_code_is_made_from_strings() -> None:
    offenders = [f"{path}: {match[0]}" for path in _javascript() for match in _HTML.finditer(_code(path))]
    assert offenders == []


def test_markup_files_hold_no_script_and_no_style() -> None:
    for path in files_below("static", suffix=".html"):
        page = text(path)
        assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", page), path
        assert not re.search(r"<style\b|\sstyle=|\son\w+=", page), path


def test_the_patterns_find_what_they_are_for() -> None:
    for line in ("await fetch(url)", "self.fetch (x)", "new WebSocket(u)", "new XMLHttpRequest()"):
        assert _FETCH.search(line), line
    for line in ("prefetch(url)", "cache.fetch(x)", "countedFetch(x)"):
        assert not _FETCH.search(line), line
    for line in ("a.innerHTML = b", "eval(x)", "new Function('a')", "setTimeout('f()', 1)"):
        assert _HTML.search(line), line
    for line in ("page.evaluate(x)", "setTimeout(f, 1)", "medieval(x)", "class Function {}"):
        assert not _HTML.search(line), line
