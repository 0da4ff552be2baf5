"""`satchel wasi`: one WASI module on either engine, with the streams, directories and environment that it is given.

Output goes on as it comes and input as it is wanted, both as bytes. Nothing is given that was not asked for: no
directory, no variable. The exit status is the module's; 128 + N when a signal ended it (134: it trapped).
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, cast

from satchel.adapters.server.chromium import ChromiumError, Send
from satchel.adapters.server.standard_streams import standard_input, write_all
from satchel.base.errors import InputError
from satchel.base.jsonvalue import JsonObject, JsonValue, loads
from satchel.entry.browser_engine import BrowserEngine
from satchel.entry.directory_image import read_image, write_image
from satchel.entry.module_run import MODULE_LIMITS
from satchel.entry.server import developer_host
from satchel.entry.settings import Settings
from satchel.runtime.process import AccessRequest, ExitStatus, Preopen, Process, SpawnRequest, Stream
from satchel.runtime.signals import signal_name

Engine: TypeAlias = Literal["server", "browser"]

_MAGIC = b"\0asm"
_OUTPUTS: Mapping[str, int] = {"stdout": 1, "stderr": 2}
_SIGPIPE = 13
_INPUT_AHEAD = 1 << 20
"""Bytes of input that may be on the way to the tab: a program that reads nothing must not fill its memory."""


@dataclass(frozen=True, slots=True)
class WasiOptions:
    """What the command line asked for. `directories` are (directory of this machine, guest path)."""

    module: Path
    arguments: tuple[str, ...]
    directories: tuple[tuple[Path, str], ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    engine: Engine = "server"


def parse_directory(text: str) -> tuple[Path, str]:
    """`HOST::GUEST`, or `HOST` alone for the same path on both sides. Raises InputError."""
    host, separator, guest = text.partition("::")
    if not host or (separator and not guest):
        raise InputError(
            "wasi.bad_directory", f"--dir {text!r} names no directory.", "Write --dir HOST::GUEST."
        )
    if not os.path.isdir(host):
        raise InputError("wasi.no_directory", f"{host} is not a directory.", "Give --dir an existing one.")
    return Path(host), guest or host


def parse_variable(text: str) -> tuple[str, str]:
    """`NAME=VALUE`. Raises InputError."""
    name, separator, value = text.partition("=")
    if not name or not separator:
        raise InputError("wasi.bad_variable", f"--env {text!r} is not NAME=VALUE.", "Give it a value.")
    return name, value


async def run_module(options: WasiOptions, settings: Settings) -> int:
    """Run it to its end and give the exit status. Raises SatchelError for what cannot be run at all."""
    module = _read_module(options.module)
    run = _run_in_browser if options.engine == "browser" else _run_here
    try:
        status = await run(options, module, settings)
    except BrokenPipeError:  # Nobody reads our output; as any program that is written to a closed pipe.
        return 128 + _SIGPIPE
    if status.cause not in ("exit", "signal") and status.detail:
        print(f"satchel: {options.module}: {status.detail}", file=sys.stderr)
    elif status.signal and status.signal != _SIGPIPE and status.detail:
        print(f"satchel: {options.module}: {signal_name(status.signal)}: {status.detail}", file=sys.stderr)
    return status.code


def _read_module(path: Path) -> bytes:
    try:
        module = path.read_bytes()
    except OSError as error:
        raise InputError(
            "wasi.no_module", f"{path}: {error.strerror}.", "Give the path of a .wasm file."
        ) from error
    if not module.startswith(_MAGIC):
        raise InputError(
            "wasi.not_a_module", f"{path} is not a WebAssembly module.", "It has to be a binary one."
        )
    return module


def _argv(options: WasiOptions) -> tuple[str, ...]:
    return options.module.name, *options.arguments


# --- The server engine --------------------------------------------------------------------------------------


async def _run_here(options: WasiOptions, module: bytes, settings: Settings) -> ExitStatus:
    request = SpawnRequest(
        options.module.name,
        _argv(options),
        dict(options.env),
        cwd="/",
        module=module,
        preopens=tuple(Preopen(guest, str(host)) for host, guest in options.directories),
        limits=MODULE_LIMITS,
    )
    with developer_host(settings) as host:
        process = await host.spawn(request, _allow, lambda _: None)
        feeding = asyncio.ensure_future(_feed(process))
        try:
            _, _, status = await asyncio.gather(
                _pass_on(process, "stdout"), _pass_on(process, "stderr"), process.wait()
            )
            return status
        finally:
            process.kill()
            feeding.cancel()


async def _feed(process: Process) -> None:
    with contextlib.suppress(BrokenPipeError):
        async for data in standard_input():
            await process.write(data)
    process.close_input()


async def _pass_on(process: Process, stream: Stream) -> None:
    while data := await process.read(stream):
        try:
            await write_all(_OUTPUTS[stream], data)
        except BrokenPipeError:  # Nobody reads our output: neither does anybody the program's.
            process.kill(_SIGPIPE)
            return


async def _allow(_: AccessRequest) -> bool:
    return True


# --- The browser engine -------------------------------------------------------------------------------------


async def _run_in_browser(options: WasiOptions, module: bytes, settings: Settings) -> ExitStatus:
    engine = BrowserEngine.on(settings)
    images = [read_image(str(host)) for host, _ in options.directories]
    message: JsonObject = {
        "type": "wasi.start",
        "module": base64.b64encode(module).decode("ascii"),
        "program": options.module.name,
        "argv": list(_argv(options)),
        "env": [list(pair) for pair in options.env],
        "directories": [
            {"guest": guest, "image": image}
            for (_, guest), image in zip(options.directories, images, strict=True)
        ],
    }
    streams = _TabStreams()
    summary = await engine.chromium.run(message, streams.take, streams.feed)
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
        view = memoryview(base64.b64decode(str(event["data"])))
        while view:
            view = view[os.write(_OUTPUTS[str(event["stream"])], view) :]

    async def feed(self, send: Send) -> None:
        """Standard input, as fast as it is taken."""
        async for data in standard_input():
            while self._on_the_way >= _INPUT_AHEAD:
                self._taken.clear()
                await self._taken.wait()
            self._on_the_way += len(data)
            await send({"type": "wasi.input", "data": base64.b64encode(data).decode("ascii")})
        await send({"type": "wasi.input", "data": ""})
