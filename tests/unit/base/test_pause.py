"""A checkpoint pauses in the way of its host, and only when it has to."""

from __future__ import annotations

from satchel.base.cancel import CancelToken
from satchel.base.checkpoint import YIELD_AFTER_SECONDS, LoopCheckpoint


class HandClock:
    """Time that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def now_ms(self) -> int:
        return int(self.now * 1000)

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


async def test_the_host_pauses_once_a_frame() -> None:
    clock, pauses = HandClock(), list[float]()

    async def pause() -> None:
        pauses.append(clock.now)
        clock.now += 1

    checkpoint = LoopCheckpoint(clock, CancelToken(), pause=pause)
    await checkpoint.breathe()
    clock.now += YIELD_AFTER_SECONDS / 2
    await checkpoint.breathe()
    assert pauses == []
    clock.now += YIELD_AFTER_SECONDS
    await checkpoint.breathe()
    await checkpoint.breathe()
    assert len(pauses) == 1, "time spent in the pause does not count"
