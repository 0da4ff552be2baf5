"""Session logs as files in a directory: one locked descriptor for each open log.

Layout: `<dir>/<session id>.log`, `<dir>/index.json` (derived), `<dir>/quarantine/`. Durable means
`fdatasync`. A log that another process holds is refused rather than shared: there is one writer. This
module frames nothing and knows no events.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

from satchel.base.errors import InputError
from satchel.base.ids import SessionId, is_hex_id

_SUFFIX = ".log"


class LocalLogFile:
    """One log on disk (`session.log_storage.LogFile`), held open and locked until `close`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._size = os.fstat(descriptor).st_size

    def size(self) -> int:
        """Length in bytes, unflushed bytes included."""
        return self._size

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset`; fewer only at the end of the file."""
        parts: list[bytes] = []
        while length > 0:
            part = os.pread(self._descriptor, length, offset)
            if not part:
                break
            parts.append(part)
            offset += len(part)
            length -= len(part)
        return b"".join(parts)

    def append(self, data: bytes) -> None:
        """Write `data` at the end. Raises OSError (ENOSPC, EIO…) with the file possibly longer by a part
        of it.
        """
        view = memoryview(data)
        while view:
            written = os.pwrite(self._descriptor, view, self._size)
            self._size += written
            view = view[written:]

    def flush(self) -> None:
        """Return once everything appended is on the disk."""
        os.fdatasync(self._descriptor)

    def truncate(self, size: int) -> None:
        """Cut the file to `size` bytes."""
        os.ftruncate(self._descriptor, size)
        self._size = size

    def close(self) -> None:
        """Release the descriptor and with it the lock."""
        os.close(self._descriptor)


class LocalLogStorage:
    """All session logs of one state directory (`session.log_storage.LogStorage`)."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._quarantine = directory / "quarantine"
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def list(self) -> Sequence[SessionId]:
        """Ids of all stored sessions, oldest first (ids sort by time of making)."""
        stems = (path.stem for path in self._directory.glob("*" + _SUFFIX))
        return sorted(SessionId(stem) for stem in stems if is_hex_id(stem))

    async def open(self, session: SessionId, *, create: bool) -> LocalLogFile:
        """Open for reading and appending. Raises FileNotFoundError when it is missing (and not to be
        made), OSError with EBUSY when another process has it open."""
        flags = os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0)
        descriptor = os.open(self._path(session), flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise OSError(errno.EBUSY, "it is open in another process, which has to end first") from error
        return LocalLogFile(descriptor)

    async def delete(self, session: SessionId) -> None:
        """Remove a log and what was quarantined of it; one that does not exist is no error."""
        self._path(session).unlink(missing_ok=True)
        for path in self._quarantine.glob(f"{session}-*"):
            path.unlink(missing_ok=True)

    async def read_index(self) -> bytes | None:
        """The derived catalogue as last written, or None."""
        try:
            return (self._directory / "index.json").read_bytes()
        except FileNotFoundError:
            return None

    async def write_index(self, data: bytes) -> None:
        """Replace the derived catalogue in one step."""
        draft = self._directory / f"index.json.{os.getpid()}"
        draft.write_bytes(data)
        draft.replace(self._directory / "index.json")

    async def quarantine(self, session: SessionId, name: str, data: bytes) -> None:
        """Keep damaged bytes aside as `quarantine/<session>-<name>`; the same name replaces."""
        self._quarantine.mkdir(exist_ok=True, mode=0o700)
        (self._quarantine / f"{session}-{name}").write_bytes(data)

    def _path(self, session: SessionId) -> Path:
        if not is_hex_id(session):
            raise InputError("session.id", f"{session!r} is not a session id (32 hexadecimal digits).")
        return self._directory / (session + _SUFFIX)
