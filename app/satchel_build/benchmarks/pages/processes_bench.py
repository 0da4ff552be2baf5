"""Runs in Pyodide: the project that programs work on, and what a program costs where Python awaits it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from satchel.adapters.browser.bridge import JsBytes, JsProcesses, JsProjects
from satchel.adapters.browser.processes import BrowserProcessHost, installed_commands
from satchel.adapters.browser.project_store import BrowserProjectStore
from satchel.base.clock import SystemClock
from satchel.base.ids import Uuid7Source
from satchel.runtime.guest_environment import guest_environment
from satchel.runtime.process import AccessRequest, AuditRecord, SpawnRequest
from satchel_build.benchmarks.workload import TREE_FILES, write_workload


class Storage(Protocol):
    """The object that `product.js` makes."""

    projects: JsProjects


class Modules(Protocol):
    """The benchmark's programs by name."""

    def object_entries(self) -> list[tuple[str, JsBytes]]:
        """All of them."""


class Project:
    """A project with the workload in it, and its programs."""

    def __init__(self, workspace: Path, host: BrowserProcessHost) -> None:
        self._workspace = workspace
        self._host = host

    @staticmethod
    async def open(storage: Storage, processes: JsProcesses, modules: Modules) -> Project:
        """Make a project, fill it, and begin to run programs on it."""
        clock = SystemClock()
        store = BrowserProjectStore(storage.projects, clock, Uuid7Source(clock))
        opened = await store.open(await store.create("bench"))
        workspace = Path(opened.root, "workspace")
        write_workload(workspace)
        for name, data in modules.object_entries():
            (workspace / name).write_bytes(data.to_bytes())
            (workspace / name).chmod(0o755)
        opened.flush()
        host = BrowserProcessHost(processes, opened.root, await installed_commands(processes))
        return Project(workspace, host)

    def empty_folder(self, name: str) -> None:
        """Have an empty folder of that name."""
        shutil.rmtree(self._workspace / name, ignore_errors=True)
        os.mkdir(self._workspace / name)

    def is_filled(self, name: str) -> bool:
        """Whether a folder has the files that were to be made in it."""
        return len(os.listdir(self._workspace / name)) == TREE_FILES

    async def spawns(self, count: int) -> list[float]:
        """Milliseconds that each of `count` programs took, from the request to its awaited end."""
        samples = []
        environment: Mapping[str, str] = guest_environment("/workspace")
        for _ in range(count):
            started = time.perf_counter()
            request = SpawnRequest("/workspace/noop", ("noop",), environment)
            process = await self._host.spawn(request, _refuse, _ignore)
            status = await process.wait()
            samples.append((time.perf_counter() - started) * 1000)
            if status.code != 0:
                raise RuntimeError(f"noop ended with {status}")
        return samples


async def _refuse(_: AccessRequest) -> bool:
    return False


def _ignore(_: AuditRecord) -> None:
    """Everything is granted."""
