"""Any static host: no headers of ours, and as few media types as nginx knows."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import ClassVar

UNKNOWN = "application/octet-stream"
ALL_TYPES = {
    **http.server.SimpleHTTPRequestHandler.extensions_map,
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
}
FEW_TYPES = {**ALL_TYPES, ".mjs": UNKNOWN, ".wasm": UNKNOWN}


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Keeps the paths it was asked for; `moved` paths lead to others."""

    extensions_map: ClassVar[dict[str, str]] = FEW_TYPES
    asked: list[str]
    moved: dict[str, str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path in self.moved:
            self.send_response(302)
            self.send_header("Location", self.moved[self.path])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        super().do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def plain_host(
    folder: Path,
    moved: dict[str, str] | None = None,
    types: Mapping[str, str] = FEW_TYPES,
) -> Iterator[tuple[str, list[str]]]:
    """Serve `folder` without security headers; the address, and the paths asked for so far."""
    asked: list[str] = []
    members = {
        "asked": asked,
        "moved": {} if moved is None else moved,  # the caller's own, to be changed later
        "extensions_map": types,
    }
    handler = type("Handler", (QuietHandler,), members)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", asked
        server.shutdown()
