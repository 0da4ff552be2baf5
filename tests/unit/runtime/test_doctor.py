"""The doctor's checks: what a good host gives, and that each one finds the fault it is for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from satchel.adapters.memory.processes import Guest, MemoryProcessHost, Program
from satchel.base.clock import SystemClock
from satchel.base.jsonvalue import JsonObject
from satchel.runtime import doctor, probe_modules
from satchel.runtime.doctor import Check, examine_processes
from satchel.runtime.process import ExitStatus

_ROLES: dict[bytes, str] = {
    probe_modules.exits(7): "exits",
    probe_modules.copies(): "copies",
    probe_modules.spins(): "spins",
    probe_modules.grows(): "grows",
    probe_modules.floods(): "floods",
}
_MIB = 1 << 20


async def _exits(guest: Guest) -> int:
    return 7


async def _copies(guest: Guest) -> int:
    while data := await guest.stdin.read():
        await guest.stdout.write(data)
    return 0


async def _spins(guest: Guest) -> int:
    await asyncio.Event().wait()
    return 0


async def _grows(guest: Guest) -> int:
    return guest.request.limits.memory_bytes // _MIB


async def _floods(guest: Guest) -> int:
    for _ in range(guest.request.limits.output_bytes // 1024):
        await guest.stdout.write(b"x" * 1024)
    raise OutputLimitMetError


class OutputLimitMetError(Exception):
    """Told by the host below as the end it is."""


async def _too_much_memory(guest: Guest) -> int:
    return 200


async def _wrong_code(guest: Guest) -> int:
    return 8


async def _ends_by_itself(guest: Guest) -> int:
    return 0


async def _loses_bytes(guest: Guest) -> int:
    await guest.stdin.read()
    while await guest.stdin.read():
        pass
    return 0


async def _no_output_limit(guest: Guest) -> int:
    for _ in range(guest.request.limits.output_bytes // 1024 + 1):
        await guest.stdout.write(b"x" * 1024)
    return 0


class ProbeHost(MemoryProcessHost):
    """Runs, for each probe module, a program of the same behaviour (or of the faulty one given)."""

    def __init__(self, **faulty: Program) -> None:
        programs: dict[str, Program] = {
            "exits": _exits,
            "copies": _copies,
            "spins": _spins,
            "grows": _grows,
            "floods": _floods,
            **faulty,
        }

        async def probe(guest: Guest) -> int:
            assert guest.request.module is not None
            return await programs[_ROLES[guest.request.module]](guest)

        super().__init__({"probe.wasm": probe})

    def _start(self, *arguments: object) -> Process:  # type: ignore[override]
        return Process(super()._start(*arguments))  # type: ignore[arg-type]


class Process:
    """A process in memory whose output limit shows as one."""

    def __init__(self, process: object) -> None:
        self._process = process

    def __getattr__(self, name: str) -> object:
        return getattr(self._process, name)

    async def wait(self) -> ExitStatus:
        try:
            return await self._process.wait()  # type: ignore[attr-defined, no-any-return]
        except OutputLimitMetError:
            return ExitStatus(137, 9, "output")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_PATIENCE_SECONDS", 0.3)


async def _failed(host: ProbeHost) -> list[str]:
    return [check.name for check in await examine_processes(host, SystemClock()) if not check.ok]


async def test_a_good_host_passes_all() -> None:
    checks = await examine_processes(ProbeHost(), SystemClock())
    assert [check for check in checks if not check.ok] == []
    assert len(checks) == 6
    assert all(check.detail and not check.remedy for check in checks)


@pytest.mark.parametrize(
    ("role", "fault", "names"),
    [
        ("exits", _wrong_code, ["spawn and exit"]),
        ("copies", _loses_bytes, ["input and output"]),
        ("spins", _ends_by_itself, ["kill of a program that never pauses", "limit of running time"]),
        ("grows", _too_much_memory, ["limit of memory"]),
        ("floods", _no_output_limit, ["limit of output"]),
        ("exits", _spins, ["spawn and exit"]),
    ],
)
async def test_each_check_finds_the_fault_it_is_for(
    role: str, fault: Callable[[Guest], Coroutine[None, None, int]], names: list[str]
) -> None:
    assert await _failed(ProbeHost(**{role: fault})) == names


async def test_a_host_that_starts_nothing_is_told_with_what_it_said() -> None:
    checks = await examine_processes(MemoryProcessHost({}), SystemClock())
    assert [check.ok for check in checks] == [False] * 6
    assert all("command not found" in check.detail for check in checks)


def test_a_check_is_plain_data() -> None:
    expected: JsonObject = {"name": "n", "ok": False, "detail": "d", "remedy": "r", "optional": True}
    assert Check("n", False, "d", "r", optional=True).as_json() == expected


@pytest.mark.parametrize("module", [*_ROLES, probe_modules.answers()])
def test_probe_modules_are_modules(module: bytes) -> None:
    assert module[:8] == b"\0asm\x01\0\0\0"
    sections = []
    at = 8
    while at < len(module):
        size, shift, width = 0, 0, 1
        while True:
            byte = module[at + width]
            size |= (byte & 0x7F) << shift
            width, shift = width + 1, shift + 7
            if not byte & 0x80:
                break
        sections.append(module[at])
        at += width + size
    assert at == len(module)
    assert sections == sorted(sections)
