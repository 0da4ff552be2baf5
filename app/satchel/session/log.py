"""The event log of one session: append-only, numbered without gaps, chained by hash, sound after any crash.

Opening repairs what a crash can leave (a torn tail is cut off) and reads around damage it did not cause
(the bytes stay where they are, a copy goes to quarantine); both are reported, nothing is skipped silently.
The log does not append the report itself: only `agent` appends events.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from satchel.base import jsonvalue
from satchel.base.clock import Clock
from satchel.base.ids import SessionId
from satchel.base.jsonvalue import JsonObject
from satchel.session import codec, framing
from satchel.session.codec import StoredEvent
from satchel.session.errors import (
    CorruptEventError,
    LogError,
    LogVersionError,
    LogWriteError,
    SessionNotFoundError,
)
from satchel.session.events import DamageKind, Event
from satchel.session.log_storage import LogFile, LogStorage

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Damage:
    """What was found wrong at opening: a byte range of the file and the name of the copy kept aside ('' for
    none).

    'torn-tail' was cut off; 'damaged' bytes in the middle are read around; at a 'chain-break' the record
    does not follow from the one before (some are missing or were replaced) although it is intact itself.
    """

    kind: DamageKind
    offset: int
    length: int
    quarantine: str = ""


@dataclass(frozen=True, slots=True)
class OpenedLog:
    """A log ready for appending, the events it held, and what was wrong with it."""

    log: EventLog
    events: Sequence[StoredEvent]
    damage: tuple[Damage, ...]


class EventLog:
    """Appends to and reads from one open log file. Made by `open_log`."""

    def __init__(
        self, file: LogFile, session: SessionId, clock: Clock, *, size: int, seq: int, head: str
    ) -> None:
        self._file = file
        self._session = session
        self._clock = clock
        self._size = size
        self._seq = seq
        self._head = head
        self._failed = False
        self._closed = False

    @property
    def session(self) -> SessionId:
        """Whose log this is."""
        return self._session

    @property
    def head(self) -> str:
        """Hex SHA-256 of the last record: names the whole history up to it. 64 zeros when there is none."""
        return self._head

    @property
    def last_seq(self) -> int:
        """Number of the last event, 0 when there is none."""
        return self._seq

    @property
    def is_usable(self) -> bool:
        """Whether it can be appended to: neither closed nor left in an unknown state by a failed write."""
        return not self._failed

    def append(self, event: Event, *, durable: bool = True) -> StoredEvent:
        """Add an event; with `durable` it survives a crash from the moment this returns.

        Raises `LogWriteError` when the host refuses (the log is then as before), ValueError or TypeError
        when the event holds values that are not JSON (nothing was written).
        """
        if self._failed:
            raise LogWriteError("an earlier write failed half way")
        seq, ts = self._seq + 1, self._clock.now_ms()
        payload = codec.encode(event, seq=seq, ts=ts, session=self._session, prev=self._head)
        self._write(framing.frame(payload), durable)
        self._seq = seq
        self._head = hashlib.sha256(payload).hexdigest()
        return StoredEvent(seq, ts, event, self._head)

    def flush(self) -> None:
        """Make events that were appended without `durable` survive a crash."""
        try:
            self._file.flush()
        except OSError as error:
            raise LogWriteError(str(error)) from error

    def envelopes(self) -> Iterator[JsonObject]:
        """Every intact record as stored, unknown fields included, in order."""
        for payload in self.payloads():
            envelope = jsonvalue.loads(payload)
            if isinstance(envelope, dict):
                yield envelope

    def payloads(self) -> Iterator[bytes]:
        """The stored bytes of every intact record, in order: each is one line of the JSONL export.

        Raises LogWriteError once the log is closed.
        """
        if self._closed:
            raise LogWriteError("the log is closed")
        frames, _ = framing.scan(self._file.read(0, self._size))
        return (frame.payload for frame in frames)

    def close(self) -> None:
        """Flush and give the file up; more than once is as once."""
        if self._closed:
            return
        self._closed = True
        try:
            if not self._failed:
                self._file.flush()
        finally:
            self._failed = True
            self._file.close()

    def _write(self, data: bytes, durable: bool) -> None:
        try:
            self._file.append(data)
            if durable:
                self._file.flush()
        except OSError as error:
            self._roll_back()
            raise LogWriteError(str(error) or type(error).__name__) from error
        self._size += len(data)

    def _roll_back(self) -> None:
        try:
            self._file.truncate(self._size)
        except OSError:
            self._failed = True


async def open_log(
    storage: LogStorage, session: SessionId, clock: Clock, *, create: bool = False
) -> OpenedLog:
    """Open a session's log, repairing it as the module's text says.

    Raises `SessionNotFoundError`, `LogVersionError` (the file is then untouched) and `LogWriteError`.
    """
    try:
        file = await storage.open(session, create=create)
    except FileNotFoundError as error:
        raise SessionNotFoundError(session) from error
    except OSError as error:
        raise LogWriteError(str(error) or type(error).__name__) from error
    try:
        return await _recover(storage, file, session, clock)
    except LogError:
        file.close()
        raise
    except OSError as error:
        file.close()
        raise LogWriteError(str(error) or type(error).__name__) from error


async def _recover(storage: LogStorage, file: LogFile, session: SessionId, clock: Clock) -> OpenedLog:
    data = file.read(0, file.size())
    findings = _read(data, session)
    for damage in findings.damage:
        if damage.quarantine:
            torn_bytes = data[damage.offset : damage.offset + damage.length]
            await storage.quarantine(session, damage.quarantine, torn_bytes)
    size = findings.intact_bytes
    if size < len(data):
        file.truncate(size)
    if size == 0:
        file.append(framing.MAGIC)
        size = len(framing.MAGIC)
    if size != len(data):
        file.flush()
    last = findings.events[-1] if findings.events else None
    log = EventLog(
        file,
        session,
        clock,
        size=size,
        seq=last.seq if last else 0,
        head=last.digest if last else GENESIS,
    )
    return OpenedLog(log, findings.events, tuple(findings.damage))


@dataclass(slots=True)
class _Findings:
    """What a file's bytes hold. `intact_bytes` is the length without the torn tail."""

    events: list[StoredEvent]
    damage: list[Damage]
    intact_bytes: int


def _read(data: bytes, session: SessionId) -> _Findings:
    frames, gaps = framing.scan(data, _records_start(data))
    findings = _Findings([], [], len(data))
    after_damage = False
    pending = list(reversed(gaps))
    for frame in frames:
        while pending and pending[-1].offset < frame.offset:
            findings.damage.append(_damage("damaged", pending.pop()))
            after_damage = True
        after_damage = not _place(findings, frame, session, after_damage)
    for gap in pending:
        findings.damage.append(_damage("torn-tail", gap))
        findings.intact_bytes = gap.offset
    return findings


def _place(findings: _Findings, frame: framing.Frame, session: SessionId, after_damage: bool) -> bool:
    """Take one intact record into the findings; False when it is no event of this session and was set
    aside.
    """
    try:
        envelope = codec.decode(frame.payload)
    except CorruptEventError:
        findings.damage.append(_damage("damaged", framing.Gap(frame.offset, frame.end - frame.offset)))
        return False
    seq, head = (findings.events[-1].seq, findings.events[-1].digest) if findings.events else (0, GENESIS)
    if envelope.session != session or envelope.seq <= seq:
        findings.damage.append(_damage("damaged", framing.Gap(frame.offset, frame.end - frame.offset)))
        return False
    if not after_damage and (envelope.prev != head or envelope.seq != seq + 1):
        findings.damage.append(Damage("chain-break", frame.offset, frame.end - frame.offset))
    digest = hashlib.sha256(frame.payload).hexdigest()
    findings.events.append(StoredEvent(envelope.seq, envelope.ts, envelope.event, digest))
    return True


def _records_start(data: bytes) -> int:
    """Where records begin: behind the magic, or at 0 when the magic itself is damaged (it then counts as a
    gap).
    """
    if data.startswith(framing.MAGIC):
        return len(framing.MAGIC)
    if data.startswith(framing.MAGIC_NAME) and len(data) >= len(framing.MAGIC):
        version = data[len(framing.MAGIC_NAME)]
        if version > framing.FORMAT_VERSION:
            raise LogVersionError(version, framing.FORMAT_VERSION)
    return 0


def _damage(kind: DamageKind, gap: framing.Gap) -> Damage:
    return Damage(kind, gap.offset, gap.length, f"{kind}-{gap.offset}")


async def store_records(storage: LogStorage, session: SessionId, payloads: Sequence[bytes]) -> None:
    """Make a log of the stored bytes of a session's events, as `EventLog.payloads` gives them, that was kept elsewhere.

    Raises OSError. The log is read, and damage in it found, when it is opened.
    """
    file = await storage.open(session, create=True)
    try:
        file.truncate(0)
        file.append(framing.MAGIC + b"".join(framing.frame(payload) for payload in payloads))
        file.flush()
    finally:
        file.close()
