"""The tab's own adapters on real OPFS: pytest in Pyodide runs the port contracts of `tests/contract`, and whether the
event loop stays open.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.etree import ElementTree

import pytest
import wasmtime
from playwright.sync_api import BrowserContext

from tests.pyodide.shipment import WHEELS, assemble_distribution

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
RUN_SCRIPT = """request => new Promise(resolve => {
  const worker = new Worker('suite.worker.js', { type: 'module' });
  worker.onmessage = event => resolve(event.data);
  worker.onerror = event => resolve(JSON.stringify({ status: -1, report: '', error: event.message }));
  worker.postMessage(request);
  setInterval(() => worker.postMessage({ sentAt: performance.timeOrigin + performance.now() }), 10);
})"""
FILES = ["contracts.py", "event_loop.py"]
PUNCTUAL = (Path(__file__).parent / "fixtures/contract/punctual.wat").read_text(encoding="utf-8")
SCRIPT = f"""
import base64, os, sys
os.chdir("/suite")
with open("punctual.wasm", "wb") as out:
    out.write(base64.b64decode({base64.b64encode(wasmtime.wat2wasm(PUNCTUAL)).decode()!r}))
sys.path[:0] = ["/suite/app", "/suite"]
from tests.pyodide.inside import main
main({FILES!r})
"""


class QuietHandler(SimpleHTTPRequestHandler):
    """The checkout, isolated, so that memory can be shared; served without a line on stderr for each request."""

    def end_headers(self) -> None:
        """Add the headers."""
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def checkout_url() -> Iterator[str]:
    """The checkout's root on a server of its own: modules are tested as they are written, not as bundled."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(ROOT))) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_the_tab_keeps_every_contract_and_stays_responsive(
    context: BrowserContext, checkout_url: str
) -> None:
    distribution = assemble_distribution(ROOT / "node_modules/pyodide", ROOT / ".build")
    page = context.new_page()
    page.goto(f"{checkout_url}tests/browser/fixtures/contract/index.html")
    request = {
        "distribution": f"/{distribution.relative_to(ROOT).as_posix()}/",
        "packages": [*WHEELS],
        "files": FILES,
        "script": SCRIPT,
    }
    answer = json.loads(page.evaluate(RUN_SCRIPT, request))
    assert answer["status"] == 0, answer.get("error") or failures(answer["report"])
    assert len(list(ElementTree.fromstring(answer["report"]).iter("testcase"))) >= 40


def failures(report: str) -> str:
    """What failed, as text."""
    cases = ElementTree.fromstring(report).iter("testcase") if report else ()
    return "\n\n".join(
        f"{case.get('name')}\n{problem.text}"
        for case in cases
        for problem in (*case.findall("failure"), *case.findall("error"))
    )
