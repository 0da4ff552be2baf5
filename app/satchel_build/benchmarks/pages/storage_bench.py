"""Runs in Pyodide: times durable log appends and the import of a folder, through the product's own adapters."""

import json
import time
from typing import Protocol

from satchel.adapters.browser.bridge import JsFolderReader, JsProjects, JsSessionLogs
from satchel.adapters.browser.folder import BrowserFolderSource
from satchel.adapters.browser.opfs_logs import OpfsLogStorage
from satchel.adapters.browser.project_store import BrowserProjectStore
from satchel.base.cancel import CancelToken
from satchel.base.checkpoint import LoopCheckpoint
from satchel.base.clock import SystemClock
from satchel.base.ids import SessionId, Uuid7Source
from satchel.session.events import UserMessage
from satchel.session.log import open_log
from satchel.workspace.import_plan import ImportOptions
from satchel.workspace.importer import plan_import, run_import
from satchel.workspace.project import Project

# With its envelope an event of about 330 bytes, which is an ordinary one.
_TEXT = "x" * 160


class StorageHost(Protocol):
    """The object that `storage.worker.js` makes."""

    logs: JsSessionLogs
    projects: JsProjects

    def folderReader(self, handle: object) -> JsFolderReader:  # noqa: N802 - the name is JavaScript's
        """Read a real folder by its directory handle."""


async def append(host: StorageHost, count: int) -> list[float]:
    """Milliseconds that each of `count` durable appends took."""
    clock = SystemClock()
    opened = await open_log(
        OpfsLogStorage(host.logs), SessionId(Uuid7Source(clock).new()), clock, create=True
    )
    times = []
    for _ in range(count):
        started = time.perf_counter()
        opened.log.append(UserMessage(_TEXT))
        times.append((time.perf_counter() - started) * 1000)
    opened.log.close()
    return times


async def import_folder(host: StorageHost, handle: object) -> str:
    """JSON: how many files were imported, and the seconds from the first listing to the durable project."""
    clock = SystemClock()
    ids = Uuid7Source(clock)
    store = BrowserProjectStore(host.projects, clock, ids)
    checkpoint = LoopCheckpoint(clock, CancelToken())
    started = time.perf_counter()
    source = BrowserFolderSource(host.folderReader(handle))
    plan = await plan_import(source, ImportOptions(), checkpoint, lambda progress: None)
    project_id = await store.create(source.name)
    storage = await store.open(project_id)
    project = Project.open(project_id, source.name, storage)
    report = await run_import(plan, project, lambda progress: None, checkpoint)
    project.flush()
    seconds = time.perf_counter() - started
    storage.close()
    await store.delete(project_id)
    return json.dumps({"files": report.files, "seconds": seconds, "skipped": len(report.skipped)})
