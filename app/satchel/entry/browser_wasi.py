"""`satchel wasi --engine browser`, the half in the tab: one module, its directories in and out, its streams as they
come.

What it writes goes to the driver as events `{"stream", "data"}`, data in base64; `{"taken": n}` tells how many bytes
of the input went into its pipe. The summary at the end:

    error      why it could not be run, or null; then the rest is empty
    code, signal, cause, detail     how it ended, as `runtime.process.ExitStatus`
    images     what became of the directories, in their order (`entry.directory_image`)
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, cast

from satchel.base.errors import InputError
from satchel.base.jsonvalue import JsonObject, JsonValue
from satchel.entry.compose import HostPorts
from satchel.entry.directory_image import Marks, marks_of, read_image, write_image
from satchel.entry.module_run import MODULE_LIMITS
from satchel.runtime.process import AccessRequest, ExitStatus, Preopen, Process, SpawnRequest, Stream

OnEvent: TypeAlias = Callable[[JsonObject], None]
_PLACE = "/workspace"


class WasiRun:
    """Runs one module for a driver."""

    def __init__(self, ports: HostPorts, on_event: OnEvent) -> None:
        self._ports = ports
        self._on_event = on_event
        self._input: asyncio.Queue[bytes] = asyncio.Queue()

    def take_input(self, data: str) -> None:
        """The next piece of standard input, in base64; nothing is its end."""
        self._input.put_nowait(base64.b64decode(data))

    async def run(self, message: Mapping[str, JsonValue]) -> JsonObject:
        """Run what a `WasiStartMessage` asks for, to its end; the summary. Raises SatchelError."""
        if self._ports.process_host is None:
            raise InputError(
                "wasi.no_processes", "Programs cannot run in this browser.", "Use the server engine."
            )
        project = await self._ports.project_store.create("wasi")
        storage = await self._ports.project_store.open(project)
        host = self._ports.process_host(storage.root)
        try:
            directories = cast("Sequence[Mapping[str, JsonValue]]", message.get("directories", ()))
            places = [
                _unpack(storage.root, number, str(directory["image"]))
                for number, directory in enumerate(directories)
            ]
            marks = [marks_of(f"{storage.root}{place}") for place in places]
            preopens = tuple(
                Preopen(str(directory["guest"]), place)
                for directory, place in zip(directories, places, strict=True)
            )
            request = _request(message, preopens)
            process = await host.spawn(request, _allow, lambda _: None)
            status = await self._serve(process)
            return {
                "error": None,
                "code": status.code,
                "signal": status.signal,
                "cause": status.cause,
                "detail": status.detail,
                "images": [
                    _pack(storage.root, place, mark) for place, mark in zip(places, marks, strict=True)
                ],
            }
        finally:
            host.close()

    async def _serve(self, process: Process) -> ExitStatus:
        feeding = asyncio.ensure_future(self._feed(process))
        try:
            _, _, status = await asyncio.gather(
                self._pass_on(process, "stdout"), self._pass_on(process, "stderr"), process.wait()
            )
            return status
        finally:
            feeding.cancel()

    async def _feed(self, process: Process) -> None:
        with contextlib.suppress(BrokenPipeError):
            while data := await self._input.get():
                await process.write(data)
                self._on_event({"taken": len(data)})
        process.close_input()

    async def _pass_on(self, process: Process, stream: Stream) -> None:
        while data := await process.read(stream):
            self._on_event({"stream": stream, "data": base64.b64encode(data).decode("ascii")})


def _request(message: Mapping[str, JsonValue], preopens: tuple[Preopen, ...]) -> SpawnRequest:
    env = cast("Sequence[tuple[str, str]]", message.get("env", ()))
    return SpawnRequest(
        str(message["program"]),
        tuple(cast("Sequence[str]", message["argv"])),
        dict(env),
        cwd="/",
        module=base64.b64decode(str(message["module"])),
        preopens=preopens,
        limits=MODULE_LIMITS,
    )


def _unpack(root: str, number: int, image: str) -> str:
    place = f"{_PLACE}/{number}"
    os.mkdir(f"{root}{place}")
    write_image(f"{root}{place}", image)
    return place


def _pack(root: str, place: str, marks: Marks) -> str:
    return read_image(f"{root}{place}", marks)


async def _allow(_: AccessRequest) -> bool:
    return True
