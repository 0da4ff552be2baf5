"""Runs cases of `tests/conformance/wasi` in a tab: the server for the fixture page, and what goes to and fro."""

from __future__ import annotations

import base64
import json
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from satchel_build.headers import header_rules
from tests.conformance.wasi.case_files import Case
from tests.conformance.wasi.outcome import Outcome
from tests.conformance.wasi.programs import program

ROOT = Path(__file__).parents[2]
FIXTURE = "tests/browser/fixtures/conformance/index.html"
_ISOLATION = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}

Ask = Callable[[dict[str, object]], object]
"""Sends a request to the page and gives its answer."""


class _Handler(SimpleHTTPRequestHandler):
    """The checkout, the programs of the suite under /programs, and the product's policy for the workers of guests."""

    isolated = True
    bundles: Path
    reached: list[str]
    is_guest = False

    def do_GET(self) -> None:  # http.server's name
        """Serve a file or a program."""
        if self.path.startswith("/programs/"):
            self._send(
                "application/wasm", program(self.path.removeprefix("/programs/").removesuffix(".wasm"))
            )
            return
        if self.path == "/what-was-reached":
            found = json.dumps(self.reached).encode()
            self.reached.clear()
            self._send("application/json", found)
            return
        if self.path.startswith("/reached"):
            self.reached.append(self.path)
            self._send("text/javascript", b"postMessage(1)")
            return
        if self.path == "/worker/wasi.worker.js":
            # As it is delivered: Firefox may hang when many modules of a worker in a worker are fetched one by one.
            self.is_guest = True
            self._send("text/javascript", (self.bundles / "wasi.worker.js").read_bytes())
            return
        if self.path == "/probe.worker.js":
            self.is_guest = True
            probe = (ROOT / FIXTURE).with_name("probe.worker.js").read_text(encoding="utf-8")
            product = (self.bundles / "wasi.worker.js").read_text(encoding="utf-8")
            self._send("text/javascript", f"{product}\n{{\n{probe}\n}}\n".encode())
            return
        if self.path == "/network.worker.js":
            self.is_guest = True
            self.path = f"/{FIXTURE.replace('/index.html', self.path)}"
        super().do_GET()

    do_POST = do_GET  # noqa: N815 - http.server's name

    def _send(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        """Add the headers that the site has."""
        isolation = _ISOLATION if self.isolated else {}
        headers = dict(isolation)
        if self.is_guest:
            policy = header_rules().by_path["wasi.worker.js"]["Content-Security-Policy"]
            headers["Content-Security-Policy"] = policy
        for name, value in headers.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def process_site(*, isolated: bool) -> Iterator[str]:
    """The address of the fixture page. Without isolation there is no SharedArrayBuffer."""
    with tempfile.TemporaryDirectory(prefix="bundles-") as folder:
        [esbuild] = (ROOT / "node_modules/@esbuild").glob("*/bin/esbuild")
        script = ROOT / "worker/wasi.worker.js"
        subprocess.run(
            [esbuild, script, "--bundle", "--format=esm", "--log-level=warning", f"--outdir={folder}"],
            check=True,
        )
        kind = type("Handler", (_Handler,), {"isolated": isolated, "bundles": Path(folder), "reached": []})
        with _serving(partial(kind, directory=str(ROOT))) as url:
            yield f"{url}{FIXTURE}"


@contextmanager
def _serving(handler: Callable[..., SimpleHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


def run_in_tab(ask: Ask, cases: Sequence[Case]) -> list[Outcome]:
    """Run cases one after another in the page behind `ask`."""
    answers = ask({"action": "run", "cases": [case_request(case) for case in cases]})
    assert isinstance(answers, list)
    return [_outcome(case, answer) for case, answer in zip(cases, answers, strict=True)]


def case_request(case: Case) -> dict[str, object]:
    """A case as the page takes it."""
    return {
        "place": case.place,
        "program": case.program,
        "argv": case.argv,
        "env": case.env,
        "stdin": base64.b64encode(case.stdin).decode(),
        "limits": case.limits,
        "before": [
            {
                "kind": entry.kind,
                "path": entry.path,
                "content": base64.b64encode(entry.content).decode(),
                "mode": entry.mode,
            }
            for entry in case.before
        ],
        "after": [entry.path for entry in case.after],
    }


def _outcome(case: Case, answer: Mapping[str, object]) -> Outcome:
    if "error" in answer:
        return Outcome(error=str(answer["error"]))
    contents, entries = answer["after"], answer["manifest"]
    assert isinstance(contents, list)
    assert isinstance(entries, list)
    return Outcome(
        stdout=base64.b64decode(str(answer["stdout"])),
        stderr=base64.b64decode(str(answer["stderr"])),
        code=int(str(answer["code"])),
        signal=int(str(answer["signal"])),
        cause=str(answer["cause"]),
        detail=str(answer["detail"]),
        after={
            entry.path: None if content is None else base64.b64decode(str(content))
            for entry, content in zip(case.after, contents, strict=True)
        },
        manifest={
            path: (kind, mode, base64.b64decode(content)) for path, kind, mode, content in sorted(entries)
        },
        left=dict(answer["left"]),  # type: ignore[call-overload]
    )
