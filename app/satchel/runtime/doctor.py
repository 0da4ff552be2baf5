"""What programs can do here, and whether the limits on them hold: each line measured by doing it.

What differs between hosts (storage, isolation, what is installed) is measured by the adapters, in the same form.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from satchel.base.clock import Clock
from satchel.base.errors import SatchelError
from satchel.base.jsonvalue import JsonObject
from satchel.base.limits import KIB, MIB, ProcessLimits
from satchel.runtime import probe_modules
from satchel.runtime.process import AccessRequest, ExitStatus, ProcessHost, SpawnRequest

_PATIENCE_SECONDS = 10.0
_RUNS = 20
_EXIT_CODE = 7
_MEMORY_MIB = 16
_OUTPUT_BYTES = 256 * KIB
_STREAMED_BYTES = 512 * KIB
_WALL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried. Without what is `optional` less is possible, and all else works. `detail` is what was
    seen; `remedy` what to do, empty when all is well or nothing can be done.
    """

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    optional: bool = False

    def as_json(self) -> JsonObject:
        """Its fields."""
        return {
            "name": self.name,
            "ok": self.ok,
            "detail": self.detail,
            "remedy": self.remedy,
            "optional": self.optional,
        }


class _Unmet(Exception):  # noqa: N818 - a private signal of this module
    """What was tried went otherwise."""


Found: TypeAlias = Callable[[Check], None]
"""Told of each check as soon as it is done."""


async def examine_processes(
    host: ProcessHost, clock: Clock, found: Found = lambda _: None
) -> tuple[Check, ...]:
    """Start, kill, and meet each limit. Takes seconds; never raises."""
    probe = _Probe(host, clock)
    tries: tuple[tuple[str, Callable[[], Awaitable[str]]], ...] = (
        ("spawn and exit", probe.spawn),
        ("input and output", probe.streams),
        ("kill of a program that never pauses", probe.kill),
        ("limit of running time", probe.wall_limit),
        ("limit of memory", probe.memory_limit),
        ("limit of output", probe.output_limit),
    )
    checks = []
    for name, probed in tries:
        checks.append(await _tried(name, probed))
        found(checks[-1])
    return tuple(checks)


async def _tried(name: str, check: Callable[[], Awaitable[str]]) -> Check:
    try:
        detail = await asyncio.wait_for(check(), 2 * _PATIENCE_SECONDS)
    except _Unmet as unmet:
        return Check(name, False, str(unmet), "Please report this with the browser's or machine's name.")
    except SatchelError as error:
        return Check(name, False, error.message, error.remedy)
    except TimeoutError:
        return Check(
            name, False, f"nothing happened in {2 * _PATIENCE_SECONDS:.0f} s", "Try it again when idle."
        )
    except Exception as error:  # noqa: BLE001 - a doctor reports what is broken
        return Check(name, False, f"{type(error).__name__}: {error}")
    return Check(name, True, detail)


class _Probe:
    def __init__(self, host: ProcessHost, clock: Clock) -> None:
        self._host = host
        self._clock = clock

    async def spawn(self) -> str:
        """Programs start, and end with the code they give."""
        times = []
        for _ in range(_RUNS + 1):
            start = self._clock.monotonic()
            status = await self._run(probe_modules.exits(_EXIT_CODE))
            times.append((self._clock.monotonic() - start) * 1000)
            if (status.code, status.cause) != (_EXIT_CODE, "exit"):
                raise _Unmet(f"a program that exits with {_EXIT_CODE} ended as {_described(status)}")
        # The module `statistics` would bring a quarter of the standard library into the tab.
        median = sorted(times[1:])[_RUNS // 2]
        return f"median {median:.2f} ms of {_RUNS}, the first {times[0]:.0f} ms"

    async def streams(self) -> str:
        """What goes into a program comes out of it, all and in order."""
        data = bytes(range(256)) * (_STREAMED_BYTES // 256)
        process = await self._host.spawn(_request(probe_modules.copies(), ProcessLimits()), _refuse, _ignore)
        start = self._clock.monotonic()

        async def feed() -> None:
            await process.write(data)
            process.close_input()

        feeding = asyncio.ensure_future(feed())
        copied = b""
        while piece := await process.read("stdout"):
            copied += piece
        await feeding
        status = await process.wait()
        if copied != data or status.code != 0:
            raise _Unmet(
                f"{len(copied)} of {len(data)} bytes came back, and it ended as {_described(status)}"
            )
        rate = len(data) / MIB / (self._clock.monotonic() - start)
        return f"{len(data) // KIB} KiB in and out again, {rate:.0f} MiB/s"

    async def kill(self) -> str:
        """A kill ends a program that computes without a pause."""
        process = await self._host.spawn(_request(probe_modules.spins(), ProcessLimits()), _refuse, _ignore)
        await self._clock.sleep(0.05)
        start = self._clock.monotonic()
        process.kill()
        status = await asyncio.wait_for(process.wait(), _PATIENCE_SECONDS)
        if status.signal != 9:
            raise _Unmet(f"it ended as {_described(status)}")
        return f"ended {(self._clock.monotonic() - start) * 1000:.1f} ms after it"

    async def wall_limit(self) -> str:
        """The wall limit ends the same program."""
        start = self._clock.monotonic()
        status = await self._run(probe_modules.spins(), wall_seconds=_WALL_SECONDS)
        took = self._clock.monotonic() - start
        if status.cause != "wall":
            raise _Unmet(f"it ended as {_described(status)}")
        return f"{_WALL_SECONDS} s: ended after {took:.2f} s"

    async def memory_limit(self) -> str:
        """No more memory than allowed can be taken."""
        status = await self._run(probe_modules.grows(), memory_bytes=_MEMORY_MIB * MIB)
        if status.cause == "memory":
            return f"{_MEMORY_MIB} MiB: ended at it"
        if status.cause != "exit" or status.code > _MEMORY_MIB:
            raise _Unmet(f"of {_MEMORY_MIB} MiB allowed it got {status.code}: {_described(status)}")
        return f"{_MEMORY_MIB} MiB: got {status.code} MiB and then no more"

    async def output_limit(self) -> str:
        """No more output than allowed is taken."""
        request = _request(probe_modules.floods(), replace(ProcessLimits(), output_bytes=_OUTPUT_BYTES))
        process = await self._host.spawn(request, _refuse, _ignore)
        size = 0
        while data := await process.read("stdout"):
            size += len(data)
        status = await process.wait()
        if status.cause != "output" or size > _OUTPUT_BYTES:
            raise _Unmet(f"{size} bytes came, and it ended as {_described(status)}")
        return f"{_OUTPUT_BYTES // KIB} KiB: ended at it, {size // KIB} KiB came"

    async def _run(self, module: bytes, **limits: float) -> ExitStatus:
        request = _request(module, replace(ProcessLimits(), **limits))  # type: ignore[arg-type]
        process = await self._host.spawn(request, _refuse, _ignore)
        try:
            return await asyncio.wait_for(process.wait(), _PATIENCE_SECONDS)
        except BaseException:
            process.kill()
            raise


def _request(module: bytes, limits: ProcessLimits) -> SpawnRequest:
    return SpawnRequest("probe.wasm", ("probe.wasm",), {}, cwd="/", module=module, limits=limits)


def _described(status: ExitStatus) -> str:
    detail = f" ({status.detail})" if status.detail else ""
    return f"{status.cause} {status.code}{detail}"


async def _refuse(_: AccessRequest) -> bool:
    return False


def _ignore(_: object) -> None:
    pass
