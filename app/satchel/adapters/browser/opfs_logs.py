"""Session logs in the origin's private file system, one handle held open for each open session."""

from __future__ import annotations

import errno
from collections.abc import Sequence

from satchel.adapters.browser.bridge import JsLogHandle, JsSessionLogs, js_bytes, translated_errors
from satchel.base.ids import SessionId, is_hex_id


class OpfsLogFile:
    """One log (`session.log_storage.LogFile`)."""

    def __init__(self, handle: JsLogHandle) -> None:
        self._handle = handle

    def size(self) -> int:
        """See `LogFile.size`."""
        return self._handle.size()

    def read(self, offset: int, length: int) -> bytes:
        """See `LogFile.read`."""
        with translated_errors():
            return self._handle.read(offset, length).to_bytes()

    def append(self, data: bytes) -> None:
        """See `LogFile.append`; all of `data` is written, or OSError (ENOSPC) is raised and nothing is."""
        with translated_errors():
            if not self._handle.append(js_bytes(data)):
                raise OSError(errno.ENOSPC, "the browser's storage is full")

    def flush(self) -> None:
        """See `LogFile.flush`."""
        with translated_errors():
            self._handle.flush()

    def truncate(self, size: int) -> None:
        """See `LogFile.truncate`."""
        with translated_errors():
            self._handle.truncate(size)

    def close(self) -> None:
        """See `LogFile.close`."""
        with translated_errors():
            self._handle.close()


class OpfsLogStorage:
    """All session logs of this origin (`session.log_storage.LogStorage`)."""

    def __init__(self, logs: JsSessionLogs) -> None:
        self._logs = logs

    async def open(self, session: SessionId, *, create: bool) -> OpfsLogFile:
        """See `LogStorage.open`."""
        with translated_errors():
            return OpfsLogFile(await self._logs.open(session, create))

    async def delete(self, session: SessionId) -> None:
        """See `LogStorage.delete`."""
        with translated_errors():
            await self._logs.remove(session)

    async def read_index(self) -> bytes | None:
        """See `LogStorage.read_index`."""
        with translated_errors():
            stored = await self._logs.readIndex()
        return None if stored is None else stored.to_bytes()

    async def write_index(self, data: bytes) -> None:
        """See `LogStorage.write_index`."""
        with translated_errors():
            await self._logs.writeIndex(js_bytes(data))

    async def quarantine(self, session: SessionId, name: str, data: bytes) -> None:
        """See `LogStorage.quarantine`."""
        with translated_errors():
            await self._logs.quarantine(session, name, js_bytes(data))

    async def list(self) -> Sequence[SessionId]:
        """See `LogStorage.list`."""
        with translated_errors():
            return [SessionId(name) for name in await self._logs.list() if is_hex_id(name)]
