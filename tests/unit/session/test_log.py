"""The log: order, chain, cost, and what the host's failures leave behind."""

from __future__ import annotations

import asyncio
import hashlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satchel.adapters.memory.log import MemoryLogFile, MemoryLogStorage
from satchel.base import jsonvalue
from satchel.base.ids import SessionId
from satchel.session.codec import UnknownEvent
from satchel.session.errors import LogVersionError, LogWriteError, SessionNotFoundError
from satchel.session.events import AssistantDelta, UserMessage
from satchel.session.framing import MAGIC, frame
from satchel.session.jsonl import export_jsonl
from satchel.session.log import GENESIS, open_log
from tests.support.samples import examples
from tests.unit.session.fault_storage import FaultyStorage, PowerCut
from tests.unit.session.logs import EVERY_EVENT, SESSION, HandClock, full_log, opened


async def test_every_event_comes_back_equal_and_in_order() -> None:
    storage, _ = await full_log()
    again = await opened(storage, create=False)
    assert [stored.event for stored in again.events] == list(EVERY_EVENT)
    assert [stored.seq for stored in again.events] == list(range(1, len(EVERY_EVENT) + 1))
    assert again.damage == ()


async def test_the_chain_links_each_record_to_the_stored_bytes_of_the_one_before() -> None:
    storage, _ = await full_log()
    log = (await opened(storage, create=False)).log
    expected = GENESIS
    for payload in log.payloads():
        envelope = jsonvalue.loads(payload)
        assert isinstance(envelope, dict)
        assert envelope["prev"] == expected
        expected = hashlib.sha256(payload).hexdigest()
    assert log.head == expected


async def test_the_envelope_has_the_documented_fields() -> None:
    storage, _ = await full_log()
    first = next((await opened(storage, create=False)).log.envelopes())
    assert sorted(first) == ["data", "prev", "seq", "session", "ts", "type", "v"]
    assert first["type"] == "system.init"
    assert first["data"] == {
        "sessionId": SESSION,
        "sdkVersion": "0.1.0",
        "model": "demo",
        "projectId": "1" * 32,
    }


async def test_concurrent_appends_get_numbers_without_gaps() -> None:
    """W6: three concurrent appends of the predecessor all got the same number."""
    storage = MemoryLogStorage()
    log = (await opened(storage)).log

    async def writer(name: int) -> list[int]:
        numbers = []
        for _ in range(50):
            numbers.append(log.append(AssistantDelta(str(name))).seq)
            await asyncio.sleep(0)
        return numbers

    groups = await asyncio.gather(*map(writer, range(4)))
    assert sorted(number for group in groups for number in group) == list(range(1, 201))
    assert (await opened(storage)).damage == ()


class _CountingFile(MemoryLogFile):
    def __init__(self, content: bytearray) -> None:
        super().__init__(content)
        self.read_bytes = 0
        self.written_bytes = 0
        self.flushes = 0

    def read(self, offset: int, length: int) -> bytes:
        data = super().read(offset, length)
        self.read_bytes += len(data)
        return data

    def append(self, data: bytes) -> None:
        self.written_bytes += len(data)
        super().append(data)

    def flush(self) -> None:
        self.flushes += 1


class _CountingStorage(MemoryLogStorage):
    async def open(self, session: object, *, create: bool) -> MemoryLogFile:
        self.file = _CountingFile(bytearray())
        return self.file


async def test_an_append_costs_the_same_however_long_the_log_is() -> None:
    """W6: the predecessor read the whole log for each append."""
    storage = _CountingStorage()
    log = (await open_log(storage, SESSION, HandClock(), create=True)).log
    read_at_open, flushed_at_open = storage.file.read_bytes, storage.file.flushes
    sizes = []
    for _ in range(2000):
        before = storage.file.written_bytes
        log.append(AssistantDelta("x"), durable=False)
        sizes.append(storage.file.written_bytes - before)
    assert storage.file.read_bytes == read_at_open
    assert max(sizes) - min(sizes) <= 4  # only the digits of the number grow
    assert storage.file.flushes == flushed_at_open
    log.append(UserMessage("now"))
    assert storage.file.flushes == flushed_at_open + 1


async def test_what_is_not_json_is_refused_and_leaves_nothing() -> None:
    storage = MemoryLogStorage()
    log = (await opened(storage)).log
    size = len(storage.logs[SESSION])
    with pytest.raises(ValueError, match="JSON"):
        log.append(UnknownEvent("x", {"number": float("nan")}))
    assert len(storage.logs[SESSION]) == size
    assert log.append(UserMessage("next")).seq == 1


@pytest.mark.parametrize("operation", [1, 2])
async def test_a_refused_write_leaves_the_log_as_it_was(operation: int) -> None:
    storage = FaultyStorage()
    log = (await open_log(storage, SESSION, HandClock(), create=True)).log
    log.append(UserMessage("kept"))
    before = bytes(storage.disk.content)
    storage.disk.fail_at = storage.disk.operations + operation
    with pytest.raises(LogWriteError, match="no space left"):
        log.append(UserMessage("refused"))
    assert bytes(storage.disk.content) == before
    assert log.append(UserMessage("after")).seq == 2
    again = await open_log(FaultyStorage(bytes(storage.disk.content)), SESSION, HandClock())
    assert [stored.event for stored in again.events] == [UserMessage("kept"), UserMessage("after")]
    assert again.damage == ()


async def test_a_log_that_is_held_elsewhere_is_an_error_of_that_log() -> None:
    class HeldStorage(MemoryLogStorage):
        async def open(self, session: SessionId, *, create: bool) -> MemoryLogFile:
            raise OSError(16, "the file is held by another tab")

    with pytest.raises(LogWriteError, match="another tab"):
        await open_log(HeldStorage(), SESSION, HandClock())


async def test_when_the_write_cannot_be_undone_nothing_more_is_appended() -> None:
    storage = FaultyStorage()
    log = (await open_log(storage, SESSION, HandClock(), create=True)).log

    def broken(size: int) -> None:
        raise OSError("gone")

    log._file.truncate = broken  # type: ignore[method-assign]
    storage.disk.fail_at = storage.disk.operations + 1
    with pytest.raises(LogWriteError):
        log.append(UserMessage("refused"))
    with pytest.raises(LogWriteError, match="half way"):
        log.append(UserMessage("also refused"))


@settings(deadline=None, max_examples=examples(150))
@given(durable=st.lists(st.booleans(), min_size=1, max_size=8), cut=st.integers(1, 20), data=st.data())
def test_no_acknowledged_event_is_lost_whenever_the_power_goes(
    durable: list[bool], cut: int, data: st.DataObject
) -> None:
    """Cut at any operation, keep any part of what was not flushed: a prefix of the events with all
    acknowledged ones.
    """

    async def scenario() -> None:
        storage = FaultyStorage()
        storage.disk.cut_at = cut
        tried, acknowledged = 0, 0
        try:
            log = (await open_log(storage, SESSION, HandClock(), create=True)).log
            for is_durable in durable:
                tried += 1
                log.append(AssistantDelta(f"event {tried}"), durable=is_durable)
                acknowledged = tried if is_durable else acknowledged
        except PowerCut:
            pass
        unflushed = len(storage.disk.content) - len(storage.disk.durable)
        left = storage.disk.after_crash(data.draw(st.integers(0, max(unflushed, 0))))
        after = FaultyStorage(left)
        reopened = await open_log(after, SESSION, HandClock(), create=True)
        found = [stored.event for stored in reopened.events]
        assert found == [AssistantDelta(f"event {number}") for number in range(1, len(found) + 1)]
        assert acknowledged <= len(found) <= tried
        assert all(damage.kind == "torn-tail" for damage in reopened.damage)
        assert reopened.log.append(UserMessage("on")).seq == len(found) + 1
        again = await open_log(FaultyStorage(bytes(after.disk.content)), SESSION, HandClock())
        assert again.damage == ()

    asyncio.run(scenario())


async def test_a_newer_format_is_refused_and_the_file_untouched() -> None:
    storage = MemoryLogStorage()
    newer_file = b"SATCHEL\x02 whatever comes then"
    storage.logs[SESSION] = bytearray(newer_file)
    with pytest.raises(LogVersionError, match="format 2"):
        await opened(storage)
    assert bytes(storage.logs[SESSION]) == newer_file


async def test_a_newer_envelope_is_refused_and_even_a_torn_tail_behind_it_untouched() -> None:
    payload = jsonvalue.dumps(
        {"v": 2, "seq": 1, "ts": 1, "type": "x", "session": SESSION, "prev": GENESIS, "data": {}}
    )
    content = MAGIC + frame(payload.encode()) + b"torn"
    storage = MemoryLogStorage()
    storage.logs[SESSION] = bytearray(content)
    with pytest.raises(LogVersionError, match="reads formats up to 1"):
        await opened(storage)
    assert bytes(storage.logs[SESSION]) == content
    assert storage.quarantined == {}


async def test_a_session_that_does_not_exist_is_said_to() -> None:
    with pytest.raises(SessionNotFoundError, match=SESSION):
        await opened(MemoryLogStorage(), create=False)


async def test_unknown_types_and_fields_are_kept_through_reading_and_export() -> None:
    payload = jsonvalue.dumps(
        {
            "v": 1,
            "seq": 1,
            "ts": 1,
            "type": "agent.dreamt",
            "session": SESSION,
            "prev": GENESIS,
            "data": {"sheep": 3},
            "later": "field",
        }
    ).encode()
    storage = MemoryLogStorage()
    storage.logs[SESSION] = bytearray(MAGIC + frame(payload))
    again = await opened(storage)
    assert again.events[0].event == UnknownEvent("agent.dreamt", {"sheep": 3})
    again.log.append(UserMessage("after"))
    lines = export_jsonl(again.log).splitlines()
    assert lines[0] == payload
    assert [jsonvalue.loads(line) for line in lines] == list(again.log.envelopes())


@pytest.mark.host_only("holds CPython to its figures")
async def test_a_log_of_ten_thousand_events_opens_in_well_under_a_second() -> None:
    storage = MemoryLogStorage()
    log = (await opened(storage)).log
    for number in range(10_000):
        log.append(AssistantDelta(f"a stretch of text, the {number}th of them"), durable=False)
    began = time.process_time()
    again = await opened(storage)
    seconds = time.process_time() - began
    assert len(again.events) == 10_000
    assert seconds < 0.6  # 0.15 s on an idle machine
