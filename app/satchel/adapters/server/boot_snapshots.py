"""Boot snapshots of the browser engine: files of this machine that the site in the driven browser takes and brings.

A snapshot is the memory of a booted Python as `worker/boot/snapshot.js` makes it, before any user data, with its own
SHA-256, which the site checks before it uses one. Nothing here looks inside. They may be deleted at any time.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import tempfile
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from http import HTTPStatus
from io import BufferedWriter
from pathlib import Path
from typing import Protocol

from satchel.adapters.server.static_server import SiteHandler


class Readable(Protocol):
    """What bytes can be read from."""

    def read(self, size: int, /) -> bytes:
        """At most so many; nothing at the end."""


class NotOwedError(Exception):
    """The run has brought its snapshot, or was given the one it asked for."""


_NAME = re.compile(r"[0-9A-Za-z]+-[a-z]+\.bin")
_PART = "part-"
_PART_LIVES_SECONDS = 600.0
_MOST_BYTES = 1 << 29
_MOST_DIGITS = 10
_CHUNK = 1 << 20


class BootSnapshots:
    """The snapshots in one directory, which is made when the first is stored. Any number of runs may share it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def read(self, name: str) -> bytes | None:
        """All of a snapshot; None when there is none, or none that can be read."""
        try:
            with open(self._directory / name, "rb", opener=_open_no_link) as file:
                return file.read()
        except OSError:
            return None

    def store(self, name: str, source: Readable, size: int) -> None:
        """Keep the next `size` bytes of `source` under that name, whole or not at all, and delete those of other
        builds. Raises OSError.
        """
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, part = tempfile.mkstemp(prefix=_PART, dir=self._directory)  # readable by this user only
        try:
            with open(descriptor, "wb") as file:
                _copy(source, file, size)
            os.replace(part, self._directory / name)
        except BaseException:
            os.unlink(part)
            raise
        self._remove_old(name)

    def remove(self, name: str) -> None:
        """Delete a snapshot if it is there."""
        with suppress(OSError):
            os.unlink(self._directory / name)

    def _remove_old(self, current: str) -> None:
        """What another build stored, and what a run that was killed left half stored."""
        for path in self._directory.iterdir():
            with suppress(OSError):
                old_part = path.name.startswith(_PART) and _age(path) > _PART_LIVES_SECONDS
                if old_part or (_NAME.fullmatch(path.name) and path.name != current):
                    path.unlink()


class SnapshotExchange:
    """One run's way to the snapshots, over HTTP and below a path that nobody else knows.

    It gives what there is, deletes on request, and takes one snapshot.
    """

    def __init__(self, snapshots: BootSnapshots) -> None:
        self._snapshots = snapshots
        self.path = f".snapshots/{secrets.token_urlsafe(24)}/"  # Relative to the site, where no hidden file is served.
        self._lock = threading.Lock()  # Each request has a thread.
        self._asked = ""
        self._is_given = False
        self._owed: Future[None] | None = None
        self._has_taken = False

    def handler(self) -> type[SiteHandler]:
        """What answers the requests of a site's server."""
        exchange = self

        class Handler(_ExchangeHandler):
            pass

        Handler.exchange = exchange
        return Handler

    def name_in(self, target: str) -> str | None:
        """The snapshot that a request is about; None when it is about something else."""
        path, _, name = target.removeprefix("/").rpartition("/")
        is_ours = secrets.compare_digest(path.encode(), self.path.rstrip("/").encode())
        return name if is_ours and _NAME.fullmatch(name) else None

    def give(self, name: str) -> bytes | None:
        """The snapshot that is to be booted from. Without it one is owed, as the boot makes it."""
        found = self._snapshots.read(name)
        with self._lock:
            self._asked, self._is_given = name, found is not None
            self._owed = None if self._is_given or self._has_taken else Future()
        return found

    def take(self, name: str, source: Readable, size: int) -> None:
        """Keep what the boot made: the one that was asked for and is owed, once. Raises NotOwedError, OSError."""
        with self._lock:
            owed = self._owed
            if owed is None or self._has_taken or name != self._asked:
                raise NotOwedError
            self._has_taken = True
        try:
            self._snapshots.store(name, source, size)
        finally:
            owed.set_result(None)

    def drop(self, name: str) -> None:
        """The site found the snapshot to be bad: it boots without, and owes a new one if it brought none."""
        with self._lock:
            if name != self._asked:
                return
            self._is_given = False
            self._owed = None if self._has_taken else Future()
        self._snapshots.remove(name)

    def distrust(self) -> None:
        """The run failed: if it was booted from a snapshot, that may be what is wrong."""
        if self._is_given:
            self._snapshots.remove(self._asked)

    async def settle(self, seconds: float) -> None:
        """Wait for the snapshot that is owed, if one is, but no longer than that."""
        if self._owed is not None:
            await asyncio.wait({asyncio.wrap_future(self._owed)}, timeout=seconds)


class _ExchangeHandler(SiteHandler):
    exchange: SnapshotExchange

    def do_GET(self) -> None:  # noqa: N802 - the name is http.server's
        name = self.exchange.name_in(self.path)
        if name is None:
            super().do_GET()
        elif self.host_is_loopback():
            found = self.exchange.give(name)
            self.send_bytes(HTTPStatus.NOT_FOUND if found is None else HTTPStatus.OK, found or b"")

    def do_PUT(self) -> None:  # noqa: N802 - the name is http.server's
        name, size = self.exchange.name_in(self.path), self.headers.get("Content-Length", "")
        if not self.host_is_loopback():
            return
        is_size = size.isdecimal() and len(size) <= _MOST_DIGITS and int(size) <= _MOST_BYTES
        if name is None or not is_size:
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        try:
            self.exchange.take(name, self.rfile, int(size))
        except NotOwedError:
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        except OSError:
            self.send_error(HTTPStatus.INSUFFICIENT_STORAGE)
            return
        self.send_bytes(HTTPStatus.CREATED, b"")

    def do_DELETE(self) -> None:  # noqa: N802 - the name is http.server's
        name = self.exchange.name_in(self.path)
        if not self.host_is_loopback():
            return
        if name is None:
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        self.exchange.drop(name)
        self.send_bytes(HTTPStatus.OK, b"")


def _open_no_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC)


def _copy(source: Readable, target: BufferedWriter, size: int) -> None:
    while size > 0:
        data = source.read(min(_CHUNK, size))
        if not data:
            raise ConnectionError("the snapshot broke off")
        target.write(data)
        size -= len(data)


def _age(path: Path) -> float:
    return time.time() - path.stat().st_mtime
