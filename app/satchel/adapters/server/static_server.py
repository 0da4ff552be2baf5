"""Serves a built site on the loopback interface, with the headers that the build decided.

Standard library only, and it imports nothing of `satchel`: `serve.py` uses it on a machine where nothing
is installed. It serves files and nothing else: no listing, no upload, no proxy; whoever needs more brings a handler.
It does not compress, since over loopback that costs more time than it saves. A site without a readable `headers.json`
is not served at all: its pages would run without a policy, and nobody would see it.

Two attacks matter to a server on loopback. DNS rebinding (a foreign page whose name is made to point here)
is refused by the Host header. Traversal is refused by resolving every path, symbolic links included, and
comparing it with the root.
"""

import contextlib
import hashlib
import io
import json
import os
import stat
import sys
import threading
import traceback
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

__all__ = ["MEDIA_TYPES", "HeaderTable", "HeaderTableError", "SiteHandler", "StaticServer"]

# By suffix. The service worker gets the same table (satchel_build.headers): many hosts do not know all of these.
MEDIA_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".whl": "application/zip",
    ".woff2": "font/woff2",
    ".zip": "application/zip",
}
_UNKNOWN_MEDIA_TYPE = "application/octet-stream"

_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
_IDLE_CONNECTION_S = 60
_CHUNK = 1 << 18


class HeaderTableError(Exception):
    """A site's `headers.json` is missing or cannot be read; the text says which and what to do."""


class HeaderTable:
    """The security headers of a site's files, as its `headers.json` gives them. Raises HeaderTableError without it."""

    def __init__(self, site: Path) -> None:
        try:
            data = json.loads((site / "headers.json").read_text(encoding="utf-8"))
            self._by_path: dict[str, dict[str, str]] = data["byPath"]
            self._by_suffix: dict[str, dict[str, str]] = data["bySuffix"]
            self._other: dict[str, str] = data["other"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise HeaderTableError(
                f"The site's headers.json cannot be read ({error!r}), and without its security headers no file is "
                "sent. Build the site again: python3 build.py site"
            ) from error

    def headers_for(self, path: str) -> Mapping[str, str]:
        """The headers of the file at `path`, relative to the site's root."""
        return self._by_path.get(path) or self._by_suffix.get(os.path.splitext(path)[1]) or self._other


class StaticServer:
    """Serves the folder `root` on 127.0.0.1 while the `with` block runs; requests are handled in threads.

    Port 0 takes any free port. Raises OSError (EADDRINUSE) from the constructor if the port is taken.
    """

    def __init__(self, root: Path, port: int = 0, handler: "type[SiteHandler] | None" = None) -> None:
        self._server = _Server(root.resolve(), port, handler or SiteHandler)
        self._thread = threading.Thread(
            target=partial(self._server.serve_forever, poll_interval=0.05), daemon=True
        )

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.server_port

    @property
    def url(self) -> str:
        """The address of the site's root, with a slash at its end."""
        return f"http://127.0.0.1:{self.port}/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait(self) -> None:
        """Block until the server ends or the thread is interrupted."""
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, root: Path, port: int, handler: "type[SiteHandler]") -> None:
        self.root = root
        self.tags = _EntityTags()
        super().__init__(("127.0.0.1", port), handler)

    def server_bind(self) -> None:
        """Bind without http.server's look-up of the host's name, which can hang for seconds on a broken
        resolver.
        """
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.socket.getsockname()[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """Pass over a dropped connection, which is what browsers do; report anything else on standard
        error.
        """
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            traceback.print_exc()


class _EntityTags:
    """Strong entity tags from content, so that a file rebuilt with the same bytes is still the same to a
    browser.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, int, int, int], str] = {}

    def tag(self, stream: io.BufferedReader, status: os.stat_result) -> str:
        key = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        known = self._known.get(key)
        if known is None:
            known = f'"{hashlib.file_digest(stream, "sha256").hexdigest()[:32]}"'
            stream.seek(0)
            self._known[key] = known
        return known


class SiteHandler(BaseHTTPRequestHandler):
    """Answers one connection's requests for files of the site."""

    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "satchel"
    sys_version = ""
    timeout = _IDLE_CONNECTION_S

    def do_GET(self) -> None:
        self._respond(with_body=True)

    def do_HEAD(self) -> None:
        self._respond(with_body=False)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Keep quiet: the terminal shows the address of the site, not every request."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request that http.server itself refuses (another method, a malformed line), and hang
        up.
        """
        self.close_connection = True
        self._refuse(HTTPStatus(code), message or "", with_body=True)

    def _respond(self, *, with_body: bool) -> None:
        if not self.host_is_loopback():
            return
        found = _locate(self.server.root, self.path)
        if found is None:
            self._refuse(HTTPStatus.NOT_FOUND, "There is no such file in this site.", with_body)
            return
        path, name = found
        try:
            # Read anew each time: the site may be rebuilt, with another nonce, while it is served.
            headers = HeaderTable(self.server.root).headers_for(name)
            with path.open("rb") as stream:
                self._send_file(stream, name, headers, with_body)
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            self._refuse(HTTPStatus.NOT_FOUND, "There is no such file in this site.", with_body)
        except HeaderTableError as error:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, str(error), with_body)

    def host_is_loopback(self) -> bool:
        """Whether the request was meant for this server; one that was not has been answered then."""
        host = self.headers.get("Host", "")
        name, port = host, ""
        if not host.endswith("]") and ":" in host:
            name, _, port = host.rpartition(":")
        if name.lower() in _LOOPBACK_NAMES and port in ("", str(self.server.server_port)):
            return True
        self.close_connection = True  # A body that came along is not read.
        self._refuse(
            HTTPStatus.MISDIRECTED_REQUEST,
            "This server answers only as 127.0.0.1 or localhost.",
            with_body=self.command != "HEAD",
        )
        return False

    def _send_file(
        self, stream: io.BufferedReader, name: str, headers: Mapping[str, str], with_body: bool
    ) -> None:
        status = os.fstat(stream.fileno())
        tag = self.server.tags.tag(stream, status)
        unchanged = _matches(self.headers.get("If-None-Match"), tag)
        self.send_response(HTTPStatus.NOT_MODIFIED if unchanged else HTTPStatus.OK)
        self._send_headers(headers)
        self.send_header("ETag", tag)
        # Every load asks again, so that a new build is seen at once; unchanged files answer 304.
        self.send_header("Cache-Control", "no-cache")
        if not unchanged:
            self.send_header("Content-Type", MEDIA_TYPES.get(os.path.splitext(name)[1], _UNKNOWN_MEDIA_TYPE))
            self.send_header("Content-Length", str(status.st_size))
        self.end_headers()
        if with_body and not unchanged:
            left = status.st_size
            while left > 0 and (chunk := stream.read(min(_CHUNK, left))):
                self.wfile.write(chunk)
                left -= len(chunk)

    def _send_headers(self, headers: Mapping[str, str]) -> None:
        for header, value in headers.items():
            self.send_header(header, value)

    def _refuse(self, status: HTTPStatus, text: str, with_body: bool) -> None:
        self.send_bytes(
            status, f"{status.value} {status.phrase}. {text}\n".encode(), ".txt", with_body=with_body
        )

    def send_bytes(
        self, status: HTTPStatus, body: bytes, suffix: str = "", *, with_body: bool = True
    ) -> None:
        """Answer with something that is no file of the site, and that nobody keeps."""
        self.send_response(status)
        with contextlib.suppress(HeaderTableError):
            self._send_headers(HeaderTable(self.server.root).headers_for(""))
        self.send_header("Content-Type", MEDIA_TYPES.get(suffix, _UNKNOWN_MEDIA_TYPE))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if with_body:
            self.wfile.write(body)


def _locate(root: Path, target: str) -> tuple[Path, str] | None:
    """The regular file below `root` that the request target names, and its path there; None if there is none.

    Only the plain spelling of a path is known: no dot segments, empty segments, backslashes, NUL or hidden
    files.
    """
    name = unquote(urlsplit(target).path, errors="surrogateescape")
    if not name.startswith("/"):
        return None
    name = name[1:]
    if name == "" or name.endswith("/"):
        name += "index.html"
    if "\\" in name or "\0" in name or any(part == "" or part.startswith(".") for part in name.split("/")):
        return None
    try:
        path = (root / name).resolve(strict=True)
        regular = stat.S_ISREG(path.stat().st_mode)
    except (OSError, RuntimeError, ValueError):
        return None
    return (path, name) if regular and path.is_relative_to(root) else None


def _matches(header: str | None, tag: str) -> bool:
    """Whether an If-None-Match header names `tag` (RFC 9110, 13.1.2: weak comparison)."""
    if header is None:
        return False
    return any(candidate.strip().removeprefix("W/") in ("*", tag) for candidate in header.split(","))
