"""Composition root in the agent worker: the page's agent, or the one that `satchel run --engine browser` drives.

`boot` is what `worker/bridge/host.js` calls once storage is open; what it returns gets every message from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntFlag
from typing import cast

from satchel.adapters.browser.bridge import JsHost, MessageReceiver, receiver, send
from satchel.adapters.browser.hard_links import define_link
from satchel.adapters.browser.opfs_logs import OpfsLogStorage
from satchel.adapters.browser.processes import BrowserProcessHost, installed_commands
from satchel.adapters.browser.project_store import BrowserProjectStore
from satchel.adapters.memory.log import MemoryLogStorage
from satchel.base.jsonvalue import JsonValue, loads
from satchel.entry.browser_doctor import examine
from satchel.entry.browser_headless import HeadlessAgent
from satchel.entry.browser_page import PageAgent
from satchel.entry.compose import HostPorts, system_clock_and_ids
from satchel.entry.wire import AgentMessage, encode


class StopWish(IntFlag):
    """What the user wants stopped, as `worker/bridge/stop_word.js` has it."""

    TURN = 1
    IMPORT = 2


def served_by(host: JsHost, stops: Mapping[StopWish, Callable[[], None]]) -> Callable[[], None]:
    """What a checkpoint does in the tab: serve the programs that wait, and heed a stop that no message could bring."""

    def serve() -> None:
        wishes = host.serve()
        if wishes:
            for wish, stop in stops.items():
                if wishes & wish:
                    stop()

    return serve


async def boot(host: JsHost) -> MessageReceiver:
    """Build the agent that the page asked for and open its session; resolves when the first view was sent."""
    define_link(host)
    start = cast("Mapping[str, JsonValue]", loads(host.start))
    clock, ids = system_clock_and_ids()
    commands = await installed_commands(host.processes)
    stops: dict[StopWish, Callable[[], None]] = {}

    ports = HostPorts(
        MemoryLogStorage() if host.logs is None else OpfsLogStorage(host.logs),
        BrowserProjectStore(host.projects, clock, ids),
        clock,
        ids,
        watched=not start["calm"],
        serve=served_by(host, stops),
        pause=host.pause,
        process_host=None
        if host.processes.mode == "none"
        else lambda root: BrowserProcessHost(host.processes, root, commands),
        commands=commands,
    )

    def post(message: AgentMessage, data: bytes | None = None) -> None:
        send(host, encode(message), data)

    if start["mode"] == "headless":
        return receiver(HeadlessAgent(ports, post, lambda: examine(host, ports)).receive)
    page = PageAgent(host, ports, post)
    stops.update({StopWish.TURN: page.cancel_turn, StopWish.IMPORT: page.cancel_import})
    await page.start(
        is_safe=bool(start["safe"]),
        can_pick_folder=bool(start["canPickFolder"]),
        is_offline=bool(start["offline"]),
    )
    return receiver(page.receive)
