"""`satchel wasi`: one WASI module on either engine, with the streams, directories and environment that it is given.

Output goes on as it comes and input as it is wanted, both as bytes. Nothing is given that was not asked for: no
directory, no variable. The exit status is the module's; 128 + N when a signal ended it (134: it trapped).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, cast

from satchel.adapters.server.standard_streams import standard_input, write_all
from satchel.base.errors import InputError
from satchel.entry.module_run import MODULE_LIMITS
from satchel.entry.process_engine import developer_host
from satchel.entry.settings import Settings
from satchel.runtime.process import AccessRequest, ExitStatus, Preopen, Process, SpawnRequest, Stream
from satchel.runtime.signals import signal_name

Engine: TypeAlias = Literal["server", "browser"]

_MAGIC = b"\0asm"
OUTPUTS: Mapping[str, int] = {"stdout": 1, "stderr": 2}
_SIGPIPE = 13


@dataclass(frozen=True, slots=True)
class WasiOptions:
    """What the command line asked for. `directories` are (directory of this machine, guest path)."""

    module: Path
    arguments: tuple[str, ...]
    directories: tuple[tuple[Path, str], ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    engine: Engine = "server"
    argv0: str | None = None

    @property
    def argv(self) -> tuple[str, ...]:
        """What the program finds as its arguments, its own name first: `argv0`, or else the module's."""
        return self.module.name if self.argv0 is None else self.argv0, *self.arguments


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


async def main(options: argparse.Namespace, settings: Settings) -> int:
    """Run what the command line asks for and give the exit status. Raises SatchelError."""
    return await run_module(_options(options), settings)


def _options(options: argparse.Namespace) -> WasiOptions:
    words = options.program[options.program[:1] == ["--"] :]
    if not words:
        raise InputError(
            "wasi.no_module", "No module was named.", "Write: satchel wasi -- MODULE [ARGUMENT]..."
        )
    return WasiOptions(
        module=Path(words[0]),
        arguments=tuple(words[1:]),
        directories=tuple(map(parse_directory, options.dir)),
        env=tuple(map(parse_variable, options.env)),
        engine=options.engine,
        argv0=options.argv0,
    )


async def run_module(options: WasiOptions, settings: Settings) -> int:
    """Run it to its end and give the exit status. Raises SatchelError for what cannot be run at all."""
    module = _read_module(options.module)
    try:
        if options.engine == "browser":  # What drives it takes a while to import.
            tab = importlib.import_module("satchel.entry.wasi_in_tab")
            status = cast(ExitStatus, await tab.run(options, module, settings))
        else:
            status = await _run_here(options, module, settings)
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


# --- The server engine --------------------------------------------------------------------------------------


async def _run_here(options: WasiOptions, module: bytes, settings: Settings) -> ExitStatus:
    request = SpawnRequest(
        options.module.name,
        options.argv,
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
            await write_all(OUTPUTS[stream], data)
        except BrokenPipeError:  # Nobody reads our output: neither does anybody the program's.
            process.kill(_SIGPIPE)
            return


async def _allow(_: AccessRequest) -> bool:
    return True
