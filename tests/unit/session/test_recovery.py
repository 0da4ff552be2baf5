"""What opening makes of a damaged file: every torn tail, every flipped byte, reported and never skipped
silently.
"""

from __future__ import annotations

import pytest

from satchel.adapters.memory.log import MemoryLogStorage
from satchel.session.events import UserMessage
from satchel.session.framing import MAGIC, frame
from satchel.session.log import OpenedLog
from tests.unit.session.logs import EVERY_EVENT, SESSION, full_log, opened


def _storage(content: bytes) -> MemoryLogStorage:
    storage = MemoryLogStorage()
    storage.logs[SESSION] = bytearray(content)
    return storage


def _events(found: OpenedLog) -> list[object]:
    return [stored.event for stored in found.events]


async def test_a_tail_torn_at_any_byte_is_cut_off_and_reported() -> None:
    whole, ends = await full_log()
    content = bytes(whole.logs[SESSION])
    for size in range(len(content)):
        storage = _storage(content[:size])
        found = await opened(storage)
        intact = max((index for index, end in enumerate(ends) if end <= size), default=0)
        assert _events(found) == list(EVERY_EVENT[:intact]), size
        boundary = max((end for end in ends if end <= size), default=0)
        if size == boundary:
            assert found.damage == (), size
        else:
            (damage,) = found.damage
            assert (damage.kind, damage.offset, damage.length) == ("torn-tail", boundary, size - boundary)
            assert storage.quarantined[SESSION, damage.quarantine] == content[boundary:size]
        found.log.close()
        reopened = await opened(storage)
        assert (_events(reopened), reopened.damage) == (_events(found), ()), size


async def test_a_flipped_byte_anywhere_loses_at_most_its_record_and_is_reported() -> None:
    whole, ends = await full_log()
    content = bytes(whole.logs[SESSION])
    for position in [*range(len(MAGIC) - 1), *range(len(MAGIC), len(content), 7)]:
        damaged = bytearray(content)
        damaged[position] ^= 0x40
        storage = _storage(bytes(damaged))
        found = await opened(storage)
        hit = next(index for index, end in enumerate(ends) if position < end)
        expected = [event for index, event in enumerate(EVERY_EVENT, 1) if index != hit]
        assert _events(found) == expected, position
        (damage,) = found.damage
        assert damage.offset <= position < damage.offset + damage.length
        kept = storage.quarantined[SESSION, damage.quarantine]
        assert kept == bytes(damaged[damage.offset : damage.offset + damage.length])
        is_last = hit == len(EVERY_EVENT)
        assert damage.kind == ("torn-tail" if is_last else "damaged"), position


async def test_reading_around_damage_changes_no_byte_and_appending_goes_on_behind_it() -> None:
    whole, ends = await full_log()
    damaged = bytearray(whole.logs[SESSION])
    damaged[ends[3] + 20] ^= 1
    storage = _storage(bytes(damaged))
    found = await opened(storage)
    assert storage.logs[SESSION] == damaged
    appended = found.log.append(UserMessage("on"))
    assert appended.seq == len(EVERY_EVENT) + 1
    again = await opened(storage)
    assert again.events[-1].event == UserMessage("on")
    assert again.damage == found.damage


async def test_a_missing_record_breaks_the_chain_and_is_reported() -> None:
    whole, ends = await full_log()
    content = bytes(whole.logs[SESSION])
    found = await opened(_storage(content[: ends[4]] + content[ends[5] :]))
    assert len(found.events) == len(EVERY_EVENT) - 1
    (damage,) = found.damage
    assert (damage.kind, damage.offset) == ("chain-break", ends[4])


async def test_a_record_that_is_there_twice_counts_once_and_is_reported() -> None:
    whole, ends = await full_log()
    content = bytes(whole.logs[SESSION])
    found = await opened(_storage(content[: ends[5]] + content[ends[4] :]))
    assert _events(found) == list(EVERY_EVENT)
    (damage,) = found.damage
    assert (damage.kind, damage.offset) == ("damaged", ends[5])


@pytest.mark.parametrize(
    "payload", [b'{"data":1}', b'{"data":{},"v":0}', b'{"data":', b'{"data":{},"v":1,"seq":"x"}']
)
async def test_an_intact_record_that_is_no_event_is_set_aside(payload: bytes) -> None:
    whole, ends = await full_log()
    content = bytes(whole.logs[SESSION])
    strange = frame(payload)
    storage = _storage(content[: ends[2]] + strange + content[ends[2] :])
    found = await opened(storage)
    assert _events(found) == list(EVERY_EVENT)
    (damage,) = found.damage
    assert damage.kind == "damaged"
    assert storage.quarantined[SESSION, damage.quarantine] == strange


async def test_text_that_looks_like_a_record_is_not_taken_for_one() -> None:
    storage = MemoryLogStorage()
    log = (await opened(storage)).log
    whole, _ = await full_log()
    hostile = bytes(whole.logs[SESSION])[8:].decode("latin-1")
    log.append(UserMessage(hostile))
    log.append(UserMessage("after"))
    position = len(MAGIC) + 4  # the checksum of the hostile record
    storage.logs[SESSION][position] ^= 1
    found = await opened(storage)
    assert _events(found) == [UserMessage("after")]
    assert len(found.damage) == 1


async def test_a_file_that_is_no_log_is_kept_aside_whole() -> None:
    storage = _storage(b"\x89PNG not a log at all")
    found = await opened(storage)
    assert _events(found) == []
    assert storage.quarantined[SESSION, found.damage[0].quarantine] == b"\x89PNG not a log at all"
    assert bytes(storage.logs[SESSION]) == MAGIC
