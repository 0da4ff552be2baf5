"""What hostile code would find that had come out of its WebAssembly: nothing that reaches out, in any browser; and what
is left of programs when their page goes.

Each script that looks around runs a second time where nothing keeps it in, and gets out there: one that is broken
cannot pass for one that was stopped.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.wasi.case_files import Case
from tests.conformance.wasi.outcome import problems
from tests.support.process_engines import Engines, TabEngine, tabs
from tests.support.process_tab import case_request

pytestmark = pytest.mark.browser

TABS = ("chromium", "chromium without shared memory", "firefox")
REACHES_OUT = {
    "fetch", "XMLHttpRequest", "WebSocket", "WebSocketStream", "EventSource", "WebTransport", "RTCPeerConnection",
    "Request", "Response", "importScripts", "Worker", "SharedWorker", "BroadcastChannel", "MessageChannel", "caches",
    "indexedDB", "navigator", "location", "origin", "Blob", "File", "FileReader", "URL", "Notification", "FontFace",
    "fonts", "setInterval", "reportError", "structuredClone", "createImageBitmap", "OffscreenCanvas", "eval", "close",
    "name", "trustedTypes", "scheduler", "webkitRequestFileSystem", "FileSystemHandle", "StorageManager", "LockManager",
}  # fmt: skip
# No worker of any browser here has these; a later one may.
NOWHERE = {"RTCPeerConnection", "SharedWorker"}
ONLY_IN_CHROMIUM = {"WebSocketStream", "webkitRequestFileSystem"}
# What gets out of every browser where no policy is sent. The other attempts are for what a browser may come to allow.
GETS_OUT = {
    "fetch", "fetchData", "fetchKept", "request", "cache", "importData", "importBlob", "evaluate", "timer",
}  # fmt: skip
SPIN = Case("spin", "root", "spin", ("spin",), b"", signal=9, code=137, cause="signal")
HELLO = Case("hello", "root", "calls", ("calls", 'print "hello"'), b'"hello"\n')


@pytest.fixture(params=TABS)
def tab_engine(request: pytest.FixtureRequest, engines: Engines) -> TabEngine:
    """Each engine that is in a browser."""
    engine = engines[request.param]
    assert isinstance(engine, TabEngine)
    return engine


def test_these_are_all_tabs(engines: Engines) -> None:
    assert tuple(engine.name for engine in tabs(engines)) == TABS


def test_nothing_that_reaches_out_is_left_in_the_realm_of_programs(tab_engine: TabEngine) -> None:
    found: Any = tab_engine.ask({"action": "sealed"})
    assert {"WebAssembly", "postMessage"} <= set(found["globals"])
    assert set(found["globals"]) & REACHES_OUT == set()
    # A script of the site's own is all that can still be loaded: it is code, and nothing comes of it but code.
    assert found["outcomes"].pop("import") in ("worked", "TypeError")
    assert set(found["outcomes"].values()) <= {"TypeError", "EvalError", "ReferenceError"}, found["outcomes"]

    bare: Any = tab_engine.ask({"action": "unsealed"})
    assert set(bare["globals"]) >= REACHES_OUT - NOWHERE - ONLY_IN_CHROMIUM
    free = {name for name, outcome in bare["outcomes"].items() if outcome == "worked"}
    assert free >= {"import", "dataImport", "evaluate", "makeFunction", "otherRealm"}, bare["outcomes"]


def test_the_policy_alone_lets_nothing_out(tab_engine: TabEngine) -> None:
    found: Any = tab_engine.ask({"action": "walled"})
    assert len(found["outcomes"]) >= 20, found
    assert [name for name, outcome in found["outcomes"].items() if outcome == "reached"] == []
    assert tab_engine.ask({"action": "reached"}) == []

    bare: Any = tab_engine.ask({"action": "unwalled"})
    assert {name for name, outcome in bare["outcomes"].items() if outcome == "reached"} >= GETS_OUT, bare
    assert tab_engine.ask({"action": "reached"}) != []


def test_the_page_goes_in_the_middle_and_the_next_one_begins_anew(tab_engine: TabEngine) -> None:
    for _ in range(2):
        running: Any = tab_engine.ask({"action": "start", "cases": [case_request(SPIN)]})
        assert running["processes"] == 1
        tab_engine.reload()
        outcome = tab_engine.run(HELLO)
        assert not problems(HELLO, outcome), problems(HELLO, outcome)
