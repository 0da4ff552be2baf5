"""Standard streams as bytes, also where whoever shares them has made them non-blocking."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import suppress

import pytest

from satchel.adapters.server.standard_streams import standard_input, write_all

pytestmark = pytest.mark.host_only("threads and pipes of the operating system")

PIECE = b"0123456789abcdef" * 4096


@pytest.fixture(params=[True, False], ids=["blocking", "non-blocking"])
def pipe(request: pytest.FixtureRequest) -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    for end in ends:
        os.set_blocking(end, request.param)
    yield ends
    for end in ends:
        with suppress(OSError):
            os.close(end)


async def test_input_comes_as_it_is_written_until_its_end(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    pieces = standard_input(reader)
    for word in (b"one", b"two"):
        coming = asyncio.ensure_future(anext(pieces))
        await asyncio.sleep(0.05)
        os.write(writer, word)
        assert await asyncio.wait_for(coming, 10) == word
    os.close(writer)
    assert [piece async for piece in pieces] == []


async def test_all_is_written_however_slowly_it_is_read(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    writing = asyncio.ensure_future(write_all(writer, PIECE * 16))
    await asyncio.sleep(0.1)
    assert not writing.done(), "more than a pipe holds"
    os.set_blocking(reader, True)
    read = b""
    while len(read) < len(PIECE) * 16:
        read += await asyncio.to_thread(os.read, reader, 50_000)
    await writing
    assert read == PIECE * 16


async def test_nobody_reads_any_more(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    os.close(reader)
    with pytest.raises(BrokenPipeError):
        await write_all(writer, b"x")
