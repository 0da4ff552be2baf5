"""Identifiers: opaque strings, one NewType for each thing they name."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import NewType, Protocol

from satchel.base.clock import Clock

SessionId = NewType("SessionId", str)
ProjectId = NewType("ProjectId", str)
ToolUseId = NewType("ToolUseId", str)
QuestionId = NewType("QuestionId", str)

_HEX_ID = re.compile(r"[0-9a-f]{32}\Z")


class IdSource(Protocol):
    """Where new identifiers come from; a replay hands out the recorded ones."""

    def new(self) -> str:
        """A fresh identifier: 32 lower-case hexadecimal digits that sort by time of making (UUID version
        7).
        """


def is_hex_id(text: str) -> bool:
    """Whether `text` has the form of a session or project id (32 lower-case hexadecimal digits)."""
    return _HEX_ID.match(text) is not None


class Uuid7Source:
    """UUID version 7 (RFC 9562, 5.7) without dashes, strictly increasing within one source.

    The 12 bits after the version hold a counter, so that ids made in the same millisecond still sort by
    time of making.
    """

    def __init__(self, clock: Clock, random: Callable[[int], bytes] = os.urandom) -> None:
        self._clock = clock
        self._random = random
        self._last_ms = -1
        self._counter = 0

    def new(self) -> str:
        """See `IdSource.new`."""
        now = max(self._clock.now_ms(), self._last_ms)
        self._counter = self._counter + 1 if now == self._last_ms else 0
        if self._counter > 0xFFF:
            now, self._counter = now + 1, 0
        self._last_ms = now
        tail = (0b10 << 62) | (int.from_bytes(self._random(8), "big") >> 2)
        return f"{(now << 80) | (7 << 76) | (self._counter << 64) | tail:032x}"
