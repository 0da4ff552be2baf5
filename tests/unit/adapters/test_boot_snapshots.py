"""Boot snapshots, given to the site and taken from it over real HTTP."""

from __future__ import annotations

import http.client
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from satchel.adapters.server.boot_snapshots import BootSnapshots, SnapshotExchange
from satchel.adapters.server.static_server import StaticServer

NAME = "0123abcd-jspi.bin"


class Run:
    """One run of the engine as its browser sees it: a server with an exchange."""

    def __init__(self, exchange: SnapshotExchange, server: StaticServer, kept: Path) -> None:
        self.exchange = exchange
        self.kept = kept
        self.port = server.port

    def ask(
        self, method: str, name: str = NAME, body: bytes | None = None, path: str = "", host: str = ""
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        headers = {"Host": host} if host else {}
        connection.request(method, f"/{path or self.exchange.path}{name}", body, headers)
        answer = connection.getresponse()
        found = answer.status, answer.read()
        connection.close()
        return found

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.kept.glob("*")}


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text("<p>start")
    (site / "headers.json").write_text(json.dumps({"byPath": {}, "bySuffix": {}, "other": {"X-Set": "a"}}))
    exchange = SnapshotExchange(BootSnapshots(tmp_path / "state" / "kept"))
    with StaticServer(site, handler=exchange.handler()) as server:
        yield Run(exchange, server, tmp_path / "state" / "kept")


def test_what_one_run_brought_the_next_is_given(run: Run) -> None:
    assert run.ask("GET") == (404, b"")
    data = os.urandom(3_000_000)
    assert run.ask("PUT", body=data)[0] == 201
    assert run.ask("GET") == (200, data)


def test_it_is_private_and_takes_the_place_of_other_builds(run: Run) -> None:
    run.kept.mkdir(parents=True, mode=0o700)
    (run.kept / "ffff-plain.bin").write_bytes(b"old")
    (run.kept / "part-old").write_bytes(b"left by a run that was killed")
    os.utime(run.kept / "part-old", (1, 1))
    (run.kept / "part-new").write_bytes(b"of a run beside")
    (run.kept / "notes").write_bytes(b"somebody else's")
    run.ask("GET")
    assert run.ask("PUT", body=b"data")[0] == 201
    assert run.files() == {NAME: b"data", "part-new": b"of a run beside", "notes": b"somebody else's"}
    assert (run.kept / NAME).stat().st_mode & 0o777 == 0o600


def test_a_run_brings_what_it_owes_and_once(run: Run) -> None:
    assert run.ask("PUT", body=b"unasked")[0] == 403
    assert run.ask("GET")[0] == 404
    assert run.ask("PUT", "ffff-jspi.bin", b"another")[0] == 403
    assert run.ask("DELETE", "ffff-jspi.bin")[0] == 200
    assert run.ask("PUT", body=b"first")[0] == 201
    assert run.ask("PUT", body=b"second")[0] == 403
    assert run.ask("GET") == (200, b"first")
    assert run.ask("PUT", body=b"second")[0] == 403
    assert run.files() == {NAME: b"first"}


def test_who_was_given_one_brings_another_only_after_dropping_it(run: Run) -> None:
    run.kept.mkdir(parents=True)
    (run.kept / NAME).write_bytes(b"bad")
    (run.kept / "ffff-jspi.bin").write_bytes(b"of another build")
    assert run.ask("GET") == (200, b"bad")
    assert run.ask("PUT", body=b"good")[0] == 403
    run.ask("DELETE", "ffff-jspi.bin")
    assert len(run.files()) == 2, "only what it asked for is dropped"
    run.ask("DELETE")
    assert run.ask("PUT", body=b"good")[0] == 201
    assert run.files() == {NAME: b"good"}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("path", [".snapshots/", ".snapshots/guess/", ".snapshots/é/", ".snapshots"])
def test_without_the_runs_own_path_nothing_is_given_or_changed(run: Run, method: str, path: str) -> None:
    run.kept.mkdir(parents=True)
    (run.kept / NAME).write_bytes(b"kept")
    status, found = run.ask(
        method, path=path.replace("é", "%C3%A9"), body=b"other" if method == "PUT" else None
    )
    assert status in (403, 404)
    assert b"kept" not in found
    assert run.files() == {NAME: b"kept"}


@pytest.mark.parametrize("name", ["../secret", "..%2fsecret", "", "x", "part-1", "a-b.bin/", "a-b.bin%00"])
def test_other_names_are_none(run: Run, name: str) -> None:
    run.kept.mkdir(parents=True)
    (run.kept.parent / "secret").write_bytes(b"secret")
    assert run.ask("GET", name)[0] == 404
    assert run.ask("PUT", name, b"data")[0] == 403
    assert run.ask("DELETE", name)[0] == 403
    assert (run.kept.parent / "secret").read_bytes() == b"secret"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_rebound_name_is_refused(run: Run, method: str) -> None:
    run.kept.mkdir(parents=True)
    (run.kept / NAME).write_bytes(b"kept")
    assert run.ask(method, host="evil.example")[0] == 421
    assert run.files() == {NAME: b"kept"}


def test_a_link_is_not_followed(run: Run) -> None:
    run.kept.mkdir(parents=True)
    (run.kept.parent / "secret").write_bytes(b"secret")
    (run.kept / NAME).symlink_to("../secret")
    assert run.ask("GET") == (404, b"")
    assert run.ask("PUT", body=b"data")[0] == 201
    assert (run.kept.parent / "secret").read_bytes() == b"secret"
    assert not (run.kept / NAME).is_symlink()


def test_one_that_breaks_off_leaves_nothing(run: Run) -> None:
    run.ask("GET")
    with socket.create_connection(("127.0.0.1", run.port)) as connection:
        head = f"PUT /{run.exchange.path}{NAME} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"
        connection.sendall(head.encode() + b"half")
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass
    assert run.files() == {}


@pytest.mark.parametrize("size", ["-1", "x", "", str(1 << 40), "1" * 5000])
def test_a_size_that_cannot_be_is_refused(run: Run, size: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", run.port, timeout=5)
    connection.putrequest("PUT", f"/{run.exchange.path}{NAME}")
    connection.putheader("Content-Length", size)
    connection.endheaders()
    assert connection.getresponse().status == 403
    connection.close()
    assert run.files() == {}


def test_where_nothing_can_be_stored_it_is_said(run: Run) -> None:
    run.kept.parent.write_bytes(b"no directory")
    assert run.ask("GET")[0] == 404
    assert run.ask("PUT", body=b"data")[0] == 507


def test_a_run_that_failed_deletes_what_it_was_booted_from(run: Run) -> None:
    run.exchange.distrust()
    run.kept.mkdir(parents=True)
    (run.kept / NAME).write_bytes(b"kept")
    run.exchange.distrust()
    assert run.files() == {NAME: b"kept"}, "it was not booted from that"
    run.ask("GET")
    run.exchange.distrust()
    assert run.files() == {}


async def test_only_a_snapshot_that_is_owed_is_waited_for(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def waited() -> bool:
        begun = time.monotonic()
        await run.exchange.settle(0.2)
        return time.monotonic() - begun >= 0.2

    assert not await waited(), "nobody asked for one: another engine, a page that failed"
    run.ask("GET")
    assert await waited(), "the boot makes one"
    run.ask("PUT", body=b"data")
    assert not await waited()
    run.ask("GET")
    assert not await waited()
    run.ask("DELETE")
    assert not await waited(), "it has brought one, and brings no other"
    assert BootSnapshots(run.kept).read(NAME) is None


async def test_one_that_could_not_be_stored_is_not_waited_for(run: Run) -> None:
    run.kept.parent.write_bytes(b"no directory")
    run.ask("GET")
    run.ask("PUT", body=b"data")
    begun = time.monotonic()
    await run.exchange.settle(5)
    assert time.monotonic() - begun < 1
