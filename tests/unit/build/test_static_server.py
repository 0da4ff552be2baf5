"""The static server, asked over real HTTP."""

import errno
import http.client
import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from satchel.adapters.server.static_server import StaticServer

APP = Path(__file__).resolve().parents[3] / "app"
HEADERS = {
    "byPath": {"a.js": {"X-Set": "path"}},
    "bySuffix": {".html": {"X-Set": "suffix"}},
    "other": {"X-Set": "other"},
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Client:
    """Sends requests exactly as written, dot segments and all."""

    def __init__(self, server: StaticServer, root: Path) -> None:
        self.root = root
        self.port = server.port

    def ask(self, target: str, method: str = "GET", **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.putrequest(method, target, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        response = connection.getresponse()
        answer = Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        connection.close()
        return answer


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """A served site of a few files, with a secret beside it and a link that leads there."""
    root = tmp_path / "dist"
    (root / "sub").mkdir(parents=True)
    (root / "index.html").write_text("<p>start")
    (root / "sub" / "index.html").write_text("<p>below")
    (root / "a.js").write_text("let a;")
    (root / "a file é.txt").write_text("named")
    (root / "run.wasm").write_bytes(b"\0asm" * 200_000)
    (root / ".hidden").write_text("hidden")
    (root / "headers.json").write_text(json.dumps(HEADERS))
    (tmp_path / "secret").write_text("secret")
    (root / "leak.txt").symlink_to(tmp_path / "secret")
    (root / "alias.txt").symlink_to("a.js")
    with StaticServer(root) as server:
        yield Client(server, root)


@pytest.mark.parametrize(
    ("target", "body", "media_type", "header_set"),
    [
        ("/", b"<p>start", "text/html; charset=utf-8", "suffix"),
        ("/sub/", b"<p>below", "text/html; charset=utf-8", "suffix"),
        ("/a.js?v=1#x", b"let a;", "text/javascript; charset=utf-8", "path"),
        ("/a%20file%20%C3%A9.txt", b"named", "text/plain; charset=utf-8", "other"),
        ("/run.wasm", b"\0asm" * 200_000, "application/wasm", "other"),
        ("/alias.txt", b"let a;", "text/plain; charset=utf-8", "other"),
    ],
)
def test_files_come_with_type_length_and_their_headers(
    client: Client, target: str, body: bytes, media_type: str, header_set: str
) -> None:
    answer = client.ask(target)
    assert (answer.status, answer.body) == (200, body)
    assert answer.headers["content-type"] == media_type
    assert answer.headers["content-length"] == str(len(body))
    assert answer.headers["x-set"] == header_set


@pytest.mark.parametrize(
    "target",
    [
        "/../secret",
        "/sub/../../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "/sub/..%5c..%5csecret",
        "//secret",
        "/leak.txt",
        "/./a.js",
        "/sub/../a.js",
        "/sub//index.html",
        "/.hidden",
        "/%00",
        "/a.js%00.html",
        "/a.js/",
        "/sub",
        "/nothing.html",
        "/" + "x" * 5000,
        "/%ff",
        "a.js",
    ],
)
def test_anything_but_a_plain_path_of_a_file_is_not_found(client: Client, target: str) -> None:
    answer = client.ask(target)
    assert answer.status == 404
    assert b"secret" not in answer.body
    assert answer.headers["x-set"] == "other"


def test_head_is_get_without_the_body(client: Client) -> None:
    full, head = client.ask("/a.js"), client.ask("/a.js", method="HEAD")
    drop = {"date"}
    assert (head.status, head.body) == (200, b"")
    assert {k: v for k, v in head.headers.items() if k not in drop} == {
        k: v for k, v in full.headers.items() if k not in drop
    }
    assert client.ask("/nothing", method="HEAD").body == b""


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "CONNECT"])
def test_other_methods_are_refused(client: Client, method: str) -> None:
    answer = client.ask("/a.js", method=method)
    assert answer.status == 501
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_an_unchanged_file_is_not_sent_again(client: Client, form: str) -> None:
    tag = client.ask("/a.js").headers["etag"]
    answer = client.ask("/a.js", If_None_Match=form.format(tag))
    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["etag"] == tag
    assert answer.headers["x-set"] == "path"
    assert "content-length" not in answer.headers


def test_the_tag_follows_the_content(client: Client) -> None:
    tag = client.ask("/a.js").headers["etag"]
    (client.root / "b.js").write_text("let a;")
    assert client.ask("/b.js").headers["etag"] == tag
    (client.root / "a.js").write_text("let b;")
    answer = client.ask("/a.js", If_None_Match=tag)
    assert (answer.status, answer.body) == (200, b"let b;")


def test_a_rebuilt_header_table_is_seen(client: Client) -> None:
    (client.root / "headers.json").write_text(json.dumps({**HEADERS, "byPath": {"a.js": {"X-Set": "new"}}}))
    assert client.ask("/a.js").headers["x-set"] == "new"


@pytest.mark.parametrize("text", [None, "{"])
def test_without_its_header_table_no_file_of_a_site_is_served(client: Client, text: str | None) -> None:
    (client.root / "headers.json").unlink()
    if text is not None:
        (client.root / "headers.json").write_text(text)
    answer = client.ask("/index.html")
    assert answer.status == 503
    assert b"headers.json" in answer.body
    assert b"python3 build.py site" in answer.body
    assert b"<p>start" not in answer.body
    assert client.ask("/nothing").status == 404


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_it_answers_under_its_loopback_names(client: Client, host: str) -> None:
    assert client.ask("/a.js", Host=host).status == 200
    assert client.ask("/a.js", Host=f"{host}:{client.port}").status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "localhost.evil.example:{port}",
        "127.0.0.1:1",
        "",
        "127.0.0.1:x",
    ],
)
def test_a_rebound_name_is_refused(client: Client, host: str) -> None:
    answer = client.ask("/a.js", Host=host.format(port=client.port))
    assert answer.status == 421
    assert b"let a" not in answer.body


def test_a_request_without_a_host_is_refused(client: Client) -> None:
    with socket.create_connection(("127.0.0.1", client.port), timeout=5) as raw:
        raw.sendall(b"GET /a.js HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert raw.makefile("rb").readline().split()[1] == b"421"


def test_one_connection_carries_many_requests(client: Client) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=5)
    for target in ("/a.js", "/nothing", "/run.wasm", "/a.js"):
        connection.request("GET", target)
        connection.getresponse().read()
        used = connection.sock
    assert used is connection.sock is not None
    connection.close()


def test_a_client_that_hangs_up_disturbs_nobody(client: Client, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_connection(("127.0.0.1", client.port)) as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        raw.sendall(f"GET /run.wasm HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\n\r\n".encode())
    assert client.ask("/a.js").status == 200
    assert capfd.readouterr().err == ""


def test_a_taken_port_is_an_error(tmp_path: Path) -> None:
    with StaticServer(tmp_path) as server, pytest.raises(OSError, match="Address already in use") as caught:
        StaticServer(tmp_path, server.port)
    assert caught.value.errno == errno.EADDRINUSE


def test_the_port_is_free_again_afterwards(tmp_path: Path) -> None:
    with StaticServer(tmp_path) as server:
        port = server.port
        assert server.url == f"http://127.0.0.1:{port}/"
    with StaticServer(tmp_path, port):
        pass


def test_it_needs_the_standard_library_only() -> None:
    script = "import sys, satchel.adapters.server.static_server; print('httpx' in sys.modules, 'site' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-S", "-c", script],
        env={"PYTHONPATH": str(APP)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.stdout, answer.stderr) == ("False False\n", "")
