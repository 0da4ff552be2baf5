"""Driving a page: every event arrives, and an agent that died or hangs ends the run with its cause."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from satchel.adapters.server import chromium
from satchel.adapters.server.boot_snapshots import SnapshotExchange
from satchel.adapters.server.chromium import ChromiumEngine, ChromiumError, _drive


class Worker:
    """The agent's worker; `answers` is whether it serves anybody."""

    url = "http://127.0.0.1/agent.worker.js"

    def __init__(self, *, answers: bool = True) -> None:
        self.answers = answers
        self.asked = 0

    async def evaluate(self, code: str) -> bool:
        self.asked += 1
        if not self.answers:
            await asyncio.Event().wait()
        return True


class Page:
    """A page whose run is what the test makes of it."""

    def __init__(self, *workers: Worker) -> None:
        self.workers = list(workers)
        self.lines: asyncio.Queue[list[str] | None] = asyncio.Queue()
        self.summary: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def evaluate(self, code: str, task: object = None) -> object:
        return await (self.summary if task is not None else self.lines.get())

    def end(self) -> None:
        self.summary.set_result('{"error": null}')
        self.lines.put_nowait(None)


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium, "QUIET_SECONDS", 0.02)
    monkeypatch.setattr(chromium, "ANSWER_SECONDS", 0.02)


async def test_a_quiet_agent_that_lives_is_waited_for() -> None:
    page, told = Page(agent := Worker()), []
    drive = asyncio.ensure_future(_drive(page, {}, told.append))  # type: ignore[arg-type]
    page.lines.put_nowait(["one", "two"])
    await asyncio.sleep(0.1)
    page.lines.put_nowait(["three"])
    page.end()
    assert await drive == {"error": None}
    assert told == ["one", "two", "three"]
    assert agent.asked >= 2


async def test_an_agent_that_does_not_answer_ends_the_run() -> None:
    page = Page(Worker(answers=False))
    with pytest.raises(ChromiumError, match="does not answer any more"):
        await asyncio.wait_for(_drive(page, {}, print), 5)  # type: ignore[arg-type]


async def test_an_agent_that_is_gone_ends_the_run() -> None:
    page = Page(Worker())
    drive = asyncio.ensure_future(_drive(page, {}, print))  # type: ignore[arg-type]
    page.lines.put_nowait(["one"])
    await asyncio.sleep(0)
    page.workers.clear()
    with pytest.raises(ChromiumError, match="is gone"):
        await asyncio.wait_for(drive, 5)


async def test_a_boot_that_takes_its_time_is_the_pages_own_care() -> None:
    page = Page()
    drive = asyncio.ensure_future(_drive(page, {}, print))  # type: ignore[arg-type]
    await asyncio.sleep(0.1)
    assert not drive.done()
    page.summary.set_exception(RuntimeError("stalled (phase python)"))
    with pytest.raises(ChromiumError, match="stalled"):
        await asyncio.wait_for(drive, 5)


@pytest.fixture
def booted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[ChromiumEngine, Path]:
    """An engine whose page takes the kept snapshot and then does nothing, and that snapshot."""

    @contextlib.asynccontextmanager
    async def page(engine: ChromiumEngine, exchange: SnapshotExchange) -> AsyncIterator[Page]:
        assert exchange.give("0-jspi.bin") == b"memory"
        yield Page(Worker(answers=False))

    monkeypatch.setattr(ChromiumEngine, "_page", page)
    (tmp_path / "0-jspi.bin").write_bytes(b"memory")
    return ChromiumEngine(tmp_path, tmp_path, tmp_path), tmp_path / "0-jspi.bin"


async def test_a_snapshot_whose_run_fails_is_kept_no_longer(booted: tuple[ChromiumEngine, Path]) -> None:
    engine, snapshot = booted
    with pytest.raises(ChromiumError, match="does not answer any more"):
        await asyncio.wait_for(engine.run({}, print), 5)
    assert not snapshot.exists()


async def test_a_run_that_is_interrupted_says_nothing_against_its_snapshot(
    booted: tuple[ChromiumEngine, Path],
) -> None:
    engine, snapshot = booted
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(engine.run({}, print), 0.01)
    assert snapshot.exists()
