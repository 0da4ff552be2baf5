"""Session logs in memory: for tests, and for a browser that grants no storage.

Nothing survives the process.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence

from satchel.base.ids import SessionId


class MemoryLogFile:
    """A `LogFile` over a byte array that outlives the handle."""

    def __init__(self, content: bytearray) -> None:
        self._content = content
        self._open = True

    def size(self) -> int:
        """See `LogFile.size`."""
        return len(self._checked())

    def read(self, offset: int, length: int) -> bytes:
        """See `LogFile.read`."""
        return bytes(self._checked()[offset : offset + length])

    def append(self, data: bytes) -> None:
        """See `LogFile.append`."""
        self._checked().extend(data)

    def flush(self) -> None:
        """See `LogFile.flush`; there is nowhere to flush to."""
        self._checked()

    def truncate(self, size: int) -> None:
        """See `LogFile.truncate`."""
        del self._checked()[size:]

    def close(self) -> None:
        """See `LogFile.close`."""
        self._open = False

    def _checked(self) -> bytearray:
        if not self._open:
            raise OSError("the log file is closed")
        return self._content


class MemoryLogStorage:
    """A `LogStorage` whose files are byte arrays. `logs` and `quarantined` are open to inspection."""

    def __init__(self) -> None:
        self.logs: dict[SessionId, bytearray] = {}
        self.quarantined: dict[tuple[SessionId, str], bytes] = {}
        self.index: bytes | None = None

    async def open(self, session: SessionId, *, create: bool) -> MemoryLogFile:
        """See `LogStorage.open`."""
        if session not in self.logs:
            if not create:
                raise FileNotFoundError(session)
            self.logs[session] = bytearray()
        return MemoryLogFile(self.logs[session])

    async def delete(self, session: SessionId) -> None:
        """See `LogStorage.delete`."""
        self.logs.pop(session, None)
        for key in [key for key in self.quarantined if key[0] == session]:
            del self.quarantined[key]

    async def read_index(self) -> bytes | None:
        """See `LogStorage.read_index`."""
        return self.index

    async def write_index(self, data: bytes) -> None:
        """See `LogStorage.write_index`."""
        self.index = data

    async def quarantine(self, session: SessionId, name: str, data: bytes) -> None:
        """See `LogStorage.quarantine`."""
        self.quarantined[session, name] = data

    async def list(self) -> Sequence[SessionId]:
        """See `LogStorage.list`."""
        return builtins.list(self.logs)
