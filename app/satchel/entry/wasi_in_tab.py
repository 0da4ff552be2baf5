"""`satchel wasi --engine browser`, the half on this machine; `entry.browser_wasi` is the other one."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping, Sequence
from typing import Literal, cast

from satchel.adapters.server.chromium import ChromiumError, Send
from satchel.adapters.server.standard_streams import standard_input, write_blocking
from satchel.base.jsonvalue import JsonObject, JsonValue, loads
from satchel.entry.chromium_here import chromium_on
from satchel.entry.directory_image import read_image, write_image
from satchel.entry.settings import Settings
from satchel.entry.wasi_command import OUTPUTS, WasiOptions
from satchel.runtime.process import ExitStatus

_INPUT_AHEAD = 1 << 20
"""Bytes of input that may be on the way to the tab: a program that reads nothing must not fill its memory."""


async def run(options: WasiOptions, module: bytes, settings: Settings) -> ExitStatus:
    """Run it on the built site, its directories carried over and back. Raises SatchelError."""
    chromium = chromium_on(settings)
    images = [read_image(str(host)) for host, _ in options.directories]
    message: JsonObject = {
        "type": "wasi.start",
        "module": base64.b64encode(module).decode("ascii"),
        "program": options.module.name,
        "argv": list(options.argv),
        "env": [list(pair) for pair in options.env],
        "directories": [
            {"guest": guest, "image": image}
            for (_, guest), image in zip(options.directories, images, strict=True)
        ],
    }
    streams = _TabStreams()
    summary = await chromium.run(message, streams.take, streams.feed)
    if summary.get("error") is not None:
        raise ChromiumError(f"The module could not be run: {summary['error']}")
    for (host, _), before, after in zip(
        options.directories, images, cast("Sequence[str]", summary["images"]), strict=True
    ):
        write_image(str(host), after, before)
    return ExitStatus(
        cast(int, summary["code"]),
        cast(int, summary["signal"]),
        cast("Literal['exit']", summary["cause"]),
        str(summary["detail"]),
    )


class _TabStreams:
    """Standard streams of this process on one side, messages to and from the tab on the other."""

    def __init__(self) -> None:
        self._on_the_way = 0
        self._taken = asyncio.Event()

    def take(self, line: str) -> None:
        """An event of `entry.browser_wasi`."""
        event = cast("Mapping[str, JsonValue]", loads(line))
        if "taken" in event:
            self._on_the_way -= cast(int, event["taken"])
            self._taken.set()
            return
        write_blocking(OUTPUTS[str(event["stream"])], base64.b64decode(str(event["data"])))

    async def feed(self, send: Send) -> None:
        """Standard input, as fast as it is taken."""
        async for data in standard_input():
            while self._on_the_way >= _INPUT_AHEAD:
                self._taken.clear()
                await self._taken.wait()
            self._on_the_way += len(data)
            await send({"type": "wasi.input", "data": base64.b64encode(data).decode("ascii")})
        await send({"type": "wasi.input", "data": ""})
