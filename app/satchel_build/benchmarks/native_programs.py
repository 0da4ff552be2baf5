"""The native twin: the same operations with this machine's own tools."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from satchel_build.benchmarks.operations import (
    COMMANDS,
    KILL,
    PIPE,
    SEQUENCE,
    SEQUENCE_SPAWNS,
    SPAWN,
    ToolCommand,
)
from satchel_build.benchmarks.programs import PIPE_BLOCKS
from satchel_build.errors import BuildError

__all__ = ["NativePrograms"]

_SPAWNS = 200
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PATH": os.environ.get("PATH", os.defpath)}


class NativePrograms:
    """Programs of this machine (`Place`). `folder` holds the workload."""

    name = "native"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._true = shutil.which("true") or "true"

    def measure(self, operation: str) -> Sequence[float]:
        """See `Place.measure`."""
        if operation in COMMANDS:
            return [self._tool(COMMANDS[operation])]
        simple: dict[str, Callable[[], list[float]]] = {
            SPAWN: lambda: [_milliseconds(self._run_true) for _ in range(_SPAWNS)],
            SEQUENCE: lambda: [_milliseconds(self._run_many)],
            PIPE: self._pipe,
            KILL: self._kill,
        }
        return simple[operation]() if operation in simple else []

    def _run_true(self) -> None:
        pid = os.posix_spawn(self._true, ["true"], {})
        if os.waitpid(pid, 0)[1] != 0:
            raise BuildError("true has failed.", "Look at what `true` is here.")

    def _run_many(self) -> None:
        for _ in range(SEQUENCE_SPAWNS):
            self._run_true()

    def _pipe(self) -> list[float]:
        started = time.perf_counter()
        block = ["bs=64K", "status=none"]
        writing = ["dd", "if=/dev/zero", f"count={PIPE_BLOCKS}", *block]
        with subprocess.Popen(writing, stdout=subprocess.PIPE, env=_ENVIRONMENT) as writer:
            subprocess.run(["dd", "of=/dev/null", *block], stdin=writer.stdout, check=True, env=_ENVIRONMENT)
        return [PIPE_BLOCKS * 65_536 / (time.perf_counter() - started) / 1e9]

    def _tool(self, command: ToolCommand) -> float:
        command.prepare(self._folder)
        started = time.perf_counter()
        result = subprocess.run(
            command.argv, cwd=self._folder, env=_ENVIRONMENT, stdout=subprocess.PIPE, check=False
        )
        milliseconds = (time.perf_counter() - started) * 1000
        command.check(self.name, result.returncode, result.stdout)
        command.check_made(self._folder)
        return milliseconds

    def _kill(self) -> list[float]:
        with subprocess.Popen(["sh", "-c", "while :; do :; done"]) as spinning:
            time.sleep(0.02)
            started = time.perf_counter()
            spinning.kill()
            spinning.wait()
            self._run_true()
            return [(time.perf_counter() - started) * 1000]


def _milliseconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000
