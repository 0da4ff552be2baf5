"""The page's agent: messages in, renders and effects out.

Drawing is coalesced to one message about every 16 ms. Each message is worked on in a task of its own, so a long action
never keeps the next one waiting; a bug in one becomes a notice, never a dead page.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Protocol, assert_never, cast

from satchel.adapters.browser.bridge import JsHost, translated_errors
from satchel.adapters.browser.folder import BrowserFolderSource, BrowserFolderTarget
from satchel.base.cancel import CancelToken
from satchel.base.errors import InputError, SatchelError
from satchel.base.jsonvalue import JsonObject, loads
from satchel.base.limits import WorkspaceLimits
from satchel.entry.browser_doctor import examine_tab
from satchel.entry.compose import HostPorts, compose
from satchel.entry.safe_mode import ReluctantProjectStore
from satchel.entry.sample_source import SampleSource
from satchel.entry.wire import AgentMessage, EffectMessage, RenderMessage, StorageKind
from satchel.runtime.doctor import Found
from satchel.ui.app import App
from satchel.ui.effects import (
    Announce,
    Download,
    DraftAccepted,
    DraftOffered,
    Effect,
    Focus,
    Scroll,
    TerminalOutput,
    effect_name,
)
from satchel.ui.view_state import Host
from satchel.workspace.archive_limits import check_archive_size
from satchel.workspace.archive_source import open_archive
from satchel.workspace.errors import WorkspaceError

FRAME_SECONDS = 0.016


class Post(Protocol):
    """Sends a message to the page, bytes beside it where it has some."""

    def __call__(self, message: AgentMessage, data: bytes | None = None) -> None:
        """Send now; the page gets messages in this order."""


class PageAgent:
    """Wires the agent and its views to one page."""

    def __init__(self, host: JsHost, ports: HostPorts, post: Post) -> None:
        self._host = host
        self._post = post
        self._projects = ReluctantProjectStore(ports.project_store)
        self._service = compose(replace(ports, project_store=self._projects))
        self._checkpoint = ports.checkpoint(CancelToken())
        self._runs_programs = ports.process_host is not None

        async def examine(found: Found) -> None:
            await examine_tab(host, ports, found)

        self._app = App(
            self._service,
            self._emit,
            ports.clock,
            sample=lambda: SampleSource(self._checkpoint),
            examine=examine,
        )
        self._storage_lasts = host.logs is not None
        self._can_pick_folder = False
        self._draw_planned = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, *, is_safe: bool, can_pick_folder: bool, is_offline: bool) -> None:
        """Open the last session, its project too unless this is safe mode, and send the first view."""
        self._can_pick_folder = can_pick_folder
        if not is_safe:
            self._projects.relent()
        await self._service.start()
        self._projects.relent()
        self._connection_changed(is_offline)
        self._app.subscribe(self._plan_draw)
        self._draw()

    def cancel_turn(self) -> None:
        """Stop the turn, if one runs."""
        self._service.cancel()

    def cancel_import(self) -> None:
        """Stop the import, if one runs."""
        self._service.cancel_import()

    def receive(self, text: str, payload: object) -> None:
        """Take one message of the page: its JSON, and the host object that came with it, if any. Never raises."""
        message = loads(text)
        assert isinstance(message, dict)
        handler = self._handlers().get(str(message.get("type")))
        if handler is None:
            print(f"message of an unknown type: {text[:200]}")
            return
        task = asyncio.get_running_loop().create_task(self._guarded(handler(message, payload)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _handlers(self) -> Mapping[str, Callable[[JsonObject, object], Coroutine[None, None, None]]]:
        return {
            "action": self._act,
            "folder": self._import_folder,
            "files": self._import_files,
            "archive": self._import_archive,
            "permission-result": self._commit,
            "visibility": self._visibility_changed,
            "connection": self._connection,
            "storage-problem": self._storage_problem,
            "page-problem": self._page_problem,
        }

    async def _guarded(self, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except SatchelError as error:
            self._app.report(error)
        except Exception as error:  # noqa: BLE001 - the last stop of a bug; the page must live on
            traceback.print_exc()
            self._app.report(
                SatchelError(
                    "agent.bug",
                    f"Something went wrong inside Satchel ({type(error).__name__}: {error}).",
                    "Your session and files are safe. Reload the page if it does not go on.",
                )
            )

    async def _act(self, message: JsonObject, _: object) -> None:
        args = message.get("args")
        extra = {key: message[key] for key in ("value", "form") if key in message}
        await self._app.act(str(message.get("name")), args if isinstance(args, dict) else {}, extra)

    async def _import_folder(self, _: JsonObject, handle: object) -> None:
        await self._app.begin_import(BrowserFolderSource(self._host.folderReader(handle)))

    async def _import_files(self, _: JsonObject, files: object) -> None:
        await self._app.begin_import(BrowserFolderSource(self._host.fileListReader(files)))

    async def _import_archive(self, message: JsonObject, file: object) -> None:
        check_archive_size(cast(int, message["size"]), WorkspaceLimits())
        with translated_errors():
            data = (await self._host.readFile(file)).to_bytes()
        await self._app.begin_import(await open_archive(str(message.get("name")), data, self._checkpoint))

    async def _commit(self, message: JsonObject, handle: object) -> None:
        if message.get("granted") and handle is not None:
            await self._app.commit_to(BrowserFolderTarget(self._host.folderWriter(handle)))
        else:
            self._app.commit_refused()

    async def _visibility_changed(self, message: JsonObject, _: object) -> None:
        project = self._service.project
        if message.get("hidden") and project is not None:
            project.flush()

    async def _connection(self, message: JsonObject, _: object) -> None:
        self._connection_changed(bool(message.get("offline")))

    async def _storage_problem(self, message: JsonObject, _: object) -> None:
        raise WorkspaceError(str(message.get("message")))

    async def _page_problem(self, message: JsonObject, _: object) -> None:
        raise InputError("page.problem", str(message.get("message")), str(message.get("remedy", "")))

    def _connection_changed(self, is_offline: bool) -> None:
        storage: StorageKind = "opfs" if self._storage_lasts else "memory"
        self._app.set_host(Host(storage, is_offline, self._can_pick_folder, self._runs_programs))

    def _emit(self, effect: Effect) -> None:
        data = effect.data if isinstance(effect, Download | TerminalOutput) else None
        self._post(_effect_message(effect), data)

    def _plan_draw(self) -> None:
        if not self._draw_planned:
            self._draw_planned = True
            asyncio.get_running_loop().call_later(FRAME_SECONDS, self._draw)

    def _draw(self) -> None:
        self._draw_planned = False
        regions = tuple(self._app.render())
        if regions:
            self._post(RenderMessage(regions))


def _effect_message(effect: Effect) -> EffectMessage:
    name = effect_name(effect)
    match effect:
        case Focus():
            return EffectMessage(name, id=effect.id, polite=effect.polite, back=effect.back)
        case Scroll():
            return EffectMessage(name, id=effect.id)
        case Announce():
            return EffectMessage(name, text=effect.text)
        case Download():
            return EffectMessage(name, filename=effect.filename, mime=effect.mime)
        case TerminalOutput():
            return EffectMessage(name)
        case DraftAccepted() | DraftOffered():
            return EffectMessage(name, session=effect.session, text=effect.text)
        case _:
            assert_never(effect)
