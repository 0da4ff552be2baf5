"""The agent that `satchel run --engine browser` drives: one archive in, one task, the changed files out.

The summary at the end is a JSON object:

    ended           whether the model ended by itself (false: cancelled, a limit, an error)
    error           why the run could not be done at all, or null; then the rest is empty
    changes, gone   what the run changed, as `entry.change_transfer` packs it
    digest          the changeset's digest
"""

from __future__ import annotations

import asyncio
import base64
import traceback
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import TypeAlias, cast

from satchel.base.cancel import CancelToken
from satchel.base.errors import SatchelError
from satchel.base.jsonvalue import JsonObject, JsonValue, dumps, loads
from satchel.base.limits import Limits
from satchel.entry.browser_page import Post
from satchel.entry.browser_wasi import WasiRun
from satchel.entry.change_transfer import pack_changes
from satchel.entry.compose import HostPorts, compose
from satchel.entry.wire import EventMessage, HeadlessDoneMessage
from satchel.permission.policy import Policy, parse_rule
from satchel.workspace.archive_source import open_archive
from satchel.workspace.import_plan import ImportOptions

Examine: TypeAlias = Callable[[], Coroutine[None, None, JsonObject]]


class HeadlessAgent:
    """Runs one task, or one module, for a driver; or tells what this browser can do."""

    def __init__(self, ports: HostPorts, post: Post, examine: Examine) -> None:
        self._examine = examine
        self._ports = replace(ports, watched=False)
        self._post = post
        self._task: asyncio.Task[None] | None = None
        self._ended = False
        self._wasi = WasiRun(ports, lambda event: post(EventMessage(dumps(event))))
        self._starts: Mapping[str, Callable[[Mapping[str, JsonValue]], Coroutine[None, None, JsonObject]]] = {
            "headless.start": self._do,
            "wasi.start": self._wasi.run,
            "doctor.start": lambda _: self._examine(),
        }

    def receive(self, text: str, _payload: object) -> None:
        """Take a start of one kind (once) and `wasi.input`; other messages mean nothing here."""
        message = cast("Mapping[str, JsonValue]", loads(text))
        work = self._starts.get(str(message["type"]))
        if work is not None and self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(work(message)))
        elif message["type"] == "wasi.input":
            self._wasi.take_input(str(message["data"]))

    async def _run(self, work: Coroutine[None, None, JsonObject]) -> None:
        try:
            summary = await work
        except SatchelError as error:
            summary = _failed(str(error))
        except Exception as error:  # noqa: BLE001 - the driver waits for an answer
            traceback.print_exc()
            summary = _failed(f"{type(error).__name__}: {error}")
        self._post(HeadlessDoneMessage(dumps(summary)))

    async def _do(self, message: Mapping[str, JsonValue]) -> JsonObject:
        limits = Limits()
        steps, allow = cast(int, message["maxSteps"]), cast("list[str]", message["allow"])
        service = compose(
            self._ports,
            model=str(message["model"]),
            policy=Policy(tuple(parse_rule("allow", text) for text in allow), unattended=True),
            limits=replace(limits, turn=replace(limits.turn, max_steps=steps)),
        )
        service.on_event = self._tell
        await service.start()
        archive = base64.b64decode(str(message["archive"]))
        checkpoint = self._ports.checkpoint(CancelToken())
        source = await open_archive(str(message["name"]), archive, checkpoint)
        options = ImportOptions(honour_gitignore=False, include_git=True, built_in_excludes=())
        await service.run_import(
            await service.plan_import(source, options), new_project_name=str(message["name"])
        )
        await service.submit(str(message["task"]))
        await service.wait_idle()
        changeset = await service.refresh_changes()
        project = service.project
        assert project is not None
        return {
            "ended": self._ended,
            "error": None,
            **pack_changes(changeset, project),
            "digest": changeset.digest,
        }

    def _tell(self, envelope: JsonObject) -> None:
        data = envelope.get("data")
        if envelope.get("type") == "result" and isinstance(data, dict):
            self._ended = data.get("stopReason") == "end"
        self._post(EventMessage(dumps(envelope)))


def _failed(error: str) -> JsonObject:
    return {"ended": False, "error": error, "changes": [], "gone": [], "digest": ""}
