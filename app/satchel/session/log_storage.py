"""Ports to the place where session logs are kept; adapters for the browser (OPFS), a server and memory
implement them.

A log file is written by one holder only (the owner lock of the host sees to that), so its methods are
synchronous: one handle stays open for the life of a session. Opening, listing and deleting may be
asynchronous on a host and are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from satchel.base.ids import SessionId


class LogFile(Protocol):
    """One open file of bytes that grows at its end. Failures of the host are raised as OSError."""

    def size(self) -> int:
        """Length in bytes, appended but not yet flushed bytes included."""

    def read(self, offset: int, length: int) -> bytes:
        """The bytes from `offset`; fewer than `length` only at the end of the file."""

    def append(self, data: bytes) -> None:
        """Write at the end. May leave a part of `data` behind when it raises."""

    def flush(self) -> None:
        """Return once everything appended so far survives a crash."""

    def truncate(self, size: int) -> None:
        """Cut the file to `size` bytes."""

    def close(self) -> None:
        """Give the handle up. Does not promise a flush."""


class LogStorage(Protocol):
    """All session logs of one user on one host, and the catalogue derived from them."""

    async def list(self) -> Sequence[SessionId]:
        """The sessions that have a log, in no particular order."""

    async def open(self, session: SessionId, *, create: bool) -> LogFile:
        """The log of `session`. Raises FileNotFoundError when it has none and `create` is false."""

    async def delete(self, session: SessionId) -> None:
        """Remove the log of `session` and what was quarantined of it; no error when there is none."""

    async def read_index(self) -> bytes | None:
        """What `write_index` stored last, or None."""

    async def write_index(self, data: bytes) -> None:
        """Replace the derived catalogue.

        It may be lost: `session.catalogue` can make it again from the logs.
        """

    async def quarantine(self, session: SessionId, name: str, data: bytes) -> None:
        """Keep damaged bytes aside under `name` (letters, digits and hyphens); the same name replaces."""
