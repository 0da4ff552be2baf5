"""Waiting for what cannot be stopped: it is had, or undone, and never lost."""

from __future__ import annotations

import asyncio

import pytest

from satchel.base.shielded_wait import kept_or_undone


async def test_what_comes_is_had() -> None:
    undone: list[str] = []

    async def coming() -> str:
        await asyncio.sleep(0)
        return "it"

    assert await kept_or_undone(coming(), undone.append) == "it"
    assert undone == []


async def test_an_error_is_ours() -> None:
    async def failing() -> str:
        raise OSError("none")

    with pytest.raises(OSError, match="none"):
        await kept_or_undone(failing(), lambda _: pytest.fail("there is nothing to undo"))


@pytest.mark.parametrize("turns", range(6))
async def test_who_is_cancelled_at_any_moment_has_it_or_it_is_undone(turns: int) -> None:
    got, undone = [], []

    async def coming() -> str:
        for _ in range(3):
            await asyncio.sleep(0)
        return "it"

    async def use() -> None:
        got.append(await kept_or_undone(coming(), undone.append))

    task = asyncio.ensure_future(use())
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    for _ in range(10):
        await asyncio.sleep(0)
    began = turns > 0  # A task that is cancelled before its first step never runs.
    assert got + undone == (["it"] if began else [])


async def test_what_fails_after_that_is_nobodys_concern(caplog: pytest.LogCaptureFixture) -> None:
    async def failing() -> str:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        raise OSError("none")

    task = asyncio.ensure_future(kept_or_undone(failing(), lambda _: pytest.fail("nothing to undo")))
    await asyncio.sleep(0)
    task.cancel()
    for _ in range(5):
        await asyncio.sleep(0)
    assert task.cancelled()
    assert caplog.records == []
