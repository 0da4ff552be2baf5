"""The operations on the server's engine, in this process."""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from satchel.adapters.server.wasi.host import ServerProcessHost
from satchel.runtime.guest_environment import guest_environment
from satchel.runtime.process import AccessRequest, AuditRecord, Process, SpawnRequest
from satchel_build.benchmarks import operations
from satchel_build.benchmarks.operations import COMMANDS, SEQUENCE_SPAWNS, ToolCommand
from satchel_build.benchmarks.programs import PIPE_BLOCKS, program
from satchel_build.errors import BuildError

__all__ = ["ServerPrograms"]

_SPAWNS = 200
_PLACES = ("workspace", "tmp", "home")


class ServerPrograms:
    """Programs on `ServerProcessHost` (`Place`). `folder` holds the workload, `bundles` is the site's; what the host
    makes goes to `state`.
    """

    name = "server"

    def __init__(self, folder: Path, bundles: Path, state: Path) -> None:
        self._folder = folder
        for name in _PLACES[1:]:
            (state / name).mkdir()
        mounts = {
            "/workspace": str(folder),
            "/tmp": str(state / "tmp"),
            "/home/user": str(state / "home"),
        }
        self._host = ServerProcessHost(mounts, bundles, state / "compiled")
        # A thread of its own: this one has the browser driver's event loop.
        self._thread = ThreadPoolExecutor(1)
        self._runner = asyncio.Runner()
        for name in ("noop", "spin", "writer", "reader"):
            (folder / name).write_bytes(program(name))
            (folder / name).chmod(0o755)

    def measure(self, operation: str) -> Sequence[float]:
        """See `Place.measure`."""
        return self._thread.submit(self._runner.run, self._measure(operation)).result()

    def close(self) -> None:
        """End everything."""
        self._host.close()
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()

    async def _measure(self, operation: str) -> Sequence[float]:
        if operation in COMMANDS:
            return [await self._tool(COMMANDS[operation])]
        match operation:
            case operations.SPAWN:
                return [await self._spawn_to_exit() for _ in range(_SPAWNS)]
            case operations.SEQUENCE:
                return [sum([await self._spawn_to_exit() for _ in range(SEQUENCE_SPAWNS)])]
            case operations.PIPE:
                return [await self._pipe()]
            case operations.KILL:
                return [await self._kill()]
        return []

    async def _spawn_to_exit(self) -> float:
        started = time.perf_counter()
        process = await self._spawn("noop")
        status = await process.wait()
        milliseconds = (time.perf_counter() - started) * 1000
        _require(status.code == 0, f"noop ended with {status}")
        return milliseconds

    async def _pipe(self) -> float:
        started = time.perf_counter()
        requests = [_request(f"/workspace/{name}", name) for name in ("writer", "reader")]
        processes = await self._host.spawn_pipeline(requests, _refuse, _ignore)
        for process in processes:
            status = await process.wait()
            _require(status.code == 0, f"the pipe ended with {status}")
        return PIPE_BLOCKS * 65_536 / (time.perf_counter() - started) / 1e9

    async def _kill(self) -> float:
        spinning = await self._spawn("spin")
        await asyncio.sleep(0.02)
        started = time.perf_counter()
        spinning.kill()
        await spinning.wait()
        await self._spawn_to_exit()
        return (time.perf_counter() - started) * 1000

    async def _tool(self, command: ToolCommand) -> float:
        command.prepare(self._folder)
        started = time.perf_counter()
        request = _request(f"/usr/bin/{command.argv[0]}", *command.argv)
        process = await self._host.spawn(request, _refuse, _ignore)
        process.close_input()
        output = b""
        while chunk := await process.read("stdout"):
            output += chunk
        status = await process.wait()
        milliseconds = (time.perf_counter() - started) * 1000
        command.check(self.name, status.code, output)
        command.check_made(self._folder)
        return milliseconds

    async def _spawn(self, name: str) -> Process:
        return await self._host.spawn(_request(f"/workspace/{name}", name), _refuse, _ignore)


def _request(path: str, *argv: str) -> SpawnRequest:
    return SpawnRequest(path, argv, guest_environment("/workspace"))


async def _refuse(_: AccessRequest) -> bool:
    return False


def _ignore(_: AuditRecord) -> None:
    """What programs ask for is granted or not asked."""


def _require(condition: bool, text: str) -> None:
    if not condition:
        raise BuildError(f"On the server {text}.", "This is a fault of the benchmark or of the engine.")
