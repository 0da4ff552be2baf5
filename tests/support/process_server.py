"""Runs cases of `tests/conformance/wasi` on the server's process host, each in fresh directories."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from satchel.adapters.server.wasi.host import ServerProcessHost
from satchel.base.errors import SatchelError
from satchel.base.limits import ProcessLimits
from satchel.runtime.process import AccessRequest, AuditRecord, Preopen, Process, SpawnRequest, Stream
from tests.conformance.wasi.case_files import Case, Entry
from tests.conformance.wasi.manifest import manifest_of
from tests.conformance.wasi.outcome import Outcome
from tests.conformance.wasi.programs import program

SECONDS = 60.0


async def _refuse(_: AccessRequest) -> bool:
    return False


def _ignore(_: AuditRecord) -> None:
    pass


async def run_on_server(case: Case, cache: Path) -> Outcome:
    """One case. `cache` is a directory for compiled modules that lasts longer than the case."""
    with tempfile.TemporaryDirectory(prefix="case-") as folder:
        places = {
            name: str(Path(folder, name.strip("/").replace("/", "-")))
            for name in ("/workspace", "/tmp", "/home/user")
        }
        for place in places.values():
            os.mkdir(place, 0o755)
        before = os.umask(0)
        try:
            _put(Path(places["/workspace"]), case.before)
        finally:
            os.umask(before)
        host = ServerProcessHost(places, None, cache)
        try:
            return await _run(case, host, places["/workspace"])
        finally:
            host.close()


async def _run(case: Case, host: ServerProcessHost, workspace: str) -> Outcome:
    request = SpawnRequest(
        program=case.program,
        argv=case.argv,
        env=dict(pair.split("=", 1) for pair in case.env),
        cwd="/workspace" if case.place == "root" else "/",
        module=program(case.program),
        preopens=(Preopen("/") if case.place == "root" else Preopen("/", workspace),),
        limits=ProcessLimits(**case.limits),  # type: ignore[arg-type]
    )
    try:
        process = await host.spawn(request, _refuse, _ignore)
    except SatchelError as error:
        return Outcome(error=str(error))
    timer = asyncio.get_running_loop().call_later(SECONDS, process.kill)
    feeding = asyncio.ensure_future(_feed(process, case.stdin))
    stdout, stderr, status = await asyncio.gather(
        _all_of(process, "stdout"), _all_of(process, "stderr"), process.wait()
    )
    timer.cancel()
    await feeding
    left: Mapping[str, int] = {}
    for _ in range(100):
        left = {"processes": host.stats()["processes"]}
        if not any(left.values()):
            break
        await asyncio.sleep(0.01)
    after = {entry.path: _content(Path(workspace, entry.path)) for entry in case.after}
    ends = (status.code, status.signal, status.cause, status.detail)
    return Outcome(stdout, stderr, *ends, after, manifest_of(Path(workspace)), left)


async def _feed(process: Process, data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):
        if data:
            await process.write(data)
    process.close_input()


async def _all_of(process: Process, stream: Stream) -> bytes:
    chunks = []
    while chunk := await process.read(stream):
        chunks.append(chunk)
    return b"".join(chunks)


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() and not path.is_symlink() else None


def _put(root: Path, entries: tuple[Entry, ...]) -> None:
    for entry in entries:
        path = root / entry.path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        if entry.kind == "dir":
            path.mkdir(mode=entry.mode)
        elif entry.kind == "link":
            path.symlink_to(entry.content.decode())
        else:
            path.write_bytes(program(entry.content.decode()) if entry.kind == "program" else entry.content)
            path.chmod(entry.mode)
