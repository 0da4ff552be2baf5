"""A project's directories, a host on them, and running scripts there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from satchel.adapters.server.wasi.host import ServerProcess, ServerProcessHost
from satchel.runtime.process import AccessRequest, AuditRecord, ExitStatus, Preopen, SpawnRequest
from tests.unit.adapters.wasi.guest_script import Result, Script

PLACES = {"/workspace": "workspace", "/tmp": "tmp", "/home/user": "home"}


@dataclass(slots=True)
class Guests:
    """Starts programs and collects what comes of them. `answers` are given to questions, in order, then False."""

    root: Path
    host: ServerProcessHost
    answers: list[bool] = field(default_factory=list)
    asked: list[AccessRequest] = field(default_factory=list)
    refused: list[AuditRecord] = field(default_factory=list)

    @property
    def workspace(self) -> Path:
        return self.root / "workspace"

    def install(self, name: str, wasm: bytes | str, mode: int = 0o755) -> str:
        """Put a program into the workspace; its guest path."""
        path = self.workspace / name
        path.write_bytes(wasm.encode() if isinstance(wasm, str) else wasm)
        path.chmod(mode)
        return f"/workspace/{name}"

    async def start(self, request: SpawnRequest) -> ServerProcess:
        return await self.host.spawn(request, self._decide, self.refused.append)

    async def start_pipeline(self, requests: Sequence[SpawnRequest]) -> Sequence[ServerProcess]:
        return await self.host.spawn_pipeline(requests, self._decide, self.refused.append)

    async def run(self, request: SpawnRequest, stdin: bytes = b"") -> Ended:
        return await finish(await self.start(request), stdin)

    async def script(self, script: Script, request: SpawnRequest | None = None) -> Result:
        """Run a script to its end, on the guest tree unless the request says otherwise."""
        ended = await self.run(request or script_request(script))
        assert ended.status == ExitStatus(0), ended
        return script.result(ended.stdout)

    def confined(self, script: Script, *, writable: bool = True) -> SpawnRequest:
        """A request that gives a script the workspace as a developer's directory `/`."""
        preopen = Preopen("/", str(self.workspace), writable)
        return script_request(script, preopens=(preopen,))

    async def _decide(self, request: AccessRequest) -> bool:
        self.asked.append(request)
        return self.answers.pop(0) if self.answers else False


@dataclass(frozen=True, slots=True)
class Ended:
    """What a program wrote, and how it ended."""

    status: ExitStatus
    stdout: bytes
    stderr: bytes


def script_request(script: Script, **changes: object) -> SpawnRequest:
    """A request to run a script."""
    return request_of(script.wasm(), **changes)


def request_of(wasm: bytes, **changes: object) -> SpawnRequest:
    """A request to run a module that comes as bytes."""
    return SpawnRequest("script", ("script",), {}, module=wasm, **changes)  # type: ignore[arg-type]


async def finish(process: ServerProcess, stdin: bytes = b"") -> Ended:
    """Give a program its input, read all it writes, wait for its end."""

    async def feed() -> None:
        try:
            await process.write(stdin)
        except BrokenPipeError:
            return
        process.close_input()

    feeding = asyncio.ensure_future(feed())
    stdout, stderr = await asyncio.gather(read_all(process, "stdout"), read_all(process, "stderr"))
    status = await process.wait()
    await feeding
    return Ended(status, stdout, stderr)


async def read_all(process: ServerProcess, stream: str) -> bytes:
    """All that is written to a stream until its end."""
    parts: list[bytes] = []
    while part := await process.read("stdout" if stream == "stdout" else "stderr"):
        parts.append(part)
    return b"".join(parts)
