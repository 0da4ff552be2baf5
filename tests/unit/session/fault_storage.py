"""A log storage that fails like a disk: bytes that were not flushed may be lost in part, and the n-th
operation may fail.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence

from satchel.base.ids import SessionId


class PowerCut(BaseException):
    """The machine is gone; nothing that runs sees more of it."""


class FaultyDisk:
    """One file.

    `durable` is what a flush has confirmed; `content` what a reader sees before the power is cut.
    """

    def __init__(self) -> None:
        self.content = bytearray()
        self.durable = b""
        self.operations = 0
        self.fail_at: int | None = None
        self.cut_at: int | None = None

    def step(self, data: bytes = b"") -> None:
        """Count one operation; a failing one leaves half of its data behind."""
        self.operations += 1
        if self.operations == self.cut_at:
            self.content.extend(data[: len(data) // 2])
            raise PowerCut
        if self.operations == self.fail_at:
            self.content.extend(data[: len(data) // 2])
            raise OSError(28, "no space left")

    def after_crash(self, kept: int) -> bytes:
        """What is on the disk after the power came back, when `kept` of the unflushed bytes had reached it."""
        if bytes(self.content[: len(self.durable)]) != self.durable:
            return self.durable
        return bytes(self.content[: len(self.durable) + kept])


class FaultyFile:
    """A `LogFile` on a `FaultyDisk`."""

    def __init__(self, disk: FaultyDisk) -> None:
        self.disk = disk

    def size(self) -> int:
        return len(self.disk.content)

    def read(self, offset: int, length: int) -> bytes:
        return bytes(self.disk.content[offset : offset + length])

    def append(self, data: bytes) -> None:
        self.disk.step(data)
        self.disk.content.extend(data)

    def flush(self) -> None:
        self.disk.step()
        self.disk.durable = bytes(self.disk.content)

    def truncate(self, size: int) -> None:
        self.disk.step()
        del self.disk.content[size:]

    def close(self) -> None:
        pass


class FaultyStorage:
    """A `LogStorage` with one session on a `FaultyDisk`."""

    def __init__(self, content: bytes = b"") -> None:
        self.disk = FaultyDisk()
        self.disk.content.extend(content)
        self.disk.durable = content
        self.kept: dict[str, bytes] = {}

    async def open(self, session: SessionId, *, create: bool) -> FaultyFile:
        return FaultyFile(self.disk)

    async def quarantine(self, session: SessionId, name: str, data: bytes) -> None:
        self.kept[name] = data

    async def delete(self, session: SessionId) -> None:
        self.disk = FaultyDisk()

    async def read_index(self) -> bytes | None:
        return None

    async def write_index(self, data: bytes) -> None:
        pass

    async def list(self) -> Sequence[SessionId]:
        return builtins.list[SessionId]()
