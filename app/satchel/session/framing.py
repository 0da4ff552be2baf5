"""How records lie in a log file: `SATCHEL`, the format number, then `u32le length, u32le crc32(payload),
payload` each.

Pure functions over bytes; opening, truncating and quarantining is `session.log`. Payloads are ASCII JSON
that begins with `{"data":` (canonical key order). That and the length bound let a reader find the next
intact record behind damage: four bytes of ASCII text read as a length are always above the bound, so no
text inside a payload can pass for a record's header.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from struct import Struct

from satchel.base.errors import LimitExceededError
from satchel.base.limits import MIB

MAGIC_NAME = b"SATCHEL"
FORMAT_VERSION = 1
MAGIC = MAGIC_NAME + bytes([FORMAT_VERSION])
MAX_RECORD_BYTES = 64 * MIB

_HEADER = Struct("<II")
_PAYLOAD_START = b'{"data":'


@dataclass(frozen=True, slots=True)
class Frame:
    """An intact record: where its header begins, and its payload."""

    offset: int
    payload: bytes

    @property
    def end(self) -> int:
        """Offset of the first byte behind the record."""
        return self.offset + _HEADER.size + len(self.payload)


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes `[offset, offset + length)` that belong to no intact record."""

    offset: int
    length: int


def frame(payload: bytes) -> bytes:
    """The record of a payload. Raises `LimitExceededError` when it is longer than a record may be."""
    if len(payload) > MAX_RECORD_BYTES:
        raise LimitExceededError(
            "log_record_bytes",
            len(payload),
            f"An event of {len(payload)} bytes is too large for the session log.",
        )
    return _HEADER.pack(len(payload), zlib.crc32(payload)) + payload


def scan(data: bytes, start: int = len(MAGIC)) -> tuple[list[Frame], list[Gap]]:
    """All intact records from `start` on, and all bytes between and behind them.

    A gap at the very end is a torn tail.
    """
    frames: list[Frame] = []
    gaps: list[Gap] = []
    offset = start
    while offset < len(data):
        found = _frame_at(data, offset)
        if found is None:
            found = _next_frame(data, offset)
            end = len(data) if found is None else found.offset
            gaps.append(Gap(offset, end - offset))
            if found is None:
                break
        frames.append(found)
        offset = found.end
    return frames, gaps


def _frame_at(data: bytes, offset: int) -> Frame | None:
    begin = offset + _HEADER.size
    if offset < 0 or begin > len(data):
        return None
    length, checksum = _HEADER.unpack_from(data, offset)
    if length > MAX_RECORD_BYTES or begin + length > len(data):
        return None
    payload = data[begin : begin + length]
    if not payload.startswith(_PAYLOAD_START) or zlib.crc32(payload) != checksum:
        return None
    return Frame(offset, payload)


def _next_frame(data: bytes, after: int) -> Frame | None:
    """The first intact record whose header begins behind `after`."""
    position = data.find(_PAYLOAD_START, after + _HEADER.size + 1)
    while position != -1:
        found = _frame_at(data, position - _HEADER.size)
        if found is not None:
            return found
        position = data.find(_PAYLOAD_START, position + 1)
    return None
